"""Agreements end by themselves when their last day is over, on each side."""

from __future__ import annotations

from twincity.engines.exchange import queries, services
from twincity.engines.exchange.models import Agreement, GrantRow
from twincity.engines.exchange.tests.agreements_world import allowed, decide, received, terms
from twincity.kernel import clock

HOUR = 3600


def test_an_agreement_past_its_day_ends_and_its_grant_with_it(mine, monkeypatch):
    over = received(mine, terms=terms(not_after=clock.unix() + HOUR))
    going = received(mine, terms=terms(service="other", not_after=clock.unix() + 10 * HOUR))
    decide(over, "active")
    decide(going, "active")
    assert services.end_expired() == 0
    later = clock.unix() + 2 * HOUR
    monkeypatch.setattr(clock, "unix", lambda: later)
    assert services.end_expired() == 1
    assert services.end_expired() == 0
    assert Agreement.objects.get(pk=over.pk).state == "ended"
    assert Agreement.objects.get(pk=going.pk).state == "active"
    assert list(GrantRow.objects.values_list("agreement", flat=True)) == [going.pk]
    assert not allowed(now=later)


def test_a_request_does_not_expire_undecided(mine, monkeypatch):
    asked = received(mine, terms=terms(not_after=clock.unix() + HOUR))
    later = clock.unix() + 2 * HOUR
    monkeypatch.setattr(clock, "unix", lambda: later)
    assert services.end_expired() == 0
    assert Agreement.objects.get(pk=asked.pk).state == "requested"


def test_those_that_end_soon_are_spoken_of(mine):
    decide(received(mine, terms=terms(not_after=clock.unix() + HOUR)), "active")
    assert queries.ending(2 * HOUR).count() == 1
    assert queries.ending(HOUR // 2).count() == 0
