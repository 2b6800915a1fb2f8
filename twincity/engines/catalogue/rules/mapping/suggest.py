"""Proposals for a mapping, by what columns and codes are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twincity.engines.catalogue.rules.mapping.dates import DATE_FORMS, read_moment
from twincity.engines.catalogue.rules.mapping.model import CodePair, FieldMapping, FromColumn
from twincity.engines.catalogue.rules.mapping.units import UNITS
from twincity.engines.catalogue.rules.model import Field, Standard
from twincity.engines.catalogue.rules.values import as_text, is_blank, type_test

LIKELY = 0.5
"""Similarity from which a proposal is made."""
MOST_CODES = 200
_BRACKETS = re.compile(r"^(.*?)[(（\[]([^()（）\[\]]+)[)）\]]\s*$")


def suggest(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], standard: Standard) -> tuple[FieldMapping, ...]:
    """A mapping to begin with: each field from the column whose name is most like its own, no column twice.

    Units in brackets behind a column's name, local codes and forms of dates are looked for in the rows given.
    """
    pairs = [
        (_likeness(field, column), at, column, field) for at, field in enumerate(standard.fields) for column in columns
    ]
    taken: dict[str, str] = {}
    for score, _, column, field in sorted(pairs, key=lambda each: (-each[0], each[1])):
        if score >= LIKELY and field.name not in taken and column not in taken.values():
            taken[field.name] = column
    return tuple(_mapped(field, taken[field.name], rows, standard) for field in standard.fields if field.name in taken)


def suggest_codes(values: Iterable[str], field: Field, standard: Standard) -> tuple[CodePair, ...]:
    """A pair for each local code: the same code, or the one whose title is most like it; others are left out."""
    own = next((each for each in standard.lists if each.id == field.codes), None)
    titles: dict[str, tuple[str, ...]] = (
        {each.code: (each.code, each.title.zh, each.title.en) for each in own.codes} if own else {}
    )
    titles |= {value: (value,) for value in field.values}
    found = []
    for value in dict.fromkeys(values):
        score, code = max(
            ((max(similarity(value, text) for text in texts), code) for code, texts in titles.items()),
            default=(0.0, ""),
        )
        if score >= LIKELY:
            found.append(CodePair(local=value, code=code))
    return tuple(found)


def similarity(first: str, second: str) -> float:
    """Dice's coefficient over pairs of neighbouring characters, spelling aside: from 0 to 1 for the same."""
    one, other = _plain(first), _plain(second)
    if one == other:
        return 1.0 if one else 0.0
    if min(len(one), len(other)) < 2:
        return 0.0
    pairs, others = (Counter(text[at : at + 2] for at in range(len(text) - 1)) for text in (one, other))
    return 2 * (pairs & others).total() / (pairs.total() + others.total())


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _likeness(field: Field, column: str) -> float:
    bare = _bare(column)
    return max(similarity(text, bare) for text in (field.name, field.title.zh, field.title.en))


def _bare(column: str) -> str:
    found = _BRACKETS.match(column)
    return found[1] if found else column


def _mapped(field: Field, column: str, rows: Sequence[Mapping[str, Any]], standard: Standard) -> FieldMapping:
    values = [text for row in rows if not is_blank(row.get(column)) and (text := as_text(row[column]).strip())]
    taken = FieldMapping(field=field.name, take=FromColumn(column=column))
    if field.codes or field.values:
        return _coded(taken, values, field, standard)
    if field.type in {"date", "datetime"} and not all(map(type_test(field), values)):
        form = next((each for each in DATE_FORMS if all(_reads(value, each, field) for value in values)), "")
        return FieldMapping(field=field.name, take=taken.take, form=form)
    return FieldMapping(field=field.name, take=taken.take, unit=_unit(field, column))


def _coded(taken: FieldMapping, values: list[str], field: Field, standard: Standard) -> FieldMapping:
    allowed = standard.allowed(field.values, field.codes)
    distinct = sorted(set(values))
    if allowed is None or len(distinct) > MOST_CODES or set(distinct) <= allowed:
        return taken
    return FieldMapping(field=field.name, take=taken.take, codes=suggest_codes(distinct, field, standard))


def _reads(value: str, form: str, field: Field) -> bool:
    moment = read_moment(value, form, "+08:00")
    return moment is not None and type_test(field)(moment)


def _unit(field: Field, column: str) -> str:
    """The unit in brackets behind a column's name, when it is another than the field's and converts to it."""
    found, target = _BRACKETS.match(column), UNITS().find(field.unit)
    unit = UNITS().find(found[2].strip()) if found else None
    fits = unit is not None and target is not None and unit is not target and unit.quantity == target.quantity
    return unit.names[0] if unit and fits else ""
