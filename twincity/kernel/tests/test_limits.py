"""Rates, the adaptive limit and the gate, all in made-up time."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.limits import (
    OVERLOADED,
    RATE_EXCEEDED,
    TOO_LATE,
    AdaptiveLimit,
    Gate,
    Priority,
    TokenBucket,
)
from twincity.kernel.problems import Problem

BATCH, INTERACTIVE, EMERGENCY = Priority


def gate_of(places, **more):
    limit = AdaptiveLimit(start=places, minimum=2, maximum=max(2, places))
    return Gate(limit, **({"rate": 1e6, "burst": 1e6} | more))


def fill(gate, priority, peer="a", now=0.0):
    tickets = []
    with pytest.raises(Problem) as caught:
        tickets.extend(gate.enter(peer, priority, None, now) for _ in range(10_000))
    assert caught.value.kind is OVERLOADED
    return tickets


# --- token bucket -----------------------------------------------------------------------------------------------------


@given(
    st.floats(0.1, 1000),
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 3)), max_size=80),
)
def test_a_bucket_never_gives_more_than_burst_plus_rate(rate, burst, steps):
    bucket, now, taken = TokenBucket(rate, burst), 5.0, []
    for pause, cost in steps:
        now += pause
        if bucket.take(now, cost) == 0:
            taken.append((now, cost))
    for first in range(len(taken)):
        total = 0.0
        for at, cost in taken[first:]:
            total += cost
            assert total <= burst + rate * (at - taken[first][0] + 2e-6)


@given(st.floats(0.1, 1000), st.integers(1, 50), st.floats(0, 1e6))
def test_what_a_bucket_promises_it_keeps(rate, burst, now):
    bucket = TokenBucket(rate, burst)
    assert all(bucket.take(now) == 0 for _ in range(burst))
    wait = bucket.take(now)
    assert 0 < wait <= 1 / rate + 1e-6
    assert bucket.left(now) < 0.01
    assert bucket.take(now + wait * 0.9) > 0
    assert bucket.take(now + wait) == 0


def test_a_bucket_tells_what_is_left():
    bucket = TokenBucket(rate=10, burst=5)
    assert bucket.left(0) == 5
    bucket.take(0, 3)
    assert bucket.left(0) == pytest.approx(2)
    assert bucket.left(0.1) == pytest.approx(3)
    assert bucket.left(99) == 5
    assert bucket.take(99, 6) == math.inf


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (1, 0), (-1, 1), (math.nan, 1)])
def test_a_bucket_needs_a_rate_and_a_burst(rate, burst):
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate, burst)


# --- adaptive limit ---------------------------------------------------------------------------------------------------


def feed(limit, latency, seconds, *, now=0.0, in_work=None, kind=""):
    """A hundred samples per second; ``latency`` is seconds or a function of the sample's number."""
    for number in range(int(seconds * 100)):
        now += 0.01
        took = latency(number) if callable(latency) else latency
        limit.observe(took, kind, limit.value(now) if in_work is None else in_work, now)
    return now


def test_the_limit_grows_while_it_is_used_and_nothing_queues():
    limit = AdaptiveLimit(start=10, maximum=500)
    feed(limit, 0.01, 30)
    assert limit.value(99) == 500


def test_the_limit_stays_when_it_is_not_used():
    limit = AdaptiveLimit(start=100)
    feed(limit, 0.01, 30, in_work=5)
    assert limit.value(99) == 100


def test_the_limit_falls_with_delay_but_never_below_its_minimum_and_recovers():
    limit = AdaptiveLimit(start=200, minimum=8, maximum=300)
    now = feed(limit, 0.01, 1)
    now = feed(limit, 0.5, 10, now=now)
    assert limit.value(now) == 8
    now = feed(limit, 0.01, 40, now=now)
    assert limit.value(now) == 300


