"""Whether a consent allows a call, and how far. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twincity.engines.exchange.consent.documents import Consent
from twincity.engines.exchange.consent.errors import EXPIRED, MISSING, NARROWER, WITHDRAWN
from twincity.engines.exchange.rules import Grant, Step
from twincity.kernel.problems import Problem


@dataclass(frozen=True, slots=True)
class Held:
    """A consent in its present state; ``person_key`` is what the provider's data call the person, empty elsewhere."""

    document: Consent
    person_key: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a consent is held against; ``now`` in seconds since 1970."""

    consumer: str
    service: str
    purpose: str
    now: int


def check(held: Held | None, name: str, grant: Grant, facts: Facts) -> Held:
    """The consent, if it allows a call under this grant.

    Args:
        held: what this node knows of the consent.
        name: the consent's id as the caller gave it, empty when it gave none.
        grant: the grant the call falls under.
        facts: the call.

    Raises:
        Problem: ``consent-missing``, ``consent-withdrawn``, ``consent-expired`` or ``consent-narrower``, the last with
            the field that is not covered.
    """
    if held is None or not held.person_key:
        raise Problem(MISSING, field="tc-consent", rule=grant.consent, reason=name or grant.consent or "tc-consent")
    check_life(held, facts.now)
    for field, covered, value in _covers(held, grant, facts):
        if not covered:
            raise Problem(NARROWER, field=field, rule=grant.consent, consent=name, reason=f"{field} {value}".strip())
    return held


def check_life(held: Held, now: int) -> None:
    """Whether a consent stands at a time.

    Raises:
        Problem: ``consent-withdrawn`` or ``consent-expired``.
    """
    document = held.document
    if document.state == "withdrawn":
        raise Problem(WITHDRAWN, field="tc-consent", consent=document.id)
    if not document.not_before <= now < document.not_after:
        raise Problem(EXPIRED, field="tc-consent", consent=document.id)


def explain(held: Held | None, name: str, grant: Grant, facts: Facts) -> list[Step]:
    """What consent has to say about a call that its grant allows, for an administrator; empty when it has no say."""
    if not (grant.consent or name):
        return []
    try:
        check(held, name, grant, facts)
    except Problem as problem:
        return [Step(grant.id, "consent", holds=False, zh=problem.text("zh-Hans"), en=problem.text("en"))]
    zh, en = f"同意 {name} 有效并覆盖此项调用", f"consent {name} stands and covers the call"
    return [Step(grant.id, "consent", holds=True, zh=zh, en=en)]


def fields(consent: Consent, mask: tuple[str, ...]) -> tuple[str, ...]:
    """Fields that may leave under both a grant's mask (empty: all) and a consent."""
    return tuple(name for name in consent.fields if name in mask) if mask else consent.fields


def own_rows(rows: list[dict[str, Any]], field: str, person_key: str) -> list[dict[str, Any]]:
    """The rows that are shown to be the person's: a row without the naming field is nobody's."""
    return [row for row in rows if field and str(row.get(field, "")) == person_key]


def _covers(held: Held, grant: Grant, facts: Facts) -> Iterator[tuple[str, bool, str]]:
    consent = held.document
    yield "agreement", consent.agreement == grant.consent, grant.consent
    yield "recipient", facts.consumer in consent.recipients, facts.consumer
    purpose = facts.purpose == consent.purpose or facts.purpose.startswith(consent.purpose + ".")
    yield "purpose", purpose, facts.purpose
    yield "fields", bool(fields(consent, grant.fields)), ", ".join(grant.fields)
