"""Consent when nodes die, hang or cannot reach each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.federation import consenting as c
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, live_circle
from twincity.node.testkit.live import OperationRefusedError
from twincity.node.testkit.visitor import Visitor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as found:
        c.prepare(found)
        yield found


@pytest.fixture(scope="module")
def zhang(circle: Circle) -> Visitor:
    return c.citizen(circle, "zhang")


def test_a_withdrawal_while_the_provider_is_away_blocks_the_consumer_and_reaches_the_provider_later(
    circle: Circle, zhang: Visitor
) -> None:
    consent = c.give(circle, zhang)
    c.until(lambda: c.use(circle, consent)["outcome"] == "ok")
    circle["cq"].kill()
    c.withdraw(zhang, consent)
    c.until(lambda: c.known(circle["dj"], consent) == "withdrawn", 5)
    with pytest.raises(OperationRefusedError, match="consent-withdrawn"):
        c.use(circle, consent)
    page = c.until(lambda: "provider-unreachable" in (text := zhang.get(f"/mine/consents/{consent}/")[1]) and text)
    assert "Not yet" in page
    assert "Not yet confirmed by Chongqing" in zhang.get("/mine/")[1]
    zhang.post("/mine/accesses/", {})
    assert "no answer" in zhang.get("/mine/accesses/")[1]
    circle["cq"].start()
    c.until(lambda: c.known(circle["cq"], consent) == "withdrawn")
    c.until(lambda: "Not yet" not in zhang.get(f"/mine/consents/{consent}/")[1])


def test_a_consent_outlives_the_home_node_s_death_before_anybody_has_heard_of_it(
    circle: Circle, zhang: Visitor
) -> None:
    circle["cq"].kill()
    consent = c.give(circle, zhang)
    circle["sc"].kill()
    circle["cq"].start()
    assert c.known(circle["cq"], consent) == ""
    circle["sc"].start()
    c.until(lambda: c.known(circle["cq"], consent) == "given")
    c.until(lambda: c.use(circle, consent)["outcome"] == "ok")


def test_a_withdrawal_outlives_the_home_node_s_death_too(circle: Circle, zhang: Visitor) -> None:
    consent = c.give(circle, zhang)
    c.until(lambda: c.known(circle["cq"], consent) == c.known(circle["dj"], consent) == "given")
    circle["cq"].kill()
    c.withdraw(zhang, consent)
    circle["sc"].kill()
    circle["cq"].start()
    circle["sc"].start()
    c.until(lambda: c.known(circle["cq"], consent) == "withdrawn")


def test_a_consent_expires_by_the_provider_s_own_clock(circle: Circle, zhang: Visitor) -> None:
    consent = c.give(circle, zhang)
    c.until(lambda: c.use(circle, consent)["outcome"] == "ok")
    facts = {"member": DIANJIANG.id, "service": "probe", "path": "/person", "purpose": c.PURPOSE, "consent": consent}
    assert circle["cq"].operate("exchange.why", facts | {"at": clock.unix() + 29 * 86_400})["allowed"]
    later = circle["cq"].operate("exchange.why", facts | {"at": clock.unix() + 31 * 86_400})
    assert later["steps"][-1]["condition"] == "consent"
    assert not later["allowed"]
