"""Small parts of the wire: header fields as text, one spelling of paths, a grant's rate, places at the gate."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.exchange import api
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.admission import LONGEST_MS, admitted, deadline, kind_of, priority
from twincity.engines.exchange.wire.headers import SINGLE, as_bytes, as_text, check_path, identifier
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import doors
from twincity.kernel.limits import Priority
from twincity.kernel.problems import NOT_FOUND, Problem

VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=8)
NAMES = st.sampled_from(["host", "via", "tc-purpose", "tc-case", *SINGLE])


def refused(work, field: str, code: str = "bad-request") -> None:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.field) == (code, field), caught.value


class TestHeaders:
    @given(st.dictionaries(NAMES, VALUES))
    @settings(deadline=None)
    def test_there_and_back(self, headers):
        assert as_text(as_bytes(headers)) == headers

    @given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    @settings(deadline=None)
    def test_what_the_signature_rests_on_may_not_be_repeated(self, pairs):
        raw = [(name.encode(), value.encode()) for name, value in pairs]
        names = [name for name, _ in pairs]
        repeated = [name for name in names if names.count(name) > 1 and (name in SINGLE or name.startswith("tc-"))]
        if repeated:
            with pytest.raises(Problem) as caught:
                as_text(raw)
            assert caught.value.field in repeated
        else:
            assert as_text(raw) == dict(pairs)

    def test_blanks_around_a_value_are_no_part_of_it(self):
        assert as_text([(b"tc-case", b" \t a b \t ")]) == {"tc-case": "a b"}

    def test_bytes_are_read_as_one_character_each(self):
        assert as_text([(b"x", b"caf\xe9")]) == {"x": "caf\xe9"}

    @pytest.mark.parametrize("value", ["", "x", "x" * 64, "2026/17 a:b", "~!@#$%^&*()"])
    def test_identifiers(self, value):
        assert identifier({"tc-case": value}, "tc-case") == value
        assert identifier({}, "tc-case") == ""

    @pytest.mark.parametrize("value", ["x" * 65, "规划", "caf\xe9", "a\tb", "a\0b", "a\x7fb", "a\nb"])
    def test_what_is_none(self, value):
        refused(lambda: identifier({"tc-case": value}, "tc-case"), "tc-case")


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/units",
            "/units/511623/towns",
            "/a-b_c.d~e",
            "/%E9%82%BB%E6%B0%B4",
            "/a:b@c!$&'()*+,;=d",
            "/a%20b",
            "/a/",
        ],
    )
    def test_in_their_one_spelling(self, path):
        assert check_path(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            "/%61",
            "/%2D",
            "/%e9%82%bb",
            "/a%2Fb",
            "/a%2fb",
            "//a",
            "/a//b",
            "/a b",
            "/邻",
            "/%",
            "/%G1",
            "/%FF",
            "/a%",
            "/%25%",
            "/a?b",
            "/a#b",
        ],
    )
    def test_in_no_other(self, path):
        refused(lambda: check_path(path), "path")

    @given(st.lists(st.text(max_size=4).filter(lambda text: "/" not in text and text), max_size=3))
    @settings(deadline=None)
    def test_a_path_and_its_spelling_belong_together(self, segments):
        path = "/" + "/".join(quote(each.encode("utf-8", "ignore"), safe=":@!$&'()*+,;=~") for each in segments)
        if "//" not in path:
            assert check_path(path) == path
            for other in {unquote(path), path.replace("e", "%65"), path.replace("%", "%25", 1) + "%61"} - {path}:
                with pytest.raises(Problem):
                    check_path(other)


class TestAdmission:
    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, Priority.INTERACTIVE),
            ({"tc-priority": ""}, Priority.INTERACTIVE),
            ({"tc-priority": "emergency"}, Priority.EMERGENCY),
            ({"tc-priority": "interactive"}, Priority.INTERACTIVE),
            ({"tc-priority": "batch"}, Priority.BATCH),
        ],
    )
    def test_the_class_of_a_call(self, headers, expected):
        assert priority(headers) is expected

    @pytest.mark.parametrize("value", ["urgent", "Batch", " batch", "0"])
    def test_no_other_classes(self, value):
        refused(lambda: priority({"tc-priority": value}), "tc-priority", "invalid")

    @pytest.mark.parametrize("value", [1, 1500, LONGEST_MS])
    def test_the_deadline_is_told_in_milliseconds_from_now(self, value):
        assert deadline({"tc-deadline": str(value)}, 100.0) == 100.0 + value / 1000
        assert deadline({}, 100.0) is None

    @pytest.mark.parametrize("value", ["", "0", "-1", "600001", "1.5", "1e3", "٥", "²", " 5", "5 "])
    def test_no_other_deadlines(self, value):
        refused(lambda: deadline({"tc-deadline": value}, 0.0), "tc-deadline", "invalid")

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/tc1/probe/echo", "/tc1/probe/echo"),
            ("/call/sc.test/probe/echo/x", "/call/sc.test/probe"),
            ("/tc1/", "/tc1/"),
        ],
    )
    def test_services_are_told_apart(self, path, kind):
        assert kind_of(path) == kind

    def test_a_place_is_given_back_whatever_happens(self):
        log: list[tuple[str, object]] = []
        ticket = SimpleNamespace(
            leave=lambda now, counts: log.append(("leave", counts)),
            rest=lambda: log.append(("rest", None)),
            resume=lambda now: log.append(("resume", None)),
        )
        gate = SimpleNamespace(enter=lambda *given: ticket)
        with admitted(gate, "peer", {}, "kind"):
            pass
        with pytest.raises(Problem), admitted(gate, "peer", {}, "kind"):
            raise Problem(NOT_FOUND, what="x")
        with admitted(gate, "peer", {}, "kind") as place:
            place.telling = False
        with pytest.raises(Problem), admitted(gate, "peer", {}, "kind") as place, place.waiting():
            raise Problem(NOT_FOUND, what="x")
        assert log == [
            ("leave", True),
            ("leave", False),
            ("leave", False),
            ("rest", None),
            ("resume", None),
            ("leave", False),
        ]


class TestRates:
    GRANT = Grant(id="g", subject="any", service="s", purposes=("*",), rate=60)

    @pytest.fixture
    def running(self) -> Runtime:
        return Runtime(member="a", address="http://a", body_limit=1, gate=None, client=None)

    def test_ten_seconds_worth_may_come_at_once(self, running):
        for _ in range(10):
            running.spend(self.GRANT)
        with pytest.raises(Problem) as caught:
            running.spend(self.GRANT)
        problem = caught.value
        assert (problem.kind.code, problem.kind.status, problem.field) == ("grant-rate", 429, "rate")
        assert problem.values == {"grant": "g", "rate": 60}
        assert 0 < problem.retry_after <= 1

    def test_then_one_a_second(self, running, monkeypatch):
        now = time.monotonic()
        for later, admitted_ in [(0, 10), (0.5, 0), (1.01, 1), (3.02, 2), (3.03, 0), (100, 10)]:
            monkeypatch.setattr(time, "monotonic", lambda later=later: now + later)
            assert self.spent(running) == admitted_, later

    def spent(self, running: Runtime) -> int:
        count = 0
        try:
            while count < 50:
                running.spend(self.GRANT)
                count += 1
        except Problem:
            return count
        return count

    def test_each_grant_has_its_own(self, running):
        self.spent(running)
        running.spend(Grant(id="other", subject="any", service="s", purposes=("*",), rate=60))

    def test_none_for_a_grant_without(self, running):
        for _ in range(1000):
            running.spend(Grant(id="free", subject="any", service="s", purposes=("*",)))


class TestWithoutACircle:
    @pytest.mark.parametrize("prefix", ["/tc1/", "/call/"])
    def test_the_doors_say_so(self, prefix):
        found = doors.match(prefix + "x")
        assert found is not None
        assert found[0].app.__module__ == api.__name__
        with pytest.raises(Problem) as caught:
            asyncio.run(found[0].app({}, None, None))
        assert caught.value.kind.code == "unavailable"

    def test_there_is_no_runtime(self):
        assert not runtime.running()
        with pytest.raises(RuntimeError, match="the exchange is not running in this process"):
            runtime.current()
