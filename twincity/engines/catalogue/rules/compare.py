"""Comparing two versions of a standard.

A change breaks *readers* when rows of the new version can hold what a reader of the old one does not expect or misses,
and *writers* when rows that were right are now wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from twincity.engines.catalogue.rules.differences import Difference, list_changes, rule_changes, whole_changes
from twincity.engines.catalogue.rules.model import GRADES, Field, Standard
from twincity.engines.catalogue.rules.values import ORDERED_TYPES, not_greater
from twincity.kernel.locale_text import LocalText


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All changes between two versions, in the order of the standard."""

    old: str
    new: str
    differences: tuple[Difference, ...]

    @property
    def breaking(self) -> bool:
        """Whether any change is breaking."""
        return any(one.breaking for one in self.differences)

    @property
    def breaks_readers(self) -> bool:
        """Whether readers of the old version can meet what they do not expect."""
        return any(one.breaks_readers for one in self.differences)

    @property
    def breaks_writers(self) -> bool:
        """Whether rows that were right may be wrong now."""
        return any(one.breaks_writers for one in self.differences)


def compatible(old: Standard, new: Standard) -> Comparison:
    """What changed from one version to another, and whom each change breaks."""
    found = [*whole_changes(old, new), *_fields(old, new), *list_changes(old, new), *rule_changes(old, new)]
    return Comparison(old=f"{old.id} {old.version}", new=f"{new.id} {new.version}", differences=tuple(found))


def narrower(old: Standard, new: Standard) -> bool:
    """Whether every row that the new version takes was taken by the old one, and no field is missing from it."""
    return not compatible(old, new).breaks_readers


def _fields(old: Standard, new: Standard) -> Iterator[Difference]:
    for before in old.fields:
        after = new.field(before.name)
        if after is None:
            text = LocalText(zh=f"删除字段 {before.title.zh}", en=f"field {before.title.en} removed")
            yield Difference(
                sort="removed", place=f"fields.{before.name}", breaks_readers=True, breaks_writers=True, text=text
            )
        else:
            yield from _aspects(before, after, old, new)
    yield from (_added(after) for after in new.fields if old.field(after.name) is None)


def _added(field: Field) -> Difference:
    text = LocalText(
        zh=f"新增{'必填' if field.required else ''}字段 {field.title.zh}",
        en=f"{'required ' if field.required else ''}field {field.title.en} added",
    )
    return Difference(sort="added", place=f"fields.{field.name}", breaks_writers=field.required, text=text)


def _aspects(before: Field, after: Field, old: Standard, new: Standard) -> Iterator[Difference]:
    for aspect in ("type", "key", "unit"):
        if getattr(before, aspect) != getattr(after, aspect):
            yield _changed(before, aspect, readers=True, writers=True)
    for aspect in ("title", "description", "category", "source"):
        if getattr(before, aspect) != getattr(after, aspect):
            yield _changed(before, aspect, readers=False, writers=False)
    if before.pattern != after.pattern:
        yield _changed(before, "pattern", readers=bool(before.pattern), writers=bool(after.pattern))
    for aspect, step in _steps(before, after):
        if step:
            yield _changed(before, aspect, readers=step > 0, writers=step < 0 and aspect != "grade")
    yield from _values(before, _allowed(before, old), _allowed(after, new))


def _steps(before: Field, after: Field) -> Iterator[tuple[str, int]]:
    """Aspects with a direction: above zero when the new one takes more, below when it takes less."""
    yield "required", before.required - after.required
    yield "min_length", before.min_length - after.min_length
    yield "max_length", _length(after) - _length(before)
    yield "precision", _PRECISIONS[after.precision] - _PRECISIONS[before.precision]
    yield "grade", GRADES.index(after.grade) - GRADES.index(before.grade)
    if before.type == after.type and before.type in ORDERED_TYPES:
        yield "minimum", _wider(after, before.minimum, after.minimum, low=True)
        yield "maximum", _wider(after, before.maximum, after.maximum, low=False)


_NO_LIMIT = 1 << 62
_PRECISIONS = {"day": 0, "month": 1, "year": 2}


def _length(field: Field) -> int:
    return _NO_LIMIT if field.max_length is None else field.max_length


def _wider(field: Field, was: str, now: str, *, low: bool) -> int:
    if was == now:
        return 0
    if not was or not now:
        return 1 if was else -1
    at_most = not_greater(field.type)
    down = at_most(now, was) - at_most(was, now)
    return down if low else -down


def _allowed(field: Field, standard: Standard) -> frozenset[str] | str:
    """The values a field may have, or the name of a list kept elsewhere; an empty name when there is none."""
    own = standard.allowed(field.values, field.codes)
    return field.codes if own is None else own


def _values(field: Field, was: frozenset[str] | str, now: frozenset[str] | str) -> Iterator[Difference]:
    if was == now:
        return
    if isinstance(was, str) or isinstance(now, str):
        yield _changed(field, "values", readers=was != "", writers=now != "")
        return
    more, fewer = sorted(now - was), sorted(was - now)
    yield _changed(
        field, "values", readers=bool(more), writers=bool(fewer), detail=_listed("+", more) + _listed("-", fewer)
    )


_MOST_NAMED = 5


def _listed(sign: str, codes: list[str]) -> str:
    named = "".join(f" {sign}{code}" for code in codes[:_MOST_NAMED])
    return named + " …" if len(codes) > _MOST_NAMED else named


_ASPECTS = {
    "title": ("名称", "title"),
    "description": ("说明", "description"),
    "category": ("分类", "category"),
    "source": ("依据", "source"),
    "type": ("类型", "type"),
    "key": ("主键", "key"),
    "unit": ("单位", "unit"),
    "pattern": ("格式", "pattern"),
    "required": ("是否必填", "requirement"),
    "min_length": ("最小长度", "shortest length"),
    "max_length": ("最大长度", "longest length"),
    "precision": ("精度", "precision"),
    "grade": ("分级", "grade"),
    "minimum": ("最小值", "smallest value"),
    "maximum": ("最大值", "largest value"),
    "values": ("取值", "values"),
}


def _changed(field: Field, aspect: str, *, readers: bool, writers: bool, detail: str = "") -> Difference:
    zh, en = _ASPECTS[aspect]
    text = LocalText(zh=f"{field.title.zh}的{zh}改变{detail}", en=f"{en} of {field.title.en} changed{detail}")
    place = f"fields.{field.name}.{aspect}"
    return Difference(sort="changed", place=place, breaks_readers=readers, breaks_writers=writers, text=text)