def test_answers_of_varying_length_are_not_taken_for_a_queue():
    limit = AdaptiveLimit(start=100)
    feed(limit, lambda number: 0.002 if number % 3 else 0.3, 60)
    assert limit.value(99) == limit.maximum


def test_slow_work_beside_fast_work_is_not_taken_for_a_queue():
    limit = AdaptiveLimit(start=100)
    now = 0.0
    for _ in range(600):
        now = feed(limit, 0.001, 0.05, now=now, kind="read")
        now = feed(limit, 0.8, 0.05, now=now, kind="report")
    assert limit.value(now) == limit.maximum


def test_work_that_became_slower_for_good_is_accepted_within_two_epochs():
    limit = AdaptiveLimit(start=100, maximum=200, epoch=30)
    now = feed(limit, 0.01, 60)
    now = feed(limit, 0.4, 10, now=now)
    assert limit.value(now) == limit.minimum
    now = feed(limit, 0.4, 90, now=now)
    assert limit.value(now) == 200


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10), st.sampled_from("abc"), st.integers(1, 2000))))
def test_the_limit_stays_between_its_bounds_whatever_it_is_told(samples):
    limit, now = AdaptiveLimit(start=20, minimum=5, maximum=50), 0.0
    for pause, latency, kind, in_work in samples:
        now += pause
        limit.observe(latency, kind, in_work, now)
        assert 5 <= limit.value(now) <= 50
        assert limit.delay >= 0


def test_kinds_are_bounded():
    limit = AdaptiveLimit()
    for number in range(5000):
        limit.observe(0.01, f"kind {number}", 1, number / 1000)
    assert limit.base("kind 3") == 0.01
    assert limit.base("kind 4999") == 0.0


@pytest.mark.parametrize("bounds", [(1, 1, 1), (2, 9, 5), (50, 20, 100)])
def test_senseless_bounds_are_refused(bounds):
    minimum, start, maximum = bounds
    with pytest.raises(ValueError, match="limit must"):
        AdaptiveLimit(start=start, minimum=minimum, maximum=maximum)


# --- gate -------------------------------------------------------------------------------------------------------------


def test_classes_have_their_reserved_room():
    gate = gate_of(100)
    assert len(fill(gate, BATCH)) == 50
    assert len(fill(gate, INTERACTIVE)) == 40
    assert len(fill(gate, EMERGENCY)) == 10
    assert gate.in_work == 100


def test_a_small_limit_still_lets_every_class_in():
    for priority in Priority:
        assert len(fill(gate_of(2), priority)) >= 1


@given(st.lists(st.tuples(st.sampled_from(Priority), st.sampled_from("abc"), st.booleans()), max_size=120))
def test_no_class_ever_holds_more_than_its_part(steps):
    gate, held, now = gate_of(10), [], 0.0
    for priority, peer, leaving in steps:
        now += 0.01
        if leaving and held:
            held.pop(0)[1].leave(now, counts=False)
            continue
        with contextlib.suppress(Problem):
            held.append((priority, gate.enter(peer, priority, None, now)))
        batch = sum(priority == BATCH for priority, _ in held)
        urgent = sum(priority == EMERGENCY for priority, _ in held)
        assert batch <= 5
        assert len(held) - urgent <= 9
        assert len(held) == gate.in_work <= 10


def test_leaving_twice_gives_one_place_back():
    gate = gate_of(10)
    first, _ = gate.enter("a", BATCH, None, 0), gate.enter("a", BATCH, None, 0)
    first.leave(1)
    first.leave(2)
    assert gate.in_work == 1


def test_rates_are_counted_per_peer_and_refusals_say_when():
    gate = gate_of(1000, rate=10, burst=3)
    for _ in range(3):
        gate.enter("a", INTERACTIVE, None, 0.0)
    with pytest.raises(Problem) as caught:
        gate.enter("a", INTERACTIVE, None, 0.0)
    assert (caught.value.kind, caught.value.kind.status) == (RATE_EXCEEDED, 429)
    assert caught.value.retry_after == pytest.approx(0.1)
    assert gate.left("a", 0.0) == 0
    gate.enter("b", INTERACTIVE, None, 0.0)
    gate.enter("a", INTERACTIVE, None, caught.value.retry_after)


