"""Machine doors of the exchange: signed calls of other nodes, calls of own systems, and the protocol's own services.

The services of the protocol use the same signed, recorded calls as all others; only a grant is not asked for.
"""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.exchange import services
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.consent import messages
from twincity.engines.exchange.consent.messages import ACCESSES, CONSENTS
from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.wire.asking import AGREEMENTS, EVIDENCE, Document
from twincity.engines.exchange.wire.local import Local
from twincity.engines.exchange.wire.provider import Provider
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.engines.exchange.wire.runtime import Runtime, current, running
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNAVAILABLE, Problem

agreements = Service(AGREEMENTS, LocalText("数字合约", "Agreements"))
evidence = Service(EVIDENCE, LocalText("存证", "Evidence"))
consents = Service(CONSENTS, LocalText("同意", "Consents"))
accesses = Service(ACCESSES, LocalText("个人数据的使用记录", "Accesses to personal data"))


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an exchange."""

    message: str


def _runtime() -> Runtime:
    if not running():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    return current()


@door("/tc1/", "Signed calls of other members: `/tc1/SERVICE/PATH` (FEDERATION.md)")
async def tc1(scope: Scope, receive: Receive, send: Send) -> None:
    """The provider's side."""
    await Provider(_runtime())(scope, receive, send)


@door("/call/", "Calls of this member's own systems: `/call/PROVIDER/SERVICE/PATH` with a bearer token")
async def local(scope: Scope, receive: Receive, send: Send) -> None:
    """The consumer's side."""
    await Local(_runtime())(scope, receive, send)


@agreements.post("/requests")
def requests(call: Call, given: Document) -> dict[str, Any]:
    """Take in a consumer's request; a steward decides on it later."""
    agreement = services.receive_request(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@agreements.post("/decisions")
def decisions(call: Call, given: Document) -> dict[str, Any]:
    """Take in the provider's decision on a request of this node."""
    agreement = services.receive_decision(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@evidence.get("/records/{message}")
def record_of(call: Call, given: Message) -> Proven:
    """This side's record of an exchange with the caller, and its proof; nobody gets another's."""
    return services.prove(given.message, asked_by=call.member)


@consents.post("/links")
def links(call: Call, given: messages.LinkCode) -> dict[str, Any]:
    """Take in the pseudonym by which the caller speaks of a person of this node's data."""
    services.accept_link(sender=call.member, code=given.code, person=given.person)
    return {"state": "linked"}


@consents.post("/documents")
def documents(call: Call, given: messages.Signed) -> dict[str, Any]:
    """Take in a consent, or its withdrawal, from the node of the citizen's account."""
    row = services.receive_consent(sender=call.member, token=given.document, person=given.person, ask=given.ask)
    return {"id": row.pk, "state": row.state}


@consents.post("/asks")
def asks(call: Call, given: messages.AskCode) -> docs.Ask:
    """Hand out a request for consent to the node of the person who has its code."""
    return services.hand_out_ask(sender=call.member, code=given.code)


@accesses.post("/records")
def accesses_of(call: Call, given: messages.Query) -> messages.Accesses:
    """Who used the data of a person whom the caller has linked, with proofs."""
    return services.answer_accesses(sender=call.member, person=given.person, after=given.after)
