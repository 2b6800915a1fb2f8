"""What a call may ask of a table, and what a grant leaves of that. Pure.

A caller must learn nothing of a field that its grant leaves out: neither by reading it, nor by asking which rows have
some value of it, nor by the order of rows.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec

from twincity.engines.catalogue.facade import Condition, Standard
from twincity.engines.exchange.facade import Grant
from twincity.kernel.problems import INVALID, Problem, define

NOT_GRANTED = define(
    "field-not-granted", 403, zh="授权不含字段 {name}", en="Field {name} is not part of what was granted"
)
MOST = 1000
_OPERATORS = ("prefix", "min", "max")
_NUMBERS = frozenset({"integer", "decimal"})


class Asked(msgspec.Struct, frozen=True):
    """One page of rows that a call asks for."""

    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    order: tuple[str, ...]
    after: tuple[str, ...]
    skip: int
    limit: int


def parameters(standard: Standard) -> type[msgspec.Struct]:
    """The parameters of a table: for each field its value, ``__prefix``, ``__min`` and ``__max``, and the page.

    Page parameters begin with ``_``, as no field does: ``_fields`` (names with commas), ``_limit``, ``_skip``, and
    ``_after``, the key of the last row of the page before (a JSON list where the key has several fields).
    """
    named: list[Any] = []
    for field in standard.fields:
        named += [(each, str | None, None) for each in (field.name, *(f"{field.name}__{op}" for op in _OPERATORS))]
    page = [
        ("_fields", str, ""),
        ("_limit", Annotated[int, msgspec.Meta(ge=1, le=MOST)], 100),
        ("_skip", Annotated[int, msgspec.Meta(ge=0, le=10_000_000)], 0),
        ("_after", str, ""),
    ]
    return msgspec.defstruct("Parameters", [*{each[0]: each for each in (*named, *page)}.values()])


def asked(given: msgspec.Struct, standard: Standard, grant: Grant) -> Asked:
    """The page that a call asks for, within its grant; the grant's conditions come first.

    Raises:
        Problem: ``field-not-granted`` or ``invalid``.
    """
    values = msgspec.structs.asdict(given)
    conditions = [*granted_rows(standard, grant), *_conditions(values, standard, grant)]
    order = tuple(field.name for field in standard.fields if field.key)
    if not all(allowed(grant, name) for name in order):
        order = ()
    return Asked(
        fields=fields(values["_fields"], standard, grant),
        conditions=tuple(conditions),
        order=order,
        after=_after(values["_after"], order),
        skip=values["_skip"],
        limit=values["_limit"],
    )


def allowed(grant: Grant, name: str) -> bool:
    """Whether a grant lets a field through."""
    return not grant.fields or name in grant.fields


def fields(wanted: str, standard: Standard, grant: Grant) -> tuple[str, ...]:
    """Fields that are to be given, in the order of the standard: those wanted, or all that the grant lets through.

    Raises:
        Problem: ``field-not-granted`` or ``invalid``.
    """
    names = [name for name in wanted.split(",") if name]
    for name in names:
        _require(name, standard, grant)
    return tuple(f.name for f in standard.fields if (f.name in names if names else allowed(grant, f.name)))


def granted_rows(standard: Standard, grant: Grant) -> tuple[Condition, ...]:
    """The grant's own conditions; one on a field that the standard lacks lets no row through, as in the exchange."""
    found = (Condition(each.field, each.op, each.values) for each in grant.rows)
    return tuple(each if standard.field(each.field) else _never(standard) for each in found)


def _never(standard: Standard) -> Condition:
    return Condition(standard.fields[0].name, "in", ())


def _conditions(values: dict[str, Any], standard: Standard, grant: Grant) -> list[Condition]:
    found = []
    for parameter, value in values.items():
        name, _, op = parameter.rpartition("__")
        name, op = (name, op) if name and op in _OPERATORS else (parameter, "in")
        if value is None or parameter.startswith("_"):
            continue
        _require(name, standard, grant)
        field = standard.field(name)
        found.append(Condition(name, op, (value,), number=field is not None and field.type in _NUMBERS))  # type: ignore[arg-type]
    return found


def _require(name: str, standard: Standard, grant: Grant) -> None:
    if standard.field(name) is None:
        raise Problem(INVALID, field=name, name=name, reason="no such field")
    if not allowed(grant, name):
        raise Problem(NOT_GRANTED, field=name, name=name)


def _after(text: str, order: tuple[str, ...]) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        values = [text] if len(order) == 1 else json.loads(text)
        found = msgspec.convert(values, tuple[str, ...])
    except (ValueError, msgspec.ValidationError) as error:
        raise Problem(INVALID, field="_after", name="_after", reason="a JSON list of the key's values") from error
    if not order or len(found) != len(order):
        raise Problem(INVALID, field="_after", name="_after", reason=f"needs {len(order)} values")
    return found
