"""Replaying past calls against draft grants: who changes sides, one at a time, cancelled at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from twincity.engines.circle.tests.opened import OTHER, sign_in
from twincity.engines.exchange import services
from twincity.engines.exchange.models import ExchangeRow
from twincity.engines.exchange.rules import FORBIDDEN, Grant, GrantIndex
from twincity.engines.exchange.services import simulating
from twincity.engines.exchange.services.simulating import Simulation, replay
from twincity.engines.exchange.tests.pages_world import exchanging, page
from twincity.kernel import clock

pytestmark = pytest.mark.django_db
GRANT = Grant(id="g", subject=f"member:{OTHER}", service="towns", purposes=("planning",))


@pytest.fixture
def circle(node_home, tmp_path):
    simulating._latest.clear()
    with exchanging(node_home, tmp_path) as made:
        yield made


def calls(*outcomes, service="towns", days=1):
    """Past calls of the other member, with what became of them."""
    at = clock.now() - timedelta(days=days)
    first = ExchangeRow.objects.count()
    rows = [
        ExchangeRow(
            index=first + n, message=f"{service}-{days}-{n}", side="provider", at=at, peer=OTHER, service=service,
            method="GET", path="/x", purpose="planning", system="", outcome=outcome, grant="", case="", stale=False,
            size=0, micros=0,
        )
        for n, outcome in enumerate(outcomes)
    ]  # fmt: skip
    ExchangeRow.objects.bulk_create(rows)


def replayed(*grants, days=30):
    made = Simulation(0)
    replay(made, GrantIndex(grants), clock.now() - timedelta(days=days))
    return made


def test_calls_that_a_draft_would_decide_otherwise_change_sides(circle):
    calls("ok", FORBIDDEN.code, "not-found")
    calls("ok", service="alarms")
    made = replayed(GRANT)
    assert (made.state, made.done) == ("done", 4)
    assert made.allowed.counts == {(OTHER, "towns"): 1}
    assert made.allowed.examples == ["towns-1-1"]
    assert made.refused.counts == {(OTHER, "alarms"): 1}


def test_the_same_grants_change_nothing(circle):
    calls("ok", "not-found")
    made = replayed(GRANT)
    assert not made.allowed.counts
    assert not made.refused.counts


def test_the_protocols_own_calls_and_older_ones_are_left_out(circle):
    calls("ok", service="tc.agreements")
    calls("ok", days=40)
    assert replayed(GRANT).done == 0


def test_a_cancelled_simulation_stops(circle):
    calls(*["ok"] * 10)
    made = Simulation(10, state="cancelled")
    replay(made, GrantIndex([GRANT]), clock.now() - timedelta(days=2))
    assert made.done == 0


def test_a_steward_drafts_and_sees_what_came_of_it(client, circle, monkeypatch):
    calls("ok", FORBIDDEN.code)
    services.add_grants([GRANT])
    steward = sign_in(client, "steward")
    drafted = page(steward, reverse("exchanges-simulate"), "en")
    assert "&quot;id&quot;:" in drafted
    monkeypatch.setattr(simulating.threading.Thread, "start", lambda thread: thread._target(*thread._args))
    monkeypatch.setattr(simulating.connections, "close_all", lambda: None)
    answer = steward.post(reverse("exchanges-simulate"), {"grants": "[]", "days": 30})
    assert answer.status_code == 302
    shown = page(steward, answer["Location"], "en")
    assert "Newly refused" in shown
    assert "towns-1-0" in shown
    assert "2 of 2 calls" in shown


@pytest.mark.parametrize(
    "draft", ["", "nonsense", "{}", '[{"id": 1}]', '[{"id":"g","subject":"x","service":"s"}]', "[" * 5000]
)
def test_a_draft_that_is_wrong_says_why(client, circle, draft):
    answer = sign_in(client, "steward").post(reverse("exchanges-simulate"), {"grants": draft, "days": 30})
    assert answer.status_code == 422
    assert not simulating._latest


def test_only_a_steward_simulates(client, circle):
    assert sign_in(client, "official").get(reverse("exchanges-simulate")).status_code == 403


def test_a_simulation_that_is_not_there(client, circle):
    page(sign_in(client, "steward"), reverse("exchanges-simulated", args=["none"]), status=404)


def test_one_at_a_time(circle):
    simulating._latest["x"] = Simulation(1)
    with pytest.raises(services.simulating.Problem, match="simulation-busy"):
        services.simulating.begin(grants=[GRANT])
