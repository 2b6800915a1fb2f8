"""Traffic as the exchange's index holds it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import facade, services
from twincity.engines.exchange.tests.pages_world import recorded
from twincity.kernel import clock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_calls_are_counted_by_partner_side_and_outcome(mine) -> None:
    for outcome in ("ok", "ok", "grant-missing"):
        recorded(mine, outcome=outcome)
    recorded(mine, side="consumer", outcome="unanswered", answered=False)
    recorded(mine, service="tc.agreements")
    services.index_records()
    ours, theirs = facade.traffic(clock.now() - HOUR)
    assert (ours.peer, ours.side, ours.calls, ours.ok, ours.refused, ours.silent) == (OTHER, "provider", 3, 2, 1, 0)
    assert (theirs.side, theirs.calls, theirs.silent) == ("consumer", 1, 1)
    assert ours.median == ours.p95 == 2.1


def test_what_is_older_than_the_span_does_not_count(mine) -> None:
    recorded(mine)
    services.index_records()
    assert facade.traffic(clock.now() + HOUR) == []
    assert facade.over_time(clock.now() + HOUR, "minute") == []


def test_steps_of_time_add_up_to_the_whole(mine) -> None:
    for outcome in ("ok", "grant-missing", "broken", "ok"):
        recorded(mine, outcome=outcome)
    services.index_records()
    moments = facade.over_time(clock.now() - HOUR, "hour")
    assert [sum(getattr(each, name) for each in moments) for name in ("ok", "refused", "silent")] == [2, 1, 1]
    assert all(each.at.tzinfo and not each.at.minute for each in moments)
