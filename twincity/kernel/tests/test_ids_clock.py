"""The clock that drills may move, and identifiers that sort by it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import clock, ids

YEAR = 365 * 86_400


def near(found: float, expected: float) -> bool:
    """Within a minute: enough to tell a moved clock from one that was not, on however slow a machine."""
    return abs(found - expected) < 60


class TestClock:
    def test_unmoved_it_is_the_machines(self):
        assert near(clock.unix(), time.time())
        assert near(clock.millis() / 1000, time.time())
        assert near(clock.now().timestamp(), time.time())

    def test_the_three_forms_agree(self):
        first, whole, parts, last = clock.millis(), clock.unix(), clock.now(), clock.millis()
        assert first // 1000 <= whole <= last // 1000
        assert first - 1 <= parts.timestamp() * 1000 <= last + 1

    def test_it_is_aware_and_in_utc(self):
        assert clock.now().tzinfo is UTC
        assert clock.instant(0).tzinfo is UTC

    @pytest.mark.parametrize("seconds", [YEAR, -YEAR, 3600])
    def test_a_drill_moves_all_of_it(self, seconds):
        clock.shift(seconds)
        assert near(clock.unix(), time.time() + seconds)
        assert near(clock.millis() / 1000, time.time() + seconds)
        assert near(clock.now().timestamp(), time.time() + seconds)

    def test_moving_is_from_the_machines_time_not_from_the_last_move(self):
        clock.shift(YEAR)
        clock.shift(3600)
        assert near(clock.unix(), time.time() + 3600)
        clock.shift(0)
        assert near(clock.unix(), time.time())

    @pytest.mark.parametrize("offset", ["86400", "-86400", "0.5"])
    def test_a_process_can_be_started_in_another_time(self, offset):
        told = "from twincity.kernel import clock; print(clock.unix())"
        environment = os.environ | {"TWINCITY_CLOCK_OFFSET": offset}
        done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, env=environment, check=True)
        assert near(int(done.stdout), time.time() + float(offset))

    @given(st.integers(0, 253_402_300_799_999))
    @settings(deadline=None)
    def test_an_instant_is_that_many_milliseconds_after_1970(self, millis):
        found = clock.instant(millis)
        assert round((found - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000) == millis


class TestIds:
    def test_it_is_a_uuid_of_version_7(self):
        for _ in range(200):
            text = ids.new_id()
            made = uuid.UUID(text)
            assert str(made) == text
            assert made.version == 7
            assert made.variant == uuid.RFC_4122

    def test_its_first_48_bits_are_the_time(self):
        before, made, after = clock.millis(), uuid.UUID(ids.new_id()), clock.millis()
        assert before <= made.int >> 80 <= after

    @given(st.lists(st.integers(-YEAR, YEAR), min_size=2, max_size=6, unique=True))
    @settings(deadline=None)
    def test_they_sort_by_the_time_they_were_made(self, moments):
        made = []
        for seconds in sorted(moments):
            clock.shift(seconds)
            made.append(ids.new_id())
        assert made == sorted(made)

    def test_those_of_one_moment_differ(self):
        assert len({ids.new_id() for _ in range(10_000)}) == 10_000

    def test_every_bit_that_may_vary_does(self):
        """74 bits are random: each is seen as 0 and as 1."""
        numbers = [uuid.UUID(ids.new_id()).int for _ in range(400)]
        fixed = {*range(76, 128), 62, 63}
        for bit in set(range(128)) - fixed:
            assert {number >> bit & 1 for number in numbers} == {0, 1}, bit
