"""What a node takes on: rates per peer, a concurrency limit that follows delay, classes, deadlines and fair shares.

Everything here is pure: the caller passes ``now``, seconds of a monotonic clock, and nothing ever waits. Work is let in
at once or refused at once, because a queue in front of an overloaded node only makes every answer late.
"""

from __future__ import annotations

import math
from enum import IntEnum

from twincity.kernel.problems import Kind, Problem, define

OVERLOADED = define(
    "overloaded", 503, zh="节点繁忙, 请在 {seconds} 秒后重试", en="The node is busy; try again in {seconds} s"
)
RATE_EXCEEDED = define(
    "rate-exceeded", 429, zh="请求过于频繁, 请在 {seconds} 秒后重试", en="Too many requests; try again in {seconds} s"
)
TOO_LATE = define("too-late", 503, zh="已无法在时限内完成", en="This cannot be done before its deadline")

_SLACK = 1e-6  # seconds; rounding errors of a clock that has run for months must not refuse what is due
_MAX_KINDS = 256


class Priority(IntEnum):
    """Classes of work, the more urgent the greater."""

    BATCH = 0
    INTERACTIVE = 1
    EMERGENCY = 2


class TokenBucket:
    """At most ``burst`` at once and ``rate`` per second in the long run (the generic cell rate algorithm, ITU-T I.371).

    Raises:
        ValueError: unless both are positive.
    """

    __slots__ = ("_depth", "_full_at", "_interval")

    def __init__(self, rate: float, burst: float) -> None:
        if not (rate > 0 and burst > 0):
            raise ValueError(f"a bucket needs a positive rate and burst, not {rate} and {burst}")
        self._interval = 1 / rate
        self._depth = burst / rate
        self._full_at = -math.inf

    def take(self, now: float, cost: float = 1.0) -> float:
        """Take ``cost`` tokens if they are there: 0 then, else seconds until they are (infinite beyond the burst)."""
        full_at = max(now, self._full_at) + cost * self._interval
        wait = full_at - now - self._depth
        if wait <= _SLACK:
            self._full_at = full_at
            return 0.0
        return wait if cost * self._interval <= self._depth + _SLACK else math.inf

    def left(self, now: float) -> float:
        """Tokens that could be taken now."""
        return max(0.0, self._depth - max(0.0, self._full_at - now)) / self._interval


class _Kind:
    """What is known of one kind of work: its shortest latency of late, and this window's samples."""

    __slots__ = ("before", "best", "count", "least", "total")

    def __init__(self) -> None:
        self.before = self.best = math.inf  # the shortest of the last epoch and of this one
        self.clear()

    def clear(self) -> None:
        self.count, self.total, self.least = 0, 0.0, math.inf

    def add(self, latency: float) -> None:
        self.count += 1
        self.total += latency
        self.least = min(self.least, latency)
        self.best = min(self.best, latency)

    @property
    def base(self) -> float:
        """Latency without queueing, as far as it is known; 0 before the first sample."""
        base = min(self.before, self.best)
        return base if base < math.inf else 0.0

    def age(self) -> None:
        """Forget what is older than this epoch, so that work which became slower is not taken for queueing forever."""
        self.before, self.best = self.best, math.inf


