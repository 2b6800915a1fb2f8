"""Freshness instead of expiry: how long ago another jurisdiction witnessed the directory, and what that permits."""

from __future__ import annotations

from dataclasses import dataclass

from twincity.engines.circle.trust.charter import Freshness
from twincity.engines.circle.trust.errors import STALE
from twincity.kernel.problems import Problem

ONLINE = 900
"""Beyond this age, in seconds, evidence is marked as verified against a stale directory."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Age of the directory in seconds, and whether evidence made now is marked stale."""

    age: int
    stale: bool


def standing(witnessed: int, now: int, service_class: str, limits: Freshness) -> Standing:
    """Whether a service of class ``critical`` or ``normal`` may be used, given when the directory was last witnessed.

    Raises:
        Problem: ``directory-stale``.
    """
    age = max(0, now - witnessed)
    limit = limits.critical if service_class == "critical" else limits.normal
    if age > limit:
        raise Problem(STALE, rule=f"freshness.{service_class}", age=age, limit=limit)
    return Standing(age, age > ONLINE)