def test_a_peer_can_have_its_own_rate():
    gate = gate_of(1000, rate=10, burst=3)
    gate.set_rate("big", 1000, 50)
    assert gate.left("big", 0.0) == 50
    for _ in range(50):
        gate.enter("big", BATCH, None, 0.0)


def test_overload_is_503_with_a_pause_and_costs_no_tokens():
    gate = gate_of(10, rate=1, burst=20)
    fill(gate, EMERGENCY)
    pauses = set()
    for _ in range(20):
        with pytest.raises(Problem) as caught:
            gate.enter("b", EMERGENCY, None, 0.0)
        assert (caught.value.kind, caught.value.kind.status) == (OVERLOADED, 503)
        pauses.add(caught.value.retry_after)
    assert gate.left("b", 0.0) == 20
    assert min(pauses) > 0
    assert len(pauses) > 5  # so that the refused do not all come back at once


def test_a_passed_deadline_is_refused():
    with pytest.raises(Problem) as caught:
        gate_of(10).enter("a", EMERGENCY, 5.0, 5.0)
    assert (caught.value.kind, caught.value.kind.status) == (TOO_LATE, 503)


def test_a_deadline_that_cannot_be_met_is_refused_unless_the_node_is_idle():
    gate, now = gate_of(10), 0.0
    for _ in range(10):
        gate.enter("a", INTERACTIVE, None, now, "report").leave(now := now + 2.0)
    idle = gate.enter("a", INTERACTIVE, now + 1.0, now, "report")
    with pytest.raises(Problem) as caught:
        gate.enter("a", INTERACTIVE, now + 1.0, now, "report")
    assert caught.value.kind is TOO_LATE
    gate.enter("a", INTERACTIVE, now + 3.0, now, "report")
    gate.enter("a", INTERACTIVE, now + 1.0, now, "read")
    idle.leave(now)


def test_the_last_tenth_is_for_peers_below_their_share():
    gate = gate_of(100)
    gate.enter("light", EMERGENCY, None, 0.0).leave(0.1)
    assert len(fill(gate, EMERGENCY, "hog", 0.2)) == 90
    assert len(fill(gate, EMERGENCY, "light", 0.3)) == 10


def test_a_peer_counts_as_present_for_a_while_after_it_asked():
    gate = gate_of(100)
    gate.enter("light", EMERGENCY, None, 0.0).leave(0.1)
    assert len(fill(gate, EMERGENCY, "hog", 1.5 * Gate.EPOCH)) == 90


def test_what_does_not_count_tells_nothing_about_load():
    gate = gate_of(10)
    gate.enter("a", INTERACTIVE, None, 0.0, "read").leave(0.5)
    gate.enter("a", INTERACTIVE, None, 1.0, "read").leave(1.001, counts=False)
    assert gate.limit.base("read") == 0.5


def test_a_peer_alone_may_have_everything():
    gate = gate_of(100)
    gate.enter("gone", EMERGENCY, None, 0.0).leave(0.1)
    gate.enter("hog", EMERGENCY, None, 2 * Gate.EPOCH).leave(2 * Gate.EPOCH, counts=False)
    assert len(fill(gate, EMERGENCY, "hog", 4 * Gate.EPOCH)) == 100


def test_accounts_are_bounded_and_forgotten_when_idle():
    gate = gate_of(10, rate=1000, burst=1, max_peers=100)
    gate.set_rate("known", 1, 7)
    for number in range(10_000):
        gate.enter(f"peer {number}", EMERGENCY, None, number * 0.01).leave(number * 0.01, counts=False)
        assert len(gate._accounts) <= 101
    assert gate.left("known", 101) == 7
    for peer in ("new", "newer"):  # and so have accounts of their own
        gate.enter(peer, EMERGENCY, None, 200).leave(200, counts=False)


