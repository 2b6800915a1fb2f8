"""Judging a standard itself, before anything is judged by it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from twincity.engines.catalogue.rules.model import (
    PER_MILLE,
    Among,
    Delivered,
    Field,
    Fresh,
    Matches,
    Ordered,
    Reference,
    Rule,
    Standard,
    StartsWith,
    Unique,
)
from twincity.engines.catalogue.rules.patterns import pattern_fault
from twincity.engines.catalogue.rules.values import ORDERED_TYPES, type_test
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

FAULTY = define(
    "standard-faulty",
    422,
    zh="标准 {standard} 的 {place} 有误: {reason_zh}",
    en="Standard {standard} is wrong at {place}: {reason_en}",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PATH = re.compile(r"`\$\.?(.*)`$")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a standard: where, and in both languages what."""

    field: str = ""
    rule: str = ""
    text: LocalText


def read_standard(data: bytes) -> Standard:
    """A standard from JSON, without faults.

    Raises:
        Problem: ``standard-faulty``, naming the member that is wrong.
    """
    standard = decode_standard(data)
    require_valid(standard)
    return standard


def decode_standard(data: bytes) -> Standard:
    """A standard from JSON that has the right structure and may have faults, as drafts do.

    Raises:
        Problem: ``standard-faulty``, naming the member that is wrong.
    """
    try:
        return msgspec.json.decode(data, type=Standard)
    except msgspec.DecodeError as error:
        path = _PATH.search(str(error))
        place = path[1] if path and path[1] else "JSON"
        raise _problem("?", place, LocalText(zh="不符合标准的结构", en=str(error))) from error


def require_valid(standard: Standard) -> None:
    """Refuse a standard that has faults.

    Raises:
        Problem: ``standard-faulty`` with the first fault, and all of them under ``faults``.
    """
    faults = validate_standard(standard)
    if faults:
        first = faults[0]
        raise _problem(standard.id, first.rule or first.field, first.text, [msgspec.to_builtins(one) for one in faults])


def _problem(standard: str, place: str, reason: LocalText, faults: list[object] | None = None) -> Problem:
    return Problem(
        FAULTY,
        field=place,
        standard=standard,
        place=place,
        reason_zh=reason.zh,
        reason_en=reason.en,
        faults=faults or [],
    )


def validate_standard(standard: Standard) -> tuple[Fault, ...]:
    """Everything that is wrong with a standard, in its order; nothing when it can be used."""
    return (*_whole(standard), *_lists(standard), *_fields(standard), *_rules(standard))


def _whole(standard: Standard) -> Iterator[Fault]:
    if not _ID.fullmatch(standard.id):
        yield _fault("id", zh="标识应为小写字母、数字和连字符", en="an id has lower-case letters, digits and hyphens")
    if not standard.version:
        yield _fault("version", zh="缺少版本", en="the version is missing")
    if not standard.fields:
        yield _fault("fields", zh="没有字段", en="there are no fields")
    names = [field.name for field in standard.fields]
    for name in _repeated(names):
        yield _fault(name, zh="字段重名", en="two fields have this name")
    for name in sorted(set(standard.external) & (set(names) | {entry.id for entry in standard.lists})):
        yield _fault(name, zh="外部代码集与字段或代码表重名", en="an external set has the name of a field or list")


def _lists(standard: Standard) -> Iterator[Fault]:
    for name in _repeated(entry.id for entry in standard.lists):
        yield _fault(name, zh="代码表重名", en="two code lists have this id")
    for entry in standard.lists:
        if not entry.codes:
            yield _fault(entry.id, zh="代码表为空", en="the code list is empty")
        for code in _repeated(one.code for one in entry.codes):
            yield _fault(entry.id, zh=f"代码 {code} 重复", en=f"code {code} stands twice in the list")


def _fields(standard: Standard) -> Iterator[Fault]:
    for field in standard.fields:
        if not _NAME.fullmatch(field.name):
            yield _fault(
                field.name,
                zh="字段名应为小写字母、数字和下划线",
                en="a name has lower-case letters, digits and underscores",
            )
        yield from _options(field)
        yield from _listed(field, standard)
        if field.pattern and (reason := pattern_fault(field.pattern)):
            yield Fault(field=field.name, text=reason)


def _options(field: Field) -> Iterator[Fault]:
    if field.precision != "day" and field.type != "date":
        yield _fault(field.name, zh="只有日期有精度", en="only a date has a precision")
    if field.min_length < 0 or (field.max_length is not None and field.max_length < max(field.min_length, 1)):
        yield _fault(field.name, zh="长度范围为空", en="no length fits the limits")
    limits = [limit for limit in (field.minimum, field.maximum) if limit]
    if limits and field.type not in ORDERED_TYPES:
        yield _fault(field.name, zh="该类型没有大小", en="values of this type have no order")
    elif not all(type_test(field)(limit) for limit in limits):
        yield _fault(field.name, zh="上下限不是该类型的值", en="a limit is not of the field's type")


