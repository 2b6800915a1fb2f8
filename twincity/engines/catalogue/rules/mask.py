"""Field masks: which columns of a dataset a grant lets through."""

from __future__ import annotations

from collections.abc import Iterable

from twincity.engines.catalogue.rules.model import GRADES, Grade, Standard
from twincity.kernel.problems import Problem, define

UNKNOWN_FIELD = define(
    "field-unknown", 422, zh="标准 {standard} 没有字段 {name}", en="Standard {standard} has no field {name}"
)
REPEATED_FIELD = define("field-repeated", 422, zh="字段 {name} 重复", en="Field {name} stands twice")
NO_FIELDS = define("field-mask-empty", 422, zh="至少要有一个字段", en="At least one field is needed")
GRADE_TOO_HIGH = define(
    "field-grade",
    422,
    zh="字段 {name} 的级别为 {grade}, 高于允许的 {highest}",
    en="Field {name} is graded {grade}, above the {highest} that is allowed",
)


def field_mask(standard: Standard, names: Iterable[str], *, highest: Grade = "core") -> tuple[str, ...]:
    """The fields named, in the order of the standard.

    Args:
        standard: the one that has the fields.
        names: of fields, each once.
        highest: the most sensitive grade that may pass.

    Raises:
        Problem: ``field-unknown``, ``field-repeated``, ``field-grade`` or ``field-mask-empty``.
    """
    wanted: set[str] = set()
    for name in names:
        field = standard.field(name)
        if field is None:
            raise Problem(UNKNOWN_FIELD, field=name, standard=standard.id, name=name)
        if name in wanted:
            raise Problem(REPEATED_FIELD, field=name, name=name)
        if GRADES.index(field.grade) > GRADES.index(highest):
            raise Problem(GRADE_TOO_HIGH, field=name, name=name, grade=field.grade, highest=highest)
        wanted.add(name)
    if not wanted:
        raise Problem(NO_FIELDS, field="fields")
    return tuple(field.name for field in standard.fields if field.name in wanted)


def highest_grade(standard: Standard, names: Iterable[str] | None = None) -> Grade:
    """The most sensitive grade among some fields, or among all."""
    chosen = set(names) if names is not None else {field.name for field in standard.fields}
    ranks = [GRADES.index(field.grade) for field in standard.fields if field.name in chosen]
    return GRADES[max(ranks, default=0)]