def test_newcomers_beyond_the_bound_share_one_account():
    gate = gate_of(1000, rate=0.001, burst=1, max_peers=2)
    for peer in ("a", "b", "c"):
        gate.enter(peer, EMERGENCY, None, 0.0)
    with pytest.raises(Problem) as caught:
        gate.enter("d", EMERGENCY, None, 0.0)
    assert caught.value.kind is RATE_EXCEEDED


# --- under load, in simulated time ------------------------------------------------------------------------------------

CAPACITY = 1000.0  # pieces of work per second: four workers of four milliseconds each


class Load:
    """Poisson arrivals at a gate before four workers with a common queue."""

    def __init__(self, offered, seconds=20, peers=None, urgent=0.0, work=lambda chance: chance.expovariate(250)):
        self.chance, self.work, self.seconds = random.Random(1), work, seconds
        self.arrivals = offered * CAPACITY
        self.peers, self.urgent = peers or {"a": 1}, urgent
        self.gate = Gate(AdaptiveLimit(), rate=1e9, burst=1e9)
        self.latencies, self.urgent_latencies = [], []
        self.done, self.refused = dict.fromkeys(self.peers, 0), dict.fromkeys(self.peers, 0)
        self.number, self.free, self.ends = itertools.count(), [0.0] * 4, []

    def run(self):
        now = 0.0
        while (now := now + self.chance.expovariate(self.arrivals)) < self.seconds:
            while self.ends and self.ends[0][0] <= now:
                self.finish(*heapq.heappop(self.ends))
            self.arrive(now, *self.chance.choices([*self.peers], [*self.peers.values()]))
        self.latencies.sort()
        self.urgent_latencies.sort()
        return self

    def arrive(self, now, peer):
        priority = EMERGENCY if self.chance.random() < self.urgent else INTERACTIVE
        try:
            ticket = self.gate.enter(peer, priority, None, now)
        except Problem:
            self.refused[peer] += 1
            return
        end = max(heapq.heappop(self.free), now) + self.work(self.chance)
        heapq.heappush(self.free, end)
        heapq.heappush(self.ends, (end, next(self.number), now, peer, priority, ticket))

    def finish(self, end, _number, start, peer, priority, ticket):
        ticket.leave(end)
        self.done[peer] += 1
        (self.urgent_latencies if priority == EMERGENCY else self.latencies).append(end - start)

    @property
    def goodput(self):
        return sum(self.done.values()) / self.seconds / CAPACITY


def p99(latencies):
    return latencies[int(len(latencies) * 0.99)]


def test_half_a_load_is_never_refused():
    assert sum(Load(0.5).run().refused.values()) == 0


@pytest.mark.parametrize("work", [lambda chance: chance.expovariate(250), lambda chance: chance.choice((0.001, 0.007))])
def test_tenfold_overload_keeps_the_goodput_and_bounds_the_delay(work):
    load = Load(10, work=work).run()
    assert load.goodput > 0.9
    assert p99(load.latencies) < 0.08


def test_in_long_overload_the_delay_does_not_creep_up():
    # Work of one length never shows by chance how short it is without a queue.
    load = Load(1.2, seconds=240, work=lambda chance: chance.uniform(0.0039, 0.0041)).run()
    assert load.goodput > 0.9
    assert load.gate.limit.base("") < 0.01
    assert load.latencies[len(load.latencies) // 2] < 0.04


def test_emergencies_get_through_tenfold_overload():
    load = Load(10, urgent=0.002).run()
    assert len(load.urgent_latencies) > 0.95 * 10 * CAPACITY * 20 * 0.002
    assert p99(load.urgent_latencies) < 0.08


def test_a_light_peer_is_served_beside_one_that_floods():
    load = Load(10, peers={"hog": 99, "light": 1}).run()
    assert load.refused["light"] < 0.05 * load.done["light"]
    assert load.goodput > 0.9
