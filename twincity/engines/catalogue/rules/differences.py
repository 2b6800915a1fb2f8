"""One change between versions of a standard; and the changes of all but its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from twincity.engines.catalogue.rules.model import Among, CodeList, Rule, Standard
from twincity.kernel.locale_text import LocalText

Sort = Literal["added", "removed", "changed"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One change between versions.

    Attributes:
        place: ``fields.<name>``, ``fields.<name>.<aspect>``, ``lists.<id>``, ``lists.<id>.title``, ``rules.<id>``,
            ``rules.<id>.title``, or ``title``, ``description``, ``source`` and ``external`` of the standard itself.
    """

    sort: Sort
    place: str
    breaks_readers: bool = False
    breaks_writers: bool = False
    text: LocalText

    @property
    def breaking(self) -> bool:
        """Whether anyone has to change something."""
        return self.breaks_readers or self.breaks_writers


_WORDS: dict[Sort, tuple[str, str]] = {
    "added": ("新增", "added"),
    "removed": ("删除", "removed"),
    "changed": ("改变", "changed"),
}
_WHOLE = {"title": ("名称", "title"), "description": ("说明", "description"), "source": ("依据", "source")}


def whole_changes(old: Standard, new: Standard) -> Iterator[Difference]:
    """Changes of a standard's own words, and of the external sets it asks for."""
    for name, (zh, en) in _WHOLE.items():
        if getattr(old, name) != getattr(new, name):
            text = LocalText(zh=f"标准的{zh}改变", en=f"{en} of the standard changed")
            yield Difference(sort="changed", place=name, text=text)
    if set(old.external) != set(new.external):
        text = LocalText(zh="所需的外部代码集改变", en="the external sets that it needs changed")
        yield Difference(
            sort="changed", place="external", breaks_writers=not set(new.external) <= set(old.external), text=text
        )


def list_changes(old: Standard, new: Standard) -> Iterator[Difference]:
    """Changes of code lists as such; what they mean for a field's values is said at the field."""
    for sort, was, now in _pairs({each.id: each for each in old.lists}, {each.id: each for each in new.lists}):
        found = now or was
        if sort != "changed":
            yield _difference(sort, f"lists.{found.id}", ("代码表", "code list"), found.title)
            continue
        if {each.code for each in was.codes} != {each.code for each in now.codes}:
            yield _difference(sort, f"lists.{found.id}", ("代码表", "code list"), found.title)
        if _wording(was) != _wording(now):
            yield _difference(sort, f"lists.{found.id}.title", ("代码表文字", "wording of code list"), found.title)


def rule_changes(old: Standard, new: Standard) -> Iterator[Difference]:
    """Changes of quality rules: a rule less or a lower threshold breaks readers, a new or stricter one writers."""
    for sort, was, now in _pairs({each.id: each for each in old.rules}, {each.id: each for each in new.rules}):
        found = now or was
        if sort != "changed":
            yield _rule(sort, found, readers=sort == "removed", writers=sort == "added")
            continue
        other = (was.check, was.when) != (now.check, now.when)
        more, fewer = _values(was, old, now, new)
        lower, higher = now.threshold < was.threshold, now.threshold > was.threshold
        if other or more or fewer or lower or higher or was.kind != now.kind:
            yield _rule(sort, found, readers=other or more or lower, writers=other or fewer or higher)
        if (was.title, was.source) != (now.title, now.source):
            yield _difference(sort, f"rules.{found.id}.title", ("规则文字", "wording of rule"), found.title)


def _values(was: Rule, old: Standard, now: Rule, new: Standard) -> tuple[bool, bool]:
    """Whether the list that a rule names by its id takes more codes now, and whether it takes fewer."""
    if not (isinstance(was.check, Among) and isinstance(now.check, Among)):
        return False, False
    before = old.allowed(was.check.values, was.check.codes) or frozenset()
    after = new.allowed(now.check.values, now.check.codes) or frozenset()
    return bool(after - before), bool(before - after)


def _wording(found: CodeList) -> tuple[Any, ...]:
    return found.title, found.source, {each.code: each.title for each in found.codes}


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[Sort, Any, Any]]:
    for name, was in old.items():
        yield ("changed", was, new[name]) if name in new else ("removed", was, None)
    yield from (("added", None, now) for name, now in new.items() if name not in old)


def _rule(sort: Sort, rule: Rule, *, readers: bool, writers: bool) -> Difference:
    return _difference(sort, f"rules.{rule.id}", ("规则", "rule"), rule.title, readers=readers, writers=writers)


def _difference(
    sort: Sort, place: str, what: tuple[str, str], title: LocalText, *, readers: bool = False, writers: bool = False
) -> Difference:
    zh, en = _WORDS[sort]
    text = LocalText(zh=f"{zh}{what[0]} {title.zh}", en=f"{what[1]} {title.en} {en}")
    return Difference(sort=sort, place=place, breaks_readers=readers, breaks_writers=writers, text=text)
