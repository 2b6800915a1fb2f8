"""The exposition against a reader written from the OpenMetrics grammar, and the canonical numbers of the standard."""

from __future__ import annotations

import math
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.metrics import MAX_SERIES, Registry, canonical, number

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[n"\\])*"'
NUMBER = r"(?:[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?|[-+]?\d*\.\d+(?:e[-+]?\d+)?|[-+]?inf|nan)"
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? ({NUMBER})", re.IGNORECASE)
META = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)")
PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"')
SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum", "_created")}


def unescape(text):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def read(exposition):
    """Samples {(name, labels): value} and metadata {family: {TYPE: …}}; fails on what the grammar does not allow."""
    text = exposition.decode()
    assert text.endswith("# EOF\n")
    samples, meta, family = {}, {}, ""
    for line in text.removesuffix("# EOF\n").split("\n")[:-1]:
        if found := META.fullmatch(line):
            family = found[2]
            assert found[1] not in meta.setdefault(family, {})
            meta[family][found[1]] = found[3]
            continue
        found = SAMPLE.fullmatch(line)
        assert found, line
        kind = meta[family]["TYPE"]
        assert found[1] in {family + suffix for suffix in SUFFIXES[kind]}
        key = found[1], tuple((name, unescape(value)) for name, value in PAIR.findall(found[2] or ""))
        assert key not in samples
        samples[key] = float(found[3])
    return samples, meta


def test_counter_gauge_and_histogram_are_read_back():
    registry = Registry()
    calls = registry.counter("calls", "Calls made", labels=("peer", "status"))
    calls.labels("a", "200").inc()
    calls.labels("a", "200").inc(2)
    registry.gauge("open_connections", "Open connections").plain.set(7)
    times = registry.histogram("wait_seconds", "Waiting", unit="seconds", bounds=(0.1, 1, 10)).plain
    for value in (0.05, 0.1, 0.5, 99):
        times.observe(value)
    samples, meta = read(registry.render())
    assert samples["calls_total", (("peer", "a"), ("status", "200"))] == 3
    assert samples["open_connections", ()] == 7
    buckets = [samples["wait_seconds_bucket", (("le", le),)] for le in ("0.1", "1.0", "10.0", "+Inf")]
    assert buckets == [2, 3, 3, 4]  # a bound belongs to its bucket
    assert samples["wait_seconds_count", ()] == 4
    assert samples["wait_seconds_sum", ()] == pytest.approx(99.65)
    assert meta["wait_seconds"] == {"TYPE": "histogram", "UNIT": "seconds", "HELP": "Waiting"}


def test_an_empty_registry_is_a_valid_exposition():
    assert Registry().render() == b"# EOF\n"


@given(value=st.text(), text=st.text())
def test_any_text_survives_in_labels_and_help(value, text):
    registry = Registry()
    registry.counter("calls", text, labels=("who",)).labels(value).inc()
    samples, meta = read(registry.render())
    assert (samples["calls_total", (("who", value),)], unescape(meta["calls"]["HELP"])) == (1, text)


def test_a_lone_surrogate_does_not_spoil_the_exposition():
    registry = Registry()
    registry.counter("calls", "", labels=("who",)).labels("\ud800").inc()
    assert read(registry.render())[0]["calls_total", (("who", "?"),)] == 1


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_buckets_are_cumulative_and_count_everything(values):
    registry = Registry()
    times = registry.histogram("wait", "", bounds=(0, 0.5, 3, 1000)).plain
    for value in values:
        times.observe(value)
    samples, _ = read(registry.render())
    bounds = {"0.0": 0, "0.5": 0.5, "3.0": 3, "1000.0": 1000, "+Inf": math.inf}
    for shown, bound in bounds.items():
        assert samples["wait_bucket", (("le", shown),)] == sum(value <= bound for value in values)
    assert samples["wait_count", ()] == len(values)
    assert samples["wait_sum", ()] == pytest.approx(math.fsum(values))


# The examples of OpenMetrics 1.0, "Considerations: Canonical Numbers" and "Histogram".
EXAMPLES = [
    *("0.0", "0.001", "0.002", "0.01", "0.1", "0.9", "0.95", "0.99", "0.999", "1.0", "1.7", "10.0"),
    *("1e-10", "1e-09", "1e-05", "0.0001", "100000.0", "1e+06", "1e+10", "1e+23", "1.1e+23", "+Inf"),
]


