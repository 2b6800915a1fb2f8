"""When messages are forgotten: so late that none of them can come again and take effect twice.

A message is signed at most ``RETRIES`` after it was first queued, since nobody may retry it later, and lives at most
``LONGEST_TTL`` from then. The receiver keeps its row ``KEEP`` beyond the end of the first signature, which is later.
"""

from __future__ import annotations

from typing import Any

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.models import InboxMessage, OutboxMessage
from twincity.kernel import clock

RETRIES = 45 * 86_400
"""Seconds after it was first queued for which a person may have a message sent again."""
KEEP = RETRIES + lanes.LONGEST_TTL + 15 * 86_400
"""Seconds for which a message that is done or dropped is kept beyond its time."""
TOGETHER = 2000
"""Rows deleted in one transaction, so that messages under way need not wait long."""


def forget() -> int:
    """Delete what is done or dropped and long past its time; how many messages. What waits for a person stays."""
    return _forget(OutboxMessage) + _forget(InboxMessage)


def _forget(model: Any) -> int:
    before, count = clock.millis() - KEEP * 1000, 0
    old = model.objects.filter(state__in=("done", "dropped"), expires__lt=before).order_by("seq")
    while found := list(old.values_list("pk", flat=True)[:TOGETHER]):
        count += model.objects.filter(pk__in=found).delete()[0]
    return count