def _listed(field: Field, standard: Standard) -> Iterator[Fault]:
    if field.values and field.codes:
        yield _fault(field.name, zh="枚举和代码表只能有一个", en="has both an enumeration and a code list")
    if field.type == "code" and not (field.values or field.codes):
        yield _fault(field.name, zh="代码类型需要代码表", en="a code needs a code list")
    if field.codes and not _knows(standard, field.codes):
        yield _fault(field.name, zh=f"没有代码表 {field.codes}", en=f"there is no code list {field.codes}")


def _knows(standard: Standard, codes: str) -> bool:
    return codes in standard.external or any(entry.id == codes for entry in standard.lists)


def _rules(standard: Standard) -> Iterator[Fault]:
    for name in _repeated(rule.id for rule in standard.rules):
        yield _fault("", name, zh="规则重名", en="two rules have this id")
    for rule in standard.rules:
        if not _ID.fullmatch(rule.id):
            yield _fault(
                "",
                rule.id,
                zh="规则标识应为小写字母、数字和连字符",
                en="an id has lower-case letters, digits and hyphens",
            )
        if not 0 < rule.threshold <= PER_MILLE:
            yield _fault("", rule.id, zh="阈值应为千分之 1 至 1000", en="a threshold lies between 1 and 1000 per mille")
        for name in names_in(rule):
            if standard.field(name) is None:
                yield _fault(name, rule.id, zh=f"没有字段 {name}", en=f"there is no field {name}")
        yield from _check(rule, standard)


def names_in(rule: Rule) -> list[str]:
    """Fields that a rule and its conditions name."""
    check, names = rule.check, [condition.field for condition in rule.when]
    if isinstance(check, Unique):
        return [*names, *check.fields]
    if isinstance(check, Ordered):
        return [*names, check.first, check.second]
    if isinstance(check, StartsWith):
        return [*names, check.field, check.prefix]
    return names if isinstance(check, Delivered) else [*names, check.field]


def _check(rule: Rule, standard: Standard) -> Iterator[Fault]:
    check = rule.check
    if rule.when and isinstance(check, Fresh | Delivered):
        yield _fault("", rule.id, zh="整表规则没有条件", en="a rule of the whole table has no condition")
    if isinstance(check, Unique) and not check.fields:
        yield _fault("", rule.id, zh="没有列出字段", en="names no fields")
    elif isinstance(check, Matches) and (reason := pattern_fault(check.pattern)):
        yield Fault(field=check.field, rule=rule.id, text=reason)
    elif isinstance(check, Reference) and standard.field(check.to) is None and check.to not in standard.external:
        yield _fault(check.field, rule.id, zh=f"没有可引用的 {check.to}", en=f"there is nothing called {check.to}")
    elif isinstance(check, Among):
        yield from _among(check, rule, standard)
    elif isinstance(check, Ordered):
        yield from _ordered(check, rule, standard)
    elif isinstance(check, Fresh):
        yield from _fresh(check, rule, standard)
    elif isinstance(check, Delivered) and check.rows < 1:
        yield _fault("", rule.id, zh="行数至少为 1", en="the number of rows is at least 1")


def _among(check: Among, rule: Rule, standard: Standard) -> Iterator[Fault]:
    if bool(check.values) == bool(check.codes):
        yield _fault(check.field, rule.id, zh="应有枚举或代码表之一", en="needs an enumeration or a code list")
    elif check.codes and not _knows(standard, check.codes):
        yield _fault(check.field, rule.id, zh=f"没有代码表 {check.codes}", en=f"there is no code list {check.codes}")


def _ordered(check: Ordered, rule: Rule, standard: Standard) -> Iterator[Fault]:
    first, second = standard.field(check.first), standard.field(check.second)
    if first and second and (first.type != second.type or first.type not in ORDERED_TYPES):
        yield _fault(check.first, rule.id, zh="两个字段不能比较大小", en="the two fields cannot be compared")


def _fresh(check: Fresh, rule: Rule, standard: Standard) -> Iterator[Fault]:
    field = standard.field(check.field)
    if check.days < 1:
        yield _fault(check.field, rule.id, zh="天数至少为 1", en="the number of days is at least 1")
    if field and field.type not in {"date", "datetime"}:
        yield _fault(check.field, rule.id, zh="时效要看日期字段", en="freshness needs a date")


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _fault(field: str, rule: str = "", *, zh: str, en: str) -> Fault:
    return Fault(field=field, rule=rule, text=LocalText(zh=zh, en=en))