class AdaptiveLimit:
    """How many may be in work at once, following the queueing delay.

    The delay of a kind of work is the shortest latency of the present window over the shortest of the last minute: a
    standing queue delays even the luckiest (as in CoDel, RFC 8289), a slow answer alone does not. Kinds weigh by the
    time they held places. Delay above ``target`` lowers the limit in proportion, else it grows while it is used. Once
    per epoch without a fast sample the limit falls to a quarter for a moment, so that the shortest latency is
    measured without a queue and does not creep up (as in BBR's ProbeRTT).

    Args:
        start: the limit before anything was measured.
        minimum: it never falls below; at least 2.
        maximum: it never grows beyond.
        target: seconds of queueing delay that are tolerated.
        window: seconds between two decisions.
        epoch: seconds after which the shortest latency is measured anew.
    """

    __slots__ = (
        "_decide_at", "_drained_until", "_epoch", "_epoch_at", "_kinds", "_peak", "_target", "_value", "_window",
        "delay", "maximum", "minimum",
    )  # fmt: skip

    def __init__(
        self,
        *,
        start: float = 32,
        minimum: float = 8,
        maximum: float = 1024,
        target: float = 0.02,
        window: float = 0.1,
        epoch: float = 30.0,
    ) -> None:
        if not 2 <= minimum <= start <= maximum < math.inf:
            raise ValueError(f"the limit must have 2 <= {minimum} <= {start} <= {maximum}")
        self.minimum, self.maximum = minimum, maximum
        self.delay = 0.0
        self._value, self._target, self._window, self._epoch = float(start), target, window, epoch
        self._decide_at = self._epoch_at = self._drained_until = -math.inf
        self._peak = 0
        self._kinds: dict[str, _Kind] = {"": _Kind()}

    def value(self, now: float) -> float:
        """The limit in force."""
        return self._value if now >= self._drained_until else max(self.minimum, self._value / 4)

    def base(self, kind: str) -> float:
        """Seconds this kind of work takes without a queue, 0 when unknown."""
        found = self._kinds.get(kind)
        return found.base if found else 0.0

    def observe(self, latency: float, kind: str, in_work: int, now: float) -> None:
        """Take in that work of this kind took ``latency`` seconds while ``in_work`` were in work, itself included."""
        found = self._kinds.get(kind) or self._learn(kind)
        found.add(latency)
        self._peak = max(self._peak, in_work)
        if now >= self._decide_at:
            self._decide(now)

    def _learn(self, kind: str) -> _Kind:
        return self._kinds.setdefault(kind if len(self._kinds) < _MAX_KINDS else "", _Kind())

    def _decide(self, now: float) -> None:
        sure = [kind for kind in self._kinds.values() if kind.count >= 5]
        late = now > self._decide_at + 10 * self._window
        if sure and now >= self._drained_until:
            self._move(sure)
        elif not sure and not late:
            return  # too few to tell, wait for more
        for kind in self._kinds.values():
            kind.clear()
        self._peak = 0
        self._decide_at = now + self._window
        if now >= self._epoch_at:
            self._renew(now)

    def _move(self, kinds: list[_Kind]) -> None:
        held = sum(kind.total for kind in kinds) or 1.0
        self.delay = sum(kind.total * (kind.least - kind.base) for kind in kinds) / held
        if self.delay > self._target:
            self._value *= max(0.5, min(0.95, self._target / self.delay))
        elif self._peak * 2 >= self._value:
            # Half is enough to count as used: batch work alone gets no further.
            self._value += max(1.0, self._value * 0.05)
        self._value = min(self.maximum, max(self.minimum, self._value))

    def _renew(self, now: float) -> None:
        first = self._epoch_at == -math.inf
        self._epoch_at = now + self._epoch
        for kind in self._kinds.values():
            kind.age()
        if not first and self.delay > self._target / 4:
            self._drained_until = now + 2 * (self._window + self.delay)


def _refusal(kind: Kind, wait: float) -> Problem:
    return Problem(kind, retry_after=wait, seconds=math.ceil(min(wait, 3600)))


class _Account:
    """What one peer holds and may take; ``lasting`` when its rate was set for it."""

    __slots__ = ("bucket", "epoch", "in_work", "lasting")

    def __init__(self, bucket: TokenBucket) -> None:
        self.bucket = bucket
        self.in_work = 0
        self.epoch = -9  # long ago
        self.lasting = False


class Ticket:
    """The right to work until :meth:`leave`, which must follow whatever happens."""

    __slots__ = ("_account", "_entered", "_gate", "_kind", "_priority")

    def __init__(self, gate: Gate, account: _Account, priority: int, kind: str, entered: float) -> None:
        self._gate: Gate | None = gate
        self._account, self._priority, self._kind, self._entered = account, priority, kind, entered

    def rest(self) -> None:
        """Lend the place to others while the peer is waited for, until :meth:`resume`: waiting is no work."""
        if self._gate is not None:
            self._gate.release(self._account, self._priority)

    def resume(self, now: float) -> None:
        """Take a place again, whether there is room or not, for the work was let in; its time counts from now."""
        if self._gate is not None:
            self._gate.occupy(self._account, self._priority)
            self._entered = now

    def leave(self, now: float, *, counts: bool = True) -> None:
        """Give the place back; a second call does nothing.

        Args:
            now: monotonic seconds.
            counts: whether the time taken tells about load. Pass False for refusals and for streams whose length
                depends on the peer.
        """
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.release(self._account, self._priority)
            if counts:
                gate.limit.observe(now - self._entered, self._kind, gate.in_work + 1, now)


