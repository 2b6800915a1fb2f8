"""Agreements that were negotiated in another protocol, such as the Dataspace Protocol, and are concluded there."""

from __future__ import annotations

import msgspec
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms, check_narrower, check_text, compile_grant
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.services.agreements import document_record, settle
from twincity.engines.exchange.services.grants import refresh_grants
from twincity.kernel import clock, jws


def sign_request(*, identifier: str, provider: str, terms: Terms) -> str:
    """This member's signed wish for terms (JWS), to travel within a message of the other protocol.

    Raises:
        Problem: ``grant-invalid``.
    """
    consumer = circle.member_id()
    compile_grant(terms, agreement="draft", consumer=consumer)
    request = docs.Request(identifier, provider, consumer, clock.unix(), terms)
    return docs.sign(request, circle.signer().key)


def sign_decision(*, request: str, terms: Terms) -> str:
    """This member's signed consent (JWS) to a request that it has checked with :func:`read_request`.

    Raises:
        Problem: ``terms-wider``.
    """
    asked = msgspec.convert(jws.payload(request), docs.Request)
    check_narrower(asked.terms, terms)
    decision = docs.Decision(asked.id, asked.provider, asked.consumer, clock.unix(), "active", request, terms)
    return docs.sign(decision, circle.signer().key)


def read_request(*, sender: str, token: str) -> docs.Request:
    """A request that a member has signed.

    Raises:
        Problem: ``agreement-refused``.
    """
    return docs.read_request(token, circle.keys_of(sender).get)


def read_decision(*, sender: str, token: str) -> docs.Decision:
    """A decision that a member has signed, and the request that it quotes.

    Raises:
        Problem: ``agreement-refused``.
    """
    return docs.read_decision(token, circle.keys_of(sender).get)


def conclude(
    *, identifier: str, provider: str, consumer: str, terms: Terms, request: str, decision: str, by: str
) -> bytes | None:
    """Put an agreement into force: kept with its documents and compiled at the provider.

    Returns the record that is still to be put into the ledger, None when the agreement was there before; see
    :func:`twincity.engines.exchange.facade.announce`.

    Raises:
        Problem: ``grant-invalid``; nothing is kept then.
    """
    compile_grant(check_text(terms), agreement=identifier, consumer=consumer)
    now = clock.now()
    with transaction.atomic():
        agreement, made = Agreement.objects.get_or_create(
            id=identifier,
            defaults={
                "provider": provider, "consumer": consumer, "service": terms.service, "purpose": terms.purpose,
                "state": Agreement.State.ACTIVE, "terms": msgspec.to_builtins(terms), "request": request,
                "decision": decision, "told": True, "requested_at": now, "decided_at": now, "decided_by": by[:150],
            },
        )  # fmt: skip
        if made and provider == circle.member_id():
            settle(agreement, terms)
            transaction.on_commit(lambda: refresh_grants(identifier))
    return document_record(agreement, decision or request) if made else None  # a decision quotes the request
