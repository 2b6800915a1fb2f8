"""What an operator or a local system does in dataspaces: offers, partners, negotiations, transfers, fetching data."""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.protocol.messages import PULL
from twincity.apps.dataspace.services import negotiations, offering, posting, pulling, transfers
from twincity.engines.exchange.facade import Terms
from twincity.kernel import background
from twincity.kernel.operations import operation


class MakeOffer(msgspec.Struct, forbid_unknown_fields=True):
    """Terms under which a service is offered; ``answer``: ``auto`` or ``person``."""

    terms: Terms
    answer: str = "person"
    dataset: str = ""
    id: str = ""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """An offer or a process."""

    id: str


class MakePartner(msgspec.Struct, forbid_unknown_fields=True):
    """A connector outside the circle: its base URL, the token it shows, what it wants to be shown."""

    id: str
    base: str
    token: str
    shown: str = ""


class Negotiate(msgspec.Struct, forbid_unknown_fields=True):
    """A negotiation to be begun as a consumer."""

    peer: str
    dataset: str
    offer: str
    terms: Terms
    auto: bool = True


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """A step in a negotiation."""

    id: str
    act: Literal["request", "offer", "accept", "agree", "verify", "finalize", "terminate"]
    terms: Terms | None = None
    reason: str = ""
    hold: bool = False


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """A transfer to be begun as a consumer."""

    peer: str
    agreement: str
    form: str = PULL
    path: str = ""


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A step in a transfer."""

    id: str
    act: Literal["start", "suspend", "complete", "terminate"]
    reason: str = ""


class Fetch(msgspec.Struct, forbid_unknown_fields=True):
    """Data of a started transfer: a path of the service with its query."""

    id: str
    path: str = "/"


class Listing(msgspec.Struct, forbid_unknown_fields=True):
    """Processes in a state, all when empty."""

    state: str = ""


class Automatic(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the next steps of a process are taken without a person."""

    id: str
    auto: bool


@operation("dataspace.offer")
def offer(given: MakeOffer) -> dict[str, Any]:
    """Offer a service in the dataspace catalogue."""
    made = offering.offer(terms=given.terms, answer=given.answer, dataset=given.dataset, identifier=given.id)
    return {"id": made.pk, "dataset": made.dataset, "answer": made.answer}


@operation("dataspace.withdraw")
def withdraw(given: Named) -> dict[str, Any]:
    """Take an offer out of the dataspace catalogue."""
    offering.withdraw(identifier=given.id)
    return {"id": given.id}


@operation("dataspace.partner")
def partner(given: MakePartner) -> dict[str, Any]:
    """Let in a connector outside the circle, known by a token."""
    made = offering.register_partner(identifier=given.id, base=given.base, token=given.token, shown=given.shown)
    return {"id": made.pk, "base": made.base}


@operation("dataspace.negotiate")
def negotiate(given: Negotiate) -> dict[str, Any]:
    """Begin a contract negotiation with a provider."""
    peer = queries.peer(given.peer)
    url = background.wait(posting.endpoints(peer))
    outcome = negotiations.begin(
        peer=peer, url=url, dataset=given.dataset, offer=given.offer, terms=given.terms, auto=given.auto
    )
    return show(posting.follow_up(outcome).process)


@operation("dataspace.act")
def act(given: Act) -> dict[str, Any]:
    """Take a step in a contract negotiation."""
    outcome = negotiations.act(pid=given.id, act=given.act, terms=given.terms, reason=given.reason, hold=given.hold)
    return show(posting.follow_up(outcome).process)


@operation("dataspace.negotiations")
def listed_negotiations(given: Listing) -> list[dict[str, Any]]:
    """Contract negotiations of this node, latest first."""
    return [show(each) for each in queries.negotiations(state=given.state)[:500]]


@operation("dataspace.transfer")
def transfer(given: Begin) -> dict[str, Any]:
    """Begin a transfer under an agreement."""
    peer = queries.peer(given.peer)
    url = background.wait(posting.endpoints(peer))
    outcome = transfers.begin(peer=peer, url=url, agreement=given.agreement, form=given.form, path=given.path)
    return show(posting.follow_up(outcome).process)


@operation("dataspace.step")
def step(given: Step) -> dict[str, Any]:
    """Start, suspend, complete or terminate a transfer."""
    outcome = transfers.act(pid=given.id, act=given.act, reason=given.reason)
    return show(posting.follow_up(outcome).process)


@operation("dataspace.transfers")
def listed_transfers(given: Listing) -> list[dict[str, Any]]:
    """Transfers of this node, latest first."""
    return [show(each) for each in queries.transfers(state=given.state)[:500]]


@operation("dataspace.show")
def one(given: Named) -> dict[str, Any]:
    """A negotiation or transfer with its messages."""
    found: Any = queries.negotiations(text=given.id).first() or queries.transfer(given.id)
    listed = [
        {"kind": each.kind, "sent": each.sent, "state": each.state, "body": each.body, "error": each.last_error}
        for each in queries.timeline(found.pk)
    ]
    millis = (found.state_since - found.began_at).total_seconds() * 1000
    return show(found) | {"millis": millis, "messages": listed}


@operation("dataspace.automatic")
def automatic(given: Automatic) -> dict[str, Any]:
    """Have the next steps of a negotiation taken with or without a person."""
    found = queries.negotiation(given.id)
    type(found).objects.filter(pk=found.pk).update(auto=given.auto)
    return {"id": found.pk, "auto": given.auto}


@operation("dataspace.fetch")
def fetch(given: Fetch) -> dict[str, Any]:
    """Fetch data of a started transfer from its provider."""
    got = pulling.fetch(pid=given.id, path=given.path)
    return {"status": got.status, "message": got.message, "body": base64.b64encode(got.body).decode()}


def show(found: Any) -> dict[str, Any]:
    """A process for scripts."""
    shared = {
        "id": found.pk, "role": found.role, "peer": found.peer, "peer_pid": found.peer_pid,
        "state": found.state.upper(), "agreement": found.agreement,
    }  # fmt: skip
    if hasattr(found, "form"):
        return shared | {"form": found.form, "received": len(found.received or b"")}
    return shared | {"dataset": found.dataset, "offer": found.offer_id, "terms": found.terms}
