"""Judging a mapping against its standard, and against the next version of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from twincity.engines.catalogue.rules.compare import compatible
from twincity.engines.catalogue.rules.differences import Difference
from twincity.engines.catalogue.rules.faults import Fault
from twincity.engines.catalogue.rules.mapping.dates import form_fault, is_offset
from twincity.engines.catalogue.rules.mapping.model import (
    FAULTY,
    LONGEST_COLUMN,
    MOST_COLUMNS,
    Concat,
    FieldMapping,
    FirstOf,
    Mapping,
    Part,
    columns_of,
)
from twincity.engines.catalogue.rules.mapping.units import MOST_DIGITS, UNITS
from twincity.engines.catalogue.rules.model import Field, Standard
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem


class Moved(NamedTuple):
    """What becomes of a mapping when its standard moves on.

    Attributes:
        faults: why it cannot be used with the new version as it is.
        unfilled: fields that the new version requires and the mapping leaves blank.
        differences: changes of the fields it fills, and of rules, that can turn right rows wrong.
    """

    faults: tuple[Fault, ...]
    unfilled: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def breaks(self) -> bool:
        """Whether somebody has to look at the mapping."""
        return bool(self.faults or self.unfilled or self.differences)


def require_fitting(mapping: Mapping, standard: Standard) -> None:
    """Refuse a mapping that does not fit its standard.

    Raises:
        Problem: ``mapping-faulty`` with the first fault, and all of them under ``faults``.
    """
    faults = faults_of(mapping, standard)
    if faults:
        first = faults[0]
        raise Problem(
            FAULTY,
            field=first.field,
            place=first.field,
            reason_zh=first.text.zh,
            reason_en=first.text.en,
            faults=[msgspec.to_builtins(each) for each in faults],
        )


def faults_of(mapping: Mapping, standard: Standard) -> tuple[Fault, ...]:
    """Everything that keeps a mapping from being used with a standard."""
    return (*_whole(mapping), *(fault for each in mapping.fields for fault in _field(each, mapping, standard)))


def unfilled(mapping: Mapping, standard: Standard) -> tuple[str, ...]:
    """Required fields of a standard that a mapping leaves blank in every row."""
    return tuple(field.name for field in standard.fields if field.required and mapping.of(field.name) is None)


def moved(mapping: Mapping, old: Standard, new: Standard) -> Moved:
    """What breaks when the standard of a mapping moves from one version to another."""
    filled = {each.field for each in mapping.fields}
    changes = [
        each for each in compatible(old, new).differences if each.breaks_writers and _touches(each.place, filled)
    ]
    return Moved(faults_of(mapping, new), unfilled(mapping, new), tuple(changes))


def _touches(place: str, filled: set[str]) -> bool:
    what, _, rest = place.partition(".")
    return what == "rules" or (what == "fields" and rest.partition(".")[0] in filled)


def _whole(mapping: Mapping) -> Iterator[Fault]:
    if not 0 < len(mapping.columns) <= MOST_COLUMNS or any(len(each) > LONGEST_COLUMN for each in mapping.columns):
        yield _fault("columns", f"应有 1–{MOST_COLUMNS} 列", f"there should be 1 to {MOST_COLUMNS} columns")
    for name, count in Counter(mapping.columns).items():
        if count > 1:
            yield _fault("columns", f"列 {name} 重名", f"two columns are called {name}")
    for name, count in Counter(each.field for each in mapping.fields).items():
        if count > 1:
            yield _fault(name, "字段映射了两次", "the field is mapped twice")


def _field(found: FieldMapping, mapping: Mapping, standard: Standard) -> Iterator[Fault]:
    field = standard.field(found.field)
    if field is None:
        yield _fault(found.field, "标准没有这个字段", "the standard has no such field")
        return
    for column in columns_of(found.take):
        if column not in mapping.columns:
            yield _fault(field.name, f"本地表没有列 {column}", f"the local table has no column {column}")
    yield from _take(found)
    if sum(map(bool, (found.codes, found.unit, found.form))) > 1:
        yield _fault(field.name, "代码、单位和日期格式只能用一种", "takes only one of codes, a unit and a date form")
    for given, check in ((found.codes, _codes), (found.unit, _unit), (found.form, _form)):
        if given:
            yield from check(found, field, standard)


def _take(found: FieldMapping) -> Iterator[Fault]:
    if isinstance(found.take, Concat | FirstOf) and not found.take.columns:
        yield _fault(found.field, "没有选择列", "names no column")
    if isinstance(found.take, Part) and (not found.take.separator or not found.take.index):
        yield _fault(found.field, "拆分需要分隔符和不为 0 的序号", "a part needs a separator and an index other than 0")


Check = Callable[[FieldMapping, Field, Standard], Iterator[Fault]]


def _codes(found: FieldMapping, field: Field, standard: Standard) -> Iterator[Fault]:
    for local, count in Counter(pair.local for pair in found.codes).items():
        if count > 1:
            yield _fault(field.name, f"本地代码 {local} 出现两次", f"local code {local} stands twice")
    allowed = standard.allowed(field.values, field.codes)
    for pair in found.codes:
        if pair.code and allowed is not None and pair.code not in allowed:
            yield _fault(field.name, f"代码表没有 {pair.code}", f"{pair.code} is not in the field's code list")


def _unit(found: FieldMapping, field: Field, _standard: Standard) -> Iterator[Fault]:
    source, target = UNITS().find(found.unit), UNITS().find(field.unit)
    if reason := UNITS().reason(found.unit):
        yield Fault(field=field.name, text=reason)
    elif source is None:
        yield _fault(field.name, f"不认识单位 {found.unit}", f"unit {found.unit} is not known")
    elif target is None or source.quantity != target.quantity:
        yield _fault(
            field.name,
            f"{found.unit} 不能换算为 {field.unit or '无单位'}",
            f"{found.unit} does not convert to {field.unit or 'no unit'}",
        )
    if field.type not in {"decimal", "integer"}:
        yield _fault(field.name, "只有数值有单位", "only numbers have a unit")
    if not 0 <= found.digits <= MOST_DIGITS:
        yield _fault(field.name, f"小数位数为 0–{MOST_DIGITS}", f"keeps 0 to {MOST_DIGITS} decimals")


def _form(found: FieldMapping, field: Field, _standard: Standard) -> Iterator[Fault]:
    if field.type not in {"date", "datetime"}:
        yield _fault(field.name, "不是日期字段", "is no date")
    if form_fault(found.form):
        yield _fault(field.name, f"日期格式 {found.form} 不能用", f"date form {found.form} cannot be used")
    if not is_offset(found.offset):
        yield _fault(field.name, f"时区 {found.offset} 应如 +08:00", f"offset {found.offset} should read like +08:00")


def _fault(field: str, zh: str, en: str) -> Fault:
    return Fault(field=field, text=LocalText(zh=zh, en=en))
