"""Version numbers of standards: after Semantic Versioning 2.0.0, enforced by what has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from twincity.engines.catalogue.rules.compare import Comparison, compatible
from twincity.engines.catalogue.rules.model import Standard
from twincity.kernel.problems import Problem, define

Step = Literal["first", "none", "patch", "minor", "major"]
Number = tuple[int, int, int]
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?(?:\.(0|[1-9][0-9]{0,8}))?")
_WORDING = frozenset({"title", "description", "category", "source"})

FORM = define(
    "standard-version-form",
    422,
    zh="版本 {version} 应为“主版本.次版本.修订号”, 如 {example}",
    en="Version {version} should read MAJOR.MINOR.PATCH, such as {example}",
)
TOO_LOW = define(
    "standard-version-low",
    409,
    zh="版本 {version} 应不低于 {least}: 与 {last} 版相比, {reason_zh}",
    en="Version {version} should be {least} or later: compared with {last}, {reason_en}",
)
_REASONS: dict[Step, tuple[str, str]] = {
    "none": ("内容没有变化", "nothing has changed"),
    "patch": ("只有文字变化", "only words have changed"),
    "minor": ("有兼容的变化", "there are compatible changes"),
    "major": ("有不兼容的变化: {zh}", "there are incompatible changes: {en}"),
}


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """The least version that a changed standard may have, and why.

    Attributes:
        last: the highest version published under its name; empty for the first.
        comparison: with that one.
    """

    step: Step
    least: str
    last: str = ""
    comparison: Comparison | None = None


def number(version: str) -> Number | None:
    """A version as numbers, with zeros for the parts left out; None when it is no version number."""
    found = _VERSION.fullmatch(version)
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None


def step_of(comparison: Comparison) -> Step:
    """How much a version has to rise: incompatible changes are major, others minor, mere wording a patch."""
    if comparison.breaking:
        return "major"
    if not comparison.differences:
        return "none"
    wording = all(
        each.sort == "changed" and each.place.rpartition(".")[2] in _WORDING for each in comparison.differences
    )
    return "patch" if wording else "minor"


def advise(standard: Standard, published: Iterable[Standard]) -> Advice:
    """The least version that a standard may have after what is published under its name."""
    numbered = [(found, each) for each in published if (found := number(each.version))]
    if not numbered:
        return Advice(step="first", least="1.0.0")
    last, before = max(numbered, key=lambda each: each[0])
    comparison = compatible(before, standard)
    step = step_of(comparison)
    return Advice(step=step, least=_text(_raised(last, step)), last=before.version, comparison=comparison)


def require_version(standard: Standard, published: Iterable[Standard]) -> Advice:
    """Refuse a version that does not rise as much as the changes ask for.

    Raises:
        Problem: ``standard-version-form`` or ``standard-version-low``.
    """
    advice = advise(standard, published)
    found, least = number(standard.version), number(advice.least)
    if found is None:
        raise Problem(FORM, field="version", version=standard.version, example=advice.least)
    if advice.step != "first" and least and found < least:
        zh, en = _reason(advice)
        raise Problem(
            TOO_LOW,
            field="version",
            version=standard.version,
            least=advice.least,
            last=advice.last,
            reason_zh=zh,
            reason_en=en,
        )
    return advice


def _reason(advice: Advice) -> tuple[str, str]:
    found = [each.text for each in advice.comparison.differences if each.breaking] if advice.comparison else []
    zh, en = _REASONS[advice.step]
    return zh.format(zh="; ".join(each.zh for each in found[:3])), en.format(
        en="; ".join(each.en for each in found[:3])
    )


def _raised(last: Number, step: Step) -> Number:
    major, minor, patch = last
    return {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0)}.get(step, (major, minor, patch + 1))


def _text(found: Number) -> str:
    return ".".join(map(str, found))
