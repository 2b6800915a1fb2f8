"""Order holds whatever the mixture of retries, networks and files; patience grows and is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.exchange.delivery import lanes
from twincity.kernel.limits import Priority
from twincity.kernel.problems import Problem


@given(st.data())
def test_any_mixture_of_prefixes_retries_and_losses_takes_effect_once_and_in_order(data: st.DataObject) -> None:
    """The sender always sends what is left, from the front; some batches get lost, some come late and twice."""
    left = list(range(1, data.draw(st.integers(1, 12)) + 1))
    last, effects, late = 0, [], []
    everything = list(left)
    while left:
        batch = left[: data.draw(st.integers(1, len(left)))]
        after = lanes.follow([("l", number) for number in batch])
        late.append(list(zip(batch, after, strict=True)))
        for arrived in data.draw(st.lists(st.sampled_from(late), max_size=3)):
            for number, before in arrived:
                if number not in effects and lanes.takes(last=last, number=number, after=before):
                    effects.append(number)
                    last = number
        left = [number for number in left if number not in effects]
        if not data.draw(st.booleans()):
            for number, before in late[-1]:
                if number not in effects and lanes.takes(last=last, number=number, after=before):
                    effects.append(number)
                    last = number
            left = [number for number in left if number not in effects]
    assert effects == everything


def test_a_message_is_not_taken_before_the_one_it_follows() -> None:
    assert not lanes.takes(last=3, number=9, after=5)
    assert lanes.takes(last=5, number=9, after=5)
    assert lanes.takes(last=5, number=9, after=0), "what lay between was given up"
    assert not lanes.takes(last=9, number=9, after=0)


def test_each_lane_is_followed_by_itself() -> None:
    assert lanes.follow([("a", 1), ("b", 2), ("a", 3), ("a", 4), ("b", 5)]) == [0, 0, 1, 3, 2]


@given(st.lists(st.integers(0, 2**41), min_size=1), st.integers(0, 2**60))
def test_numbers_grow_over_restarts_and_clocks_that_are_set_back(times: list[int], last: int) -> None:
    numbers = lanes.Numbers(last)
    given_out = [numbers.next(each) for each in times]
    assert all(a < b for a, b in zip([last, *given_out], given_out, strict=False))


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_patience_is_bounded(failures: int, fraction: float) -> None:
    assert 0 < lanes.patience(failures, fraction) <= lanes.LONGEST_RETRY


@pytest.mark.parametrize("text", ["299", "2592001", "-300", "3e2", "", "٣٠٠"])
def test_a_time_to_live_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        lanes.ttl(text)
    assert caught.value.field == "tc-ttl"


def test_a_time_to_live_in_bounds_counts_and_none_means_a_week() -> None:
    assert (lanes.ttl("300"), lanes.ttl(None)) == (300, 7 * 86_400)


def test_priorities_are_lanes_of_their_own_since_they_overtake() -> None:
    names = {lanes.lane_name(priority, "k") for priority in Priority}
    assert names == {"batch/k", "interactive/k", "emergency/k"}


@pytest.mark.parametrize("key", ["", "a b", "a/b", "é", "x" * 49])
def test_a_lane_s_key_is_plain(key: str) -> None:
    with pytest.raises(Problem):
        lanes.lane_name(Priority.BATCH, key)
