"""Order and patience: which message comes next in a lane, and when one that failed is tried again. Pure.

A lane is what must stay in order: messages of one key and one priority to one member. The sender numbers them upwards,
with gaps, and says of each which earlier one of its lane is still on its way (``after``). The receiver takes a message
only when it has that one, so order holds over any mixture of retries, networks and files.
"""

from __future__ import annotations

import re
from typing import Literal

from twincity.kernel.limits import Priority
from twincity.kernel.problems import INVALID, Problem, define
from twincity.kernel.states import back_off

BACKLOG = define(
    "backlog-full",
    503,
    zh="发往 {member} 的消息已积压 {count} 条, 暂不再收",
    en="{count} messages wait for {member} already; no more are taken for now",
)
OUT_OF_ORDER = define(
    "out-of-order",
    409,
    zh="通道 {lane} 中这条消息之前的消息尚未到达, 或之后的消息已经到达",
    en="In lane {lane} an earlier message has not arrived yet, or a later one has",
)
EXPIRED = define(
    "message-expired", 410, zh="消息在有效期内未能送达", en="The message could not be delivered within its time"
)
EXHAUSTED = define(
    "attempts-exhausted", 500, zh="处理程序 {attempts} 次失败", en="The handler has failed {attempts} times"
)
FIRST_RETRY = 1.0
"""Seconds after the first failure to reach a member; doubles up to ``LONGEST_RETRY``."""
LONGEST_RETRY = 300.0
HANDLER_ATTEMPTS = 6
"""Failures of a handler after which a message waits for a person."""
TTL = 7 * 86_400
"""Seconds for which a message may be on its way, unless its sender says otherwise."""
SHORTEST_TTL = 300
LONGEST_TTL = 30 * 86_400
_KEY = re.compile(r"[A-Za-z0-9._-]{1,48}")

Verdict = Literal["new", "known", "early"]


def lane_name(priority: Priority, key: str) -> str:
    """Name of a lane: priorities overtake each other, so each is a lane of its own.

    Raises:
        Problem: ``invalid`` for a key that is not 1 to 48 letters, digits, dots, dashes or underscores.
    """
    if not _KEY.fullmatch(key):
        raise Problem(INVALID, field="tc-lane", name="tc-lane", reason="1 to 48 of A-Z a-z 0-9 . _ -")
    return f"{priority.name.lower()}/{key}"


def ttl(text: str | None) -> int:
    """Seconds for which a message may be on its way.

    Raises:
        Problem: ``invalid`` unless between five minutes and thirty days.
    """
    if text is None:
        return TTL
    if not (text.isascii() and text.isdigit() and SHORTEST_TTL <= int(text) <= LONGEST_TTL):
        reason = f"seconds from {SHORTEST_TTL} to {LONGEST_TTL}"
        raise Problem(INVALID, field="tc-ttl", name="tc-ttl", reason=reason)
    return int(text)


def takes(*, last: int, number: int, after: int) -> bool:
    """Whether a message not known yet may be taken in.

    Args:
        last: number of the last message taken in this lane, 0 for none.
        number: its own number.
        after: number of the earlier message of the lane that is still on its way, 0 when there is none.
    """
    return after <= last < number


def follow(numbers: list[tuple[str, int]]) -> list[int]:
    """``after`` for each of the messages still on their way to one member, given as (lane, number) in turn."""
    before: dict[str, int] = {}
    result = []
    for lane, number in numbers:
        result.append(before.get(lane, 0))
        before[lane] = number
    return result


def patience(failures: int, fraction: float) -> float:
    """Seconds to wait after so many failures to reach a member; ``fraction`` (0 to 1) spreads it."""
    return min(LONGEST_RETRY, back_off(FIRST_RETRY, failures - 1, fraction))


class Numbers:
    """Numbers for messages: upwards, also over restarts and over a clock that was set back.

    Args:
        last: the highest number given before.
    """

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def next(self, millis: int) -> int:
        """The next number; by time, so that it still grows when old rows have been deleted. Not thread-safe."""
        self._last = max(self._last + 1, millis * 1000)
        return self._last
