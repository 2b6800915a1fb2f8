"""What deserves attention, and what does not."""

from __future__ import annotations

from math import inf

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.watch.rules import Limits, Measured, Partner, findings

LIMITS = Limits()
partners = st.builds(
    lambda ok, refused, silent, side, p95: partner(ok=ok, refused=refused, silent=silent, side=side, p95=p95),
    st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.sampled_from(["provider", "consumer"]),
    st.floats(0, 10_000),
)  # fmt: skip


def partner(*, ok: int = 0, refused: int = 0, silent: int = 0, side: str = "consumer", p95: float = 5.0) -> Partner:
    calls = ok + refused + silent
    return Partner(peer="sc.example", side=side, calls=calls, ok=ok, refused=refused, silent=silent, p95=p95)


def kinds(measured: Measured, limits: Limits = LIMITS) -> set[str]:
    return {each.kind for each in findings(measured, limits)}


def test_a_quiet_node_raises_nothing() -> None:
    assert kinds(Measured(partners=(partner(ok=1000),))) == set()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (partner(silent=3), {"partner-silent"}),
        (partner(silent=2), set()),
        (partner(silent=3, ok=1), set()),
        (partner(silent=3, side="provider"), set()),
        (partner(ok=16, refused=4), {"refusals-consumer"}),
        (partner(ok=17, refused=3), set()),
        (partner(ok=10, refused=9), set()),
        (partner(ok=20, p95=2000.0), {"slow-consumer"}),
        (partner(ok=20, p95=1999.9, side="provider"), set()),
        (partner(ok=20, p95=2000.0, side="provider"), {"slow-provider"}),
    ],
)
def test_a_partner_is_judged_at_its_limits(found: Partner, expected: set[str]) -> None:
    assert kinds(Measured(partners=(found,))) == expected


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (Measured(witnessed_ago=899), set()),
        (Measured(witnessed_ago=900), {"directory-stale"}),
        (Measured(witnessed_ago=inf), {"directory-stale"}),
        (Measured(free_mebibytes=1024), set()),
        (Measured(free_mebibytes=1023), {"disk-low"}),
        (Measured(failed_logs=("exchange",)), {"log-failed"}),
        (Measured(failed_jobs=(("a.b", "OSError: x"),)), {"job-failed"}),
    ],
)
def test_the_node_itself_is_judged_at_its_limits(measured: Measured, expected: set[str]) -> None:
    assert kinds(measured) == expected


@given(st.lists(partners, max_size=5))
def test_each_alert_is_named_once_and_says_what_was_measured_in_both_languages(found: list[Partner]) -> None:
    distinct = {(each.peer, each.side): each for each in found}
    made = findings(Measured(partners=tuple(distinct.values())), LIMITS)
    assert len({(each.kind, each.subject) for each in made}) == len(made)
    assert all(each.text.zh and each.text.en and each.severity in {"bad", "warn"} for each in made)


@given(partners, st.integers(1, 100), st.integers(1, 100))
def test_a_higher_limit_never_raises_more(found: Partner, lower: int, more: int) -> None:
    measured = Measured(partners=(found,))
    strict, loose = Limits(refused_percent=lower), Limits(refused_percent=min(100, lower + more))
    assert kinds(measured, loose) <= kinds(measured, strict)


def test_limits_out_of_range_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"refused_percent": 101}, Limits)