@pytest.mark.parametrize("shown", EXAMPLES)
def test_canonical_numbers_of_the_standard(shown):
    assert canonical(float(shown)) == shown


@given(st.floats(0, allow_nan=False))
def test_canonical_numbers_lose_nothing(value):
    assert float(canonical(value)) == value
    assert re.search(r"[.e]|Inf", canonical(value))


@given(st.floats() | st.integers())
def test_sample_values_lose_nothing(value):
    assert re.fullmatch(NUMBER, number(value), re.IGNORECASE)
    assert float(number(value)) == float(value) or math.isnan(value)


def test_true_is_one():
    assert number(True) == "1"


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf])
def test_a_counter_only_grows(amount):
    count = Registry().counter("calls", "").plain
    with pytest.raises(ValueError, match="cannot grow"):
        count.inc(amount)
    assert count.value == 0


@pytest.mark.parametrize("value", [-0.1, math.nan])
def test_a_histogram_refuses_what_would_spoil_its_sum(value):
    with pytest.raises(ValueError, match="cannot observe"):
        Registry().histogram("wait", "").plain.observe(value)


@pytest.mark.parametrize(
    ("name", "labels", "unit"),
    [
        ("calls_total", (), ""),
        ("calls_created", (), ""),
        ("9calls", (), ""),
        ("_calls", (), ""),
        ("a:b", (), ""),
        ("", (), ""),
        ("wait", (), "seconds"),
        ("calls", ("a", "a"), ""),
        ("calls", ("__name",), ""),
        ("calls", ("a-b",), ""),
    ],
)
def test_names_the_format_forbids_are_refused(name, labels, unit):
    with pytest.raises(ValueError):
        Registry().counter(name, "", labels=labels, unit=unit)


def test_families_cannot_collide():
    registry = Registry()
    registry.histogram("wait", "")
    for make in (registry.counter, registry.gauge, registry.histogram):
        with pytest.raises(ValueError, match="collides"):
            make("wait", "")


@pytest.mark.parametrize("bounds", [(1, 1), (2, 1), (-1, 1), (1, math.inf), (math.nan,)])
def test_bounds_must_increase(bounds):
    with pytest.raises(ValueError, match="not increasing"):
        Registry().histogram("wait", "", bounds=bounds)


def test_le_is_reserved_in_histograms():
    with pytest.raises(ValueError, match="le"):
        Registry().histogram("wait", "", labels=("le",))


def test_labels_must_all_be_given():
    family = Registry().counter("calls", "", labels=("peer",))
    with pytest.raises(ValueError, match="peer"):
        family.labels()
    with pytest.raises(ValueError, match="has labels"):
        _ = family.plain


def test_series_are_bounded_and_nothing_is_lost():
    registry = Registry()
    family = registry.counter("calls", "", labels=("peer",))
    for peer in range(MAX_SERIES + 500):
        family.labels(str(peer)).inc()
    samples, _ = read(registry.render())
    totals = {key: value for key, value in samples.items() if key[0] == "calls_total"}
    assert (len(totals), sum(totals.values())) == (MAX_SERIES + 1, MAX_SERIES + 500)
    assert totals["calls_total", (("peer", "other"),)] == 500


def test_a_gauge_can_follow_and_a_failing_source_shows_as_nan():
    registry = Registry()
    registry.gauge("depth", "").plain.follow(lambda: 5)
    registry.gauge("broken", "").plain.follow(lambda: 1 / 0)
    level = registry.gauge("open", "").plain
    level.inc(3)
    level.inc(-1)
    samples, _ = read(registry.render())
    assert (samples["depth", ()], samples["open", ()]) == (5, 2)
    assert math.isnan(samples["broken", ()])


def test_increments_from_many_threads_all_count():
    registry = Registry()
    calls, wait, depth = (
        registry.counter("calls", "").plain,
        registry.histogram("wait", "").plain,
        registry.gauge("depth", "").plain,
    )

    def work():
        for _ in range(2000):
            calls.inc()
            wait.observe(1)
            depth.inc()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples, _ = read(registry.render())
    assert {samples[name, ()] for name in ("calls_total", "wait_count", "depth")} == {8000}
