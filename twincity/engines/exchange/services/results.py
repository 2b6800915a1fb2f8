"""What messages came to, on its way back to their senders: the results of one transaction in one message."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import BODY_LIMIT, seal
from twincity.engines.exchange.services import outbox
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.exchange.wire.handling import Answer
from twincity.kernel.limits import Priority

INBOX = "tc.inbox"
"""The protocol's own service that takes messages and results."""
TOGETHER = 200
"""Messages in one transaction, and so results in one message, at most."""
RESULT_LIMIT = 150 * 1024
"""Bytes of a result, which travels back in base64 within a message."""
LANE = "interactive/results"
_FRAME = len(b'{"results":[]}')


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """What a message came to; ``body`` in base64."""

    message: str
    status: int
    media_type: str
    body: str


class Results(msgspec.Struct, forbid_unknown_fields=True):
    """The results of messages that were sent for one purpose and case."""

    results: Annotated[list[Result], msgspec.Meta(min_length=1, max_length=TOGETHER)]


class Replies:
    """Results that one transaction has made, gathered by addressee, purpose and case."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str], list[bytes]] = {}

    def add(self, row: dict[str, Any], answer: Answer) -> None:
        """The result of a message of the inbox."""
        headers = msgspec.json.decode(row["headers"], type=dict[str, str])
        result = Result(row["id"], answer.status, answer.media_type, base64.b64encode(answer.body).decode())
        group = row["peer"], headers["tc-purpose"], headers.get("tc-case", "")
        self._groups.setdefault(group, []).append(msgspec.json.encode(result))

    def queue(self, cursor: Any, number: Callable[[], int]) -> Counter[str]:
        """Queue them as messages; how many there are to each member."""
        count: Counter[str] = Counter()
        for (peer, purpose, case), results in self._groups.items():
            for body in bodies(results):
                outbound = Outbound(
                    provider=peer, service=INBOX, method="POST", path="/results", purpose=purpose, body=body,
                    media_type="application/json", extra={"tc-case": case} if case else {},
                )  # fmt: skip
                sealed = seal(outbound, lane=LANE, number=number(), ttl=lanes.TTL)
                outbox.add(cursor, outbound, sealed, Priority.INTERACTIVE)
                count[peer] += 1
        return count


def bodies(results: list[bytes]) -> list[bytes]:
    """Bodies of messages that carry these results, each encoded, in their order within the limits of a message."""
    groups: list[list[bytes]] = []
    size = 0
    for each in results:
        size += len(each) + 1
        if not groups or size > BODY_LIMIT or len(groups[-1]) == TOGETHER:
            groups.append([])
            size = _FRAME + len(each) + 1
        groups[-1].append(each)
    return [b'{"results":[' + b",".join(group) + b"]}" for group in groups]
