"""Data agreements: published by their provider in its public log, kept by every node as they come."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

import msgspec
import structlog
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.models import DataAgreementRow
from twincity.kernel import clock
from twincity.kernel.problems import Problem


class Arrived(NamedTuple):
    """A document of somebody's public log."""

    owner: str
    token: str


_arrived: deque[Arrived] = deque()
_one_at_a_time = threading.Lock()


def propose(agreement: docs.DataAgreement) -> DataAgreementRow:
    """Publish a data agreement of this node, or its next revision; everyone knows it within seconds.

    ``iss``, ``iat`` and ``revision`` are filled in.

    Raises:
        Problem: ``consent-refused`` naming the field, ``unknown-member`` for a recipient.
    """
    me, now = circle.member_id(), clock.unix()
    last = DataAgreementRow.objects.filter(identifier=docs.identifier(me, agreement.name)).first()
    made = msgspec.structs.replace(agreement, iss=me, iat=now, revision=last.revision + 1 if last else 1)
    docs.check_agreement(made)
    for recipient in made.recipients:
        circle.directory().member(recipient, now)
    circle.publish(typ=docs.DATA_AGREEMENT, payload=msgspec.to_builtins(made))
    take_in()
    return DataAgreementRow.objects.get(identifier=made.identifier, revision=made.revision)


def receive(owner: str, _: int, token: str) -> None:
    """Queue a document for :func:`take_in`; called on the event loop, at each start again from the first."""
    _arrived.append(Arrived(owner, token))


def take_in() -> int:
    """Verify and keep what has arrived; how many revisions were new. What is not acceptable is passed over."""
    new = 0
    with _one_at_a_time:
        while _arrived:
            new += _keep(_arrived[0])
            _arrived.popleft()
    return new


def _keep(arrived: Arrived) -> bool:
    try:
        payload = circle.read_published(arrived.owner, arrived.token, docs.DATA_AGREEMENT)
        agreement = docs.check_agreement(msgspec.convert(payload, docs.DataAgreement))
        docs.require(iss=agreement.iss == arrived.owner)
    except (Problem, msgspec.ValidationError) as error:
        structlog.get_logger().warning("data_agreement_refused", owner=arrived.owner, reason=str(error))
        return False
    with transaction.atomic():
        rows = DataAgreementRow.objects.filter(identifier=agreement.identifier)
        if rows.filter(revision=agreement.revision).exists():
            return False
        later = rows.filter(revision__gt=agreement.revision).exists()
        if not later:
            rows.update(current=False)
        rows.create(
            identifier=agreement.identifier,
            revision=agreement.revision,
            owner=agreement.iss,
            active=agreement.active,
            current=not later,
            body=payload,
            token=arrived.token,
        )
    return True


def check_terms(terms: Terms, consumer: str) -> None:
    """Whether the data agreement that terms rest on is this node's, in force, and about the same thing.

    Raises:
        Problem: ``consent-refused`` naming the field.
    """
    if not terms.consent:
        return
    row = DataAgreementRow.objects.filter(identifier=terms.consent, current=True, owner=circle.member_id()).first()
    if row is None:
        raise docs.refuse("consent", f"no data agreement {terms.consent}")
    agreement = msgspec.convert(row.body, docs.DataAgreement)
    docs.require(
        consent=agreement.active,
        service=agreement.service == terms.service,
        purpose=terms.purpose == agreement.purpose or terms.purpose.startswith(agreement.purpose + "."),
        recipients=consumer in agreement.recipients,
    )
