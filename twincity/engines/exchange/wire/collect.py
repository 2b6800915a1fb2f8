"""Collecting an evidence bundle: this side's record, the other side's, and what vouches for both."""

from __future__ import annotations

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.evidence.bundle import FORMAT, Bundle, Proven, Vouching
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.wire import protocol, records
from twincity.kernel import background


def collect(message: str) -> Bundle:
    """The bundle of one exchange of this node; asks the other side for its record and proof. Call it from a thread.

    Raises:
        Problem: ``not-found``, ``not-yet-published`` (try again in a second), or why the other side did not answer.
    """
    own = protocol.prove(message)
    proven = msgspec.convert(msgspec.to_builtins(own), Proven)
    record = records.decode(proven.data())
    other = background.wait(protocol.fetch_proof(record.peer, message))
    both = [proven, msgspec.convert(msgspec.to_builtins(other), Proven)]
    agreement = Agreement.objects.filter(pk=_agreement(both)).first()
    return Bundle(
        format=FORMAT,
        charter=circle.charter_chain(),
        documents=[Vouching(owner, token) for owner, token in _documents(both)],
        records=both,
        request=agreement.request if agreement else "",
        decision=agreement.decision if agreement else "",
    )


def _agreement(both: list[Proven]) -> str:
    return next((found.agreement for each in both if (found := records.decode(each.data())).agreement), "")


def _documents(both: list[Proven]) -> list[tuple[str, str]]:
    """Documents of the directory about both parties and all anchors, in an order in which they can be folded."""
    return circle.vouching_documents([each.owner for each in both])
