"""The replay guard: a nonce counts once per key for as long as any signature with it could be in time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import clock
from twincity.kernel.problems import Problem
from twincity.kernel.tc1.message import LIFE, SKEW
from twincity.kernel.tc1.replay import WINDOW, ReplayGuard

STEPS = st.lists(
    st.tuples(st.integers(0, 40) | st.integers(60, 200), st.integers(0, 3), st.sampled_from("ab")), max_size=60
)


@pytest.fixture
def start() -> int:
    """The time at which the guard of a test is made."""
    return clock.unix()


def seen_before(guard: ReplayGuard, kid: str, nonce: str, now: int) -> bool:
    try:
        guard.check(kid, nonce, now)
    except Problem as problem:
        return problem.kind.code == "signature-replayed"
    return False


def test_the_window_is_all_the_time_in_which_one_signature_is_accepted():
    """From its creation by a clock ahead of ours to its end by a clock behind ours."""
    assert WINDOW == SKEW + LIFE + SKEW


def test_a_replay_is_refused_by_its_name(start):
    guard = ReplayGuard([("a", "n")])
    with pytest.raises(Problem) as caught:
        guard.check("a", "n", start)
    assert (caught.value.kind.code, caught.value.kind.status) == ("signature-replayed", 401)
    assert (caught.value.field, caught.value.values) == ("nonce", {"nonce": "n"})


def test_a_nonce_counts_once_per_key(start):
    guard = ReplayGuard()
    assert not seen_before(guard, "a", "n", start)
    assert seen_before(guard, "a", "n", start)
    assert not seen_before(guard, "b", "n", start), "another key may draw the same number"
    assert not seen_before(guard, "a", "m", start)
    assert not seen_before(guard, "", "an", start), "key and nonce are not run together"


@given(STEPS)
@settings(deadline=None)
def test_within_the_window_nothing_is_accepted_twice(steps):
    """Whatever the times between the requests are; and what was never seen is never refused."""
    now = clock.unix()
    guard, last = ReplayGuard(), {}
    for wait, number, kid in steps:
        now += wait
        pair = (kid, str(number))
        before = seen_before(guard, *pair, now)
        if pair not in last:
            assert not before
        elif now - last[pair] <= WINDOW:
            assert before
        if not before:
            last[pair] = now


@pytest.mark.parametrize("first", range(0, 3 * WINDOW, 7))
def test_wherever_in_a_turn_it_was_first_seen(start, first):
    guard = ReplayGuard()
    assert not seen_before(guard, "a", "n", start + first)
    for later in range(first, first + WINDOW + 1):
        assert seen_before(guard, "a", "n", start + later), later


def test_it_is_forgotten_after_two_turns(start):
    guard = ReplayGuard()
    seen_before(guard, "a", "n", start)
    for turn in (1, 2):
        seen_before(guard, "a", f"other-{turn}", start + turn * WINDOW)
    assert not seen_before(guard, "a", "n", start + 2 * WINDOW)


def test_a_long_pause_forgets_all(start):
    guard = ReplayGuard()
    seen_before(guard, "a", "n", start)
    assert not seen_before(guard, "a", "n", start + 3 * WINDOW)


def test_memory_is_bounded_by_what_two_windows_bring(start):
    """Ten nonces a second for an hour."""
    guard, how = ReplayGuard(), random.Random(1)
    held = []
    for second in range(3600):
        for _ in range(10):
            guard.check("a", how.randbytes(8).hex(), start + second)
        held.append(len(guard._young) + len(guard._old))
    assert max(held) <= 2 * WINDOW * 10
    assert max(held[2 * WINDOW :]) == max(held[: 2 * WINDOW]), "it grows no further"


def test_a_refused_nonce_is_not_kept_longer(start):
    """Or a stranger could keep one alive for ever by sending it again and again."""
    guard = ReplayGuard()
    seen_before(guard, "a", "n", start)
    refusals = 0
    while seen_before(guard, "a", "n", start + refusals):
        refusals += 1
        assert refusals < 3 * WINDOW
    assert refusals > WINDOW


def test_a_restart_opens_no_gap(start):
    """What an earlier run had answered within the window is handed over, wherever in its window that was."""
    guard = ReplayGuard([("a", "n"), ("b", "m")])
    for later in (0, 1, WINDOW - 1, WINDOW):
        assert seen_before(guard, "a", "n", start + later)
        assert seen_before(guard, "b", "m", start + later)
    assert not seen_before(guard, "a", "m", start + WINDOW)
