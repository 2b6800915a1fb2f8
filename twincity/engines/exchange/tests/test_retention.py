"""What is forgotten of messages, and that nothing is forgotten which could still come again."""

from __future__ import annotations

import pytest

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.models import InboxMessage, OutboxMessage
from twincity.engines.exchange.services import deadletters, retention
from twincity.engines.exchange.tests.test_pages_delivery import dead, taken
from twincity.kernel import clock
from twincity.kernel.problems import Problem

DAY = 86_400_000


def test_only_what_is_over_and_long_past_its_time_is_forgotten(db) -> None:
    old = clock.millis() - retention.KEEP * 1000 - DAY
    dead(id="waits", expires=old)
    dead(id="gone", number=2, state="done", expires=old)
    dead(id="young", number=3, state="done", expires=old + 2 * DAY)
    taken(id="gone", state="dropped", expires=old)
    taken(id="due", state="taken", expires=old)
    assert retention.forget() == 2
    assert set(OutboxMessage.objects.values_list("id", flat=True)) == {"waits", "young"}
    assert set(InboxMessage.objects.values_list("id", flat=True)) == {"due"}


def test_a_message_is_known_for_longer_than_anybody_may_send_it_again(db) -> None:
    assert retention.KEEP > retention.RETRIES + lanes.LONGEST_TTL
    dead(queued=clock.millis() - retention.RETRIES * 1000 - DAY)
    with pytest.raises(Problem) as caught:
        deadletters.retry_sending(None, message="m1", by="x")  # type: ignore[arg-type]
    assert caught.value.kind.code == "too-old"
