"""Reads of the dataspace face."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Q, QuerySet

from twincity.apps.dataspace.models import Message, Negotiation, Offer, Partner, Transfer
from twincity.apps.dataspace.wire.peers import Peer
from twincity.engines.circle import facade as circle
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem


def partner_of(token: str) -> Peer | None:
    """The partner that shows a token."""
    found = Partner.objects.filter(token_sha256=hashlib.sha256(token.encode()).digest(), active=True).first()
    return Peer(found.id, found.base, member=False, shown=found.shown) if found else None


def peer(identifier: str) -> Peer:
    """A member of the circle, or an active partner.

    Raises:
        Problem: ``not-found``, or why the member cannot be spoken to.
    """
    if is_member(identifier):
        return member(identifier)
    found = Partner.objects.filter(pk=identifier, active=True).first()
    if found is None:
        raise Problem(NOT_FOUND, field="peer", what=f"member or partner {identifier}")
    return Peer(found.id, found.base, member=False, shown=found.shown)


def is_member(identifier: str) -> bool:
    """Whether it is a member of the circle: from memory."""
    return identifier in circle.directory().members


def member(identifier: str) -> Peer:
    """A member of the circle as a counterparty.

    Raises:
        Problem: ``unknown-member`` or ``member-expired``.
    """
    return Peer(identifier, circle.directory().member(identifier, clock.unix()).node.address, member=True)


def offers() -> QuerySet[Offer]:
    """Offers in force."""
    return Offer.objects.filter(active=True).order_by("dataset", "id")


def offer_for(dataset: str, offer: str) -> Offer:
    """The offer that a request is about: the one it names, or else the first of its dataset.

    Raises:
        Problem: ``not-found``.
    """
    named = Offer.objects.filter(pk=offer, dataset=dataset, active=True)[:1]
    chosen = next(iter(named), None) or offers().filter(dataset=dataset).first()
    if chosen is None:
        raise Problem(NOT_FOUND, field="offer.target", what=f"dataset {dataset[:100]}")
    return chosen


def negotiation(pid: str, peer: str = "") -> Negotiation:
    """A negotiation by this side's process id, of one peer if named: another's is not there for it.

    Raises:
        Problem: ``not-found``.
    """
    found = Negotiation.objects.filter(pk=pid, **({"peer": peer} if peer else {})).first()
    if found is None:
        raise Problem(NOT_FOUND, field="pid", what=f"negotiation {pid[:40]}")
    return found


def transfer(pid: str, peer: str = "") -> Transfer:
    """A transfer by this side's process id, of one peer if named.

    Raises:
        Problem: ``not-found``.
    """
    found = Transfer.objects.filter(pk=pid, **({"peer": peer} if peer else {})).first()
    if found is None:
        raise Problem(NOT_FOUND, field="pid", what=f"transfer {pid[:40]}")
    return found


def negotiations(*, state: str = "", text: str = "") -> QuerySet[Negotiation]:
    """Negotiations, latest first."""
    found = Negotiation.objects.filter(state=state) if state else Negotiation.objects.all()
    return found.filter(Q(pk=text) | Q(peer=text) | Q(dataset=text) | Q(agreement=text)) if text else found


def transfers(*, state: str = "", text: str = "") -> QuerySet[Transfer]:
    """Transfers, latest first."""
    found = Transfer.objects.filter(state=state) if state else Transfer.objects.all()
    return found.filter(Q(pk=text) | Q(peer=text) | Q(agreement=text)) if text else found


def concluded(uri: str, peer: str = "") -> Negotiation | None:
    """The finalized negotiation that led to an agreement."""
    found = Negotiation.objects.filter(agreement=uri, state="finalized")
    return (found.filter(peer=peer) if peer else found).first()


def timeline(process: str) -> QuerySet[Message]:
    """Messages of a process in their order."""
    return Message.objects.filter(process=process).order_by("at", "id")


def due() -> list[tuple[Message, Any]]:
    """Messages still to be sent, oldest first, each with its process."""
    waiting = list(Message.objects.filter(state="due", sent=True).order_by("at", "id")[:5000])
    wanted = {each.process for each in waiting}
    processes: dict[str, Any] = {}
    for model in (Negotiation, Transfer):
        processes |= {each.pk: each for each in model.objects.filter(pk__in=wanted)}
    return [(each, processes[each.process]) for each in waiting if each.process in processes]
