"""Whether one value is at most another, as ``rules.values.not_greater`` says, for cells that are of their type."""

from __future__ import annotations

from twincity.engines.catalogue.rules.model import FieldType

_ZERO = "'000000010.'"
"""What :func:`_magnitude` makes of nought."""


def not_greater(kind: FieldType, first: str, second: str) -> str:
    """SQL of the comparison of two cells or literals."""
    if kind == "date":
        known = f"least(length({first}), length({second}))"
        return f"(left({first}, {known}) <= left({second}, {known}))"
    if kind == "datetime":
        return f"(TRY_CAST({first} AS TIMESTAMPTZ) <= TRY_CAST({second} AS TIMESTAMPTZ))"
    return _numbers(first, second)


def _numbers(first: str, second: str) -> str:
    """As doubles while these differ, since rounding keeps the order; digit by digit where they do not."""
    one, other = (f"TRY_CAST({each} AS DOUBLE)" for each in (first, second))
    return f"CASE WHEN {one} < {other} THEN TRUE WHEN {one} > {other} THEN FALSE ELSE {_digits(first, second)} END"


def _digits(first: str, second: str) -> str:
    one, other = _magnitude(first), _magnitude(second)
    below, under = f"starts_with({first}, '-')", f"starts_with({second}, '-')"
    return (
        f"CASE WHEN {below} AND {under} THEN {other} <= {one} WHEN {below} THEN TRUE "
        f"WHEN {under} THEN {one} = {_ZERO} AND {other} = {_ZERO} ELSE {one} <= {other} END"
    )


def _magnitude(cell: str) -> str:
    """A text that sorts as the number without its sign does: digits before the point, these, and those behind it."""
    whole = f"split_part(ltrim({cell}, '-'), '.', 1)"
    return f"(lpad(length({whole})::VARCHAR, 8, '0') || {whole} || '.' || rtrim(split_part({cell}, '.', 2), '0'))"
