"""Services of the protocol about consent: links, consents and requests for them, accesses to personal data."""

from __future__ import annotations

from typing import Any

from twincity.engines.exchange import services
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.consent import messages
from twincity.engines.exchange.consent.messages import ACCESSES, CONSENTS
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.kernel.locale_text import LocalText

consents = Service(CONSENTS, LocalText("同意", "Consents"))
accesses = Service(ACCESSES, LocalText("个人数据的使用记录", "Accesses to personal data"))


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