class Gate:
    """Lets work in or refuses it, in about two microseconds.

    Places are nested: batch work holds at most half of them, batch and interactive work together at most nine tenths,
    so that emergencies always find room. While more than one peer is about, a peer that holds its equal share already
    cannot take the last tenth.

    Args:
        limit: how many places there are.
        rate: requests per second that each peer may send in the long run.
        burst: requests that each peer may send at once.
        max_peers: accounts that are kept; further newcomers share one.
    """

    EPOCH = 2.0  # seconds; a peer counts as present for one or two of these after it asked
    LONGEST = 8.0  # times the usual pause that the refused are asked to make

    def __init__(self, limit: AdaptiveLimit, *, rate: float, burst: float, max_peers: int = 10_000) -> None:
        self.limit = limit
        self._rate, self._burst, self._max_peers = rate, burst, max_peers
        self._held = [0, 0, 0]
        self._accounts: dict[str, _Account] = {}
        self._present, self._present_before, self._epoch, self._epoch_ends = 0, 0, 0, -math.inf
        self._let_in = self._refusals = 0  # in this epoch
        self._longer = 1.0

    @property
    def in_work(self) -> int:
        """Places taken."""
        batch, interactive, emergency = self._held
        return batch + interactive + emergency

    def set_rate(self, peer: str, rate: float, burst: float) -> None:
        """Give one peer its own rate, from a full bucket; such an account is kept for good."""
        account = self._accounts.setdefault(peer, _Account(TokenBucket(rate, burst)))
        account.bucket, account.lasting = TokenBucket(rate, burst), True

    def left(self, peer: str, now: float) -> float:
        """Requests this peer may send at once, for RateLimit fields."""
        found = self._accounts.get(peer)
        return found.bucket.left(now) if found else self._burst

    def enter(self, peer: str, priority: Priority, deadline: float | None, now: float, kind: str = "") -> Ticket:
        """A place for one piece of work.

        Args:
            peer: who asks; shares and rates are counted by it.
            priority: class of the work.
            deadline: monotonic time after which nobody needs the result, None for never.
            now: monotonic seconds.
            kind: what is done, so that slow and fast work are not taken for each other.

        Raises:
            Problem: with ``retry_after``: ``TOO_LATE``, ``OVERLOADED`` (both 503) or ``RATE_EXCEEDED`` (429).
        """
        if now >= self._epoch_ends:
            self._turn(now)
        account = self._accounts.get(peer) or self._account(peer)
        if account.epoch != self._epoch:
            self._see(account)
        if deadline is not None and now + self._needed(kind, now) >= deadline:
            raise _refusal(TOO_LATE, self._pause())
        if not self._has_room(account, priority, self.limit.value(now)):
            raise _refusal(OVERLOADED, self._pause())
        if wait := account.bucket.take(now):
            raise _refusal(RATE_EXCEEDED, wait)
        self._let_in += 1
        self.occupy(account, priority)
        return Ticket(self, account, priority, kind, now)

    def _has_room(self, account: _Account, priority: int, value: float) -> bool:
        batch, interactive, emergency = self._held
        if priority == Priority.EMERGENCY and emergency < value * 0.1:
            return True  # also while others hold more than is theirs, since the limit has just fallen
        room = value - batch - interactive - emergency
        if priority < Priority.EMERGENCY:
            value *= 0.9
            room = min(room, value - batch - interactive)
        if priority == Priority.BATCH:
            value *= 5 / 9  # half of the whole
            room = min(room, value - batch)
        present = self._present + self._present_before
        if present > 1 and account.in_work * present >= value:
            room -= max(1.0, value * 0.1)
        return room >= 1

    def _needed(self, kind: str, now: float) -> float:
        """Seconds this work will take at least; nothing when idle, so that old figures cannot shut the gate."""
        in_work = self.in_work
        if not in_work:
            return 0.0
        return self.limit.base(kind) + self.limit.delay * min(1.0, in_work / self.limit.value(now))

    def _pause(self) -> float:
        # Spread over a factor of two, so that those who were refused together do not return together.
        self._refusals += 1
        return self._longer * max(0.1, 4 * self.limit.delay) * (1 + self._refusals % 16 / 16)

    def occupy(self, account: _Account, priority: int) -> None:
        """Count a place as taken; only tickets call this."""
        account.in_work += 1
        self._held[priority] += 1

    def release(self, account: _Account, priority: int) -> None:
        """Take a place back; only tickets call this."""
        account.in_work -= 1
        self._held[priority] -= 1

    def _account(self, peer: str) -> _Account:
        if peer not in self._accounts and len(self._accounts) >= self._max_peers:
            peer = ""
        found = self._accounts.get(peer)
        if found is None:
            found = self._accounts[peer] = _Account(TokenBucket(self._rate, self._burst))
        return found

    def _see(self, account: _Account) -> None:
        """Count a peer as present in this epoch; those only seen in the last one stay counted beside it."""
        if account.epoch == self._epoch - 1:
            self._present_before -= 1
        account.epoch = self._epoch
        self._present += 1

    def _turn(self, now: float) -> None:
        recent = now < self._epoch_ends + self.EPOCH
        self._present_before, self._present = self._present if recent else 0, 0
        self._epoch += 1 if recent else 2
        self._epoch_ends = now + self.EPOCH
        self._lengthen(recent)
        if len(self._accounts) > self._max_peers // 2:
            self._forget(now)

    def _lengthen(self, recent: bool) -> None:
        """Have the refused stay away the longer, the more of them there are: a refusal takes time from work, too."""
        if not recent:
            self._longer = 1.0
        elif self._refusals * 10 > self._let_in:
            self._longer = min(self.LONGEST, self._longer * 2)
        elif self._refusals * 50 < self._let_in:
            self._longer = max(1.0, self._longer / 2)
        self._let_in = self._refusals = 0

    def _forget(self, now: float) -> None:
        """Drop accounts that differ in nothing from new ones."""
        self._accounts = {
            peer: account
            for peer, account in self._accounts.items()
            if account.in_work or account.lasting or account.bucket.left(now) < self._burst - _SLACK
        }
