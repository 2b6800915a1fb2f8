"""Requests and decisions between this node and the other one, for tests of what becomes of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange import rules, services
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.models import Agreement, GrantRow
from twincity.engines.exchange.wire import runtime
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock, ids
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

REASON = LocalText("规划公交", "planning buses")


def me() -> str:
    return circle.member_id()


def terms(**changes: Any) -> Terms:
    plain = {"service": "towns", "purpose": "planning", "reason": REASON, "not_after": clock.unix() + 1000}
    return Terms(**(plain | changes))


def request(mine: Opened, **changes: Any) -> str:
    """A request of the other side for data of this node, signed."""
    plain = {"id": ids.new_id(), "provider": me(), "consumer": OTHER, "iat": clock.unix(), "terms": terms()}
    return docs.sign(docs.Request(**(plain | changes)), mine.other.key("tc1"))


def received(mine: Opened, **changes: Any) -> Agreement:
    return services.receive_request(sender=OTHER, token=request(mine, **changes))


def decide(agreement: Agreement, state: str, **more: Any) -> Agreement:
    return services.decide(agreement_id=agreement.id, state=state, by="steward", **more)


def recorded() -> list[dict[str, Any]]:
    """Agreement documents in this node's ledger, in order."""
    found = [orjson.loads(record.data) for record in ledger.exchange_log().records()]
    return [each for each in found if each["kind"] == "agreement"]


def allowed(**changes: Any) -> bool:
    plain = {
        "member": OTHER,
        "service": "towns",
        "method": "GET",
        "path": "/x",
        "purpose": "planning",
        "now": clock.unix(),
    }
    return rules.allows(runtime.current().grants, rules.Request(**(plain | changes)))


def refused(work, code: str, field: str) -> Problem:
    """Refused, and nothing is written: not in the database, not in the ledger."""
    before = list(Agreement.objects.order_by("pk").values()), list(GrantRow.objects.values()), len(recorded())
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.field) == (code, field), caught.value
    assert (list(Agreement.objects.order_by("pk").values()), list(GrantRow.objects.values()), len(recorded())) == before
    return caught.value
