"""Who used a person's data: told by each provider from its ledger, proven there, put together at home."""

from __future__ import annotations

import asyncio
import base64

import msgspec
import structlog
from django.db.models import Q

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.consent.errors import NOT_LINKED
from twincity.engines.exchange.consent.messages import ACCESSES, Accesses, Query
from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.models import AccessSeen, Consent, ExchangeRow, Link, Linked
from twincity.engines.exchange.services.consents import People
from twincity.engines.exchange.services.links import pseudonym
from twincity.engines.exchange.services.records import index_records, proven_at
from twincity.engines.exchange.wire import records, telling
from twincity.engines.ledger import facade as ledger
from twincity.kernel import background, clock
from twincity.kernel.problems import Problem

PAGE = 40
"""Records in one answer: with their proofs about 8 KB each."""
PAGES = 25
"""Answers that are fetched at one go."""


def answer(*, sender: str, person: str, after: int) -> Accesses:
    """At the provider: accesses to the data of somebody whom the asking node has linked, in the order of the ledger.

    Those of the last second, which no witnessed checkpoint covers yet, are left for the next time.

    Raises:
        Problem: ``not-linked``.
    """
    linked = Linked.objects.filter(home=sender, pseudonym=person).first()
    if linked is None:
        raise Problem(NOT_LINKED, field="person")
    index_records()
    consents = Consent.objects.filter(linked__person_key=linked.person_key).values_list("pk", flat=True)
    own = Q(consent="", subject=People().pseudonym(linked.person_key)) | Q(consent__in=list(consents))
    rows = ExchangeRow.objects.filter(own, side="provider", index__gt=after).order_by("index")
    indexes = list(rows.values_list("index", flat=True)[: PAGE + 1])
    found: list[Proven] = []
    for index in indexes[:PAGE]:
        try:
            found.append(proven_at(index))
        except Problem:
            return Accesses(found, more=False)
    return Accesses(found, more=len(indexes) > PAGE)


def refresh(*, person: str) -> None:
    """At home: ask every provider that a citizen is linked with. Call it from a thread; who is silent is noted."""
    links = list(Link.objects.filter(person=person))
    for link in links:
        Link.objects.filter(pk=link.pk).update(asked_at=clock.now())
    remote = [link for link in links if link.provider != circle.member_id()]
    for link in links:
        if link not in remote:
            told = answer(sender=link.provider, person=pseudonym(person, link.provider), after=link.last)
            _keep(link, told.records)
    if remote:
        background.wait(_ask_all(remote))


async def _ask_all(links: list[Link]) -> None:
    await asyncio.gather(*(_ask(link) for link in links))


async def _ask(link: Link) -> None:
    for _ in range(PAGES):
        body = Query(pseudonym(link.person, link.provider), link.last)
        try:
            told = await telling.tell(link.provider, ACCESSES, "/records", body, Accesses)
        except (Problem, msgspec.ValidationError) as error:
            structlog.get_logger().info("accesses_not_told", provider=link.provider, problem=str(error))
            return
        await asyncio.to_thread(_keep, link, told.records)
        if not told.more:
            return


def _keep(link: Link, told: list[Proven]) -> None:
    rows = [row for each in told if (row := _seen(link, each)) is not None]
    AccessSeen.objects.bulk_create(rows, ignore_conflicts=True)
    link.last = max([link.last, *(row.index for row in rows)])
    Link.objects.filter(pk=link.pk).update(last=link.last, answered_at=clock.now())


def _seen(link: Link, told: Proven) -> AccessSeen | None:
    """The row of one access; None for what is no record of that provider's side."""
    try:
        record = records.decode(told.data())
    except (msgspec.DecodeError, ValueError):
        return None
    if record.side != "provider" or told.index <= link.last:
        return None
    return AccessSeen(
        link=link,
        index=told.index,
        message=record.id[:64],
        at=clock.instant(record.at),
        consumer=record.peer[:200],
        service=record.service[:100],
        purpose=record.purpose[:100],
        fields=list(record.fields),
        consent=record.consent[:36],
        outcome=record.outcome[:60],
        proven=holds(link.provider, told),
        evidence=msgspec.to_builtins(told),
    )


def holds(provider: str, told: Proven) -> bool:
    """Whether a record is shown to be in a provider's ledger, under a checkpoint witnessed as the circle demands."""
    try:
        proof = ledger.LogProof.parse(told.proof.encode())
        policy = circle.policy_for(circle.directory(), provider, "exchange")
        proof.verify_private(base64.b64decode(told.salt), told.data(), policy)
    except (Problem, ValueError, LookupError):
        return False
    place = proof.index == told.index and proof.signed.checkpoint.origin == told.origin
    return place and told.origin == f"{provider}/exchange"
