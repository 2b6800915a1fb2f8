"""The probe: what it answers, so that both ends can tell whether it arrived whole, and what it does not take."""

from __future__ import annotations

import asyncio
import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.apps.probe import rules, wiring
from twincity.engines.exchange.facade import Call, Grant, Rows, Service, registered
from twincity.kernel.problems import Problem

MIB = 1024 * 1024


def service(name: str = "probe") -> Service:
    return next(each for each in registered() if each.name == name)


def calling(grant: Grant | None = None) -> Call:
    given_ = grant or Grant(id="g", subject="any", service="probe", purposes=("*",))
    return Call(id="message-1", member="cq.example", system="", purpose="test", grant=given_, at=0)


class TestThePattern:
    @pytest.mark.parametrize(
        "size", [0, 1, 255, 256, rules.PIECE - 1, rules.PIECE, rules.PIECE + 1, 3 * rules.PIECE + 7]
    )
    def test_it_counts_through_all_bytes_over_and_over(self, size):
        data = b"".join(rules.pattern(size))
        assert data == bytes(itertools.islice(itertools.cycle(range(256)), size))

    @given(st.integers(0, 4 * rules.PIECE))
    @settings(deadline=None, max_examples=25)
    def test_whatever_the_size_no_piece_is_empty_or_too_large(self, size):
        pieces = list(rules.pattern(size))
        assert sum(map(len, pieces)) == size
        assert all(0 < len(piece) <= rules.PIECE for piece in pieces)

    def test_it_is_never_held_as_a_whole(self):
        """A terabyte is begun as fast as a byte."""
        pieces = rules.pattern(1 << 40)
        assert len(next(pieces)) == rules.PIECE


class TestTheService:
    def test_what_it_offers(self):
        offered = {(each.method, each.path): each for each in service().endpoints}
        persons = {("GET", "/person"), ("POST", "/person"), ("GET", "/card")}
        streams, waiting = {("GET", "/stream"), ("GET", "/file/{tag}")}, {("GET", "/file"), ("POST", "/notes")}
        quick = {("GET", "/echo"), ("POST", "/echo"), ("GET", "/rows"), *persons}
        assert set(offered) == streams | waiting | quick
        assert {key for key, each in offered.items() if each.subject} == persons
        assert {key for key, each in offered.items() if each.stream} == streams
        assert {key for key, each in offered.items() if each.inline} == quick, "they must not wait for a thread"
        assert service().dataset == ""

    def test_it_sends_back_what_it_was_sent(self):
        for handler in (wiring.echo, wiring.echo_body, wiring.echo_critical):
            assert handler(calling(), wiring.Echo("中 text")) == {"id": "message-1", "text": "中 text"}
        assert wiring.echo(calling(), wiring.Echo()) == {"id": "message-1", "text": ""}

    def test_one_echo_is_for_calls_that_must_not_rest_on_a_stale_directory(self):
        (critical,) = [
            each for each in registered() if any(end.handler is wiring.echo_critical for end in each.endpoints)
        ]
        assert critical.service_class == "critical"
        assert service().service_class == "normal"

    @pytest.mark.parametrize("count", [0, 1, 5, 1000])
    def test_rows_to_try_filters_and_masks_on(self, count):
        found = wiring.rows(calling(), wiring.Count(count))
        assert isinstance(found, Rows)
        assert [row["n"] for row in found.rows] == list(range(count))
        assert all(row["square"] == row["n"] ** 2 for row in found.rows)
        assert [row["parity"] for row in found.rows] == [("even", "odd")[n % 2] for n in range(count)]

    @pytest.mark.parametrize("mib", [0, 1, 3])
    def test_a_stream_of_so_many_mib(self, mib):
        async def collect() -> bytes:
            return b"".join([piece async for piece in wiring.stream(calling(), wiring.Size(mib))])

        data = asyncio.run(collect())
        assert hashlib.sha256(data).digest() == hashlib.sha256(bytes(range(256)) * (mib * MIB // 256)).digest()


class TestItsParameters:
    @staticmethod
    def arguments(method: str, path: str, query: str = "", body: bytes = b"") -> list[object]:
        from twincity.engines.exchange.wire import registry

        endpoint, segments = service().find(method, path)
        return registry.arguments(endpoint, segments, query, body)

    def test_those_it_takes(self):
        assert self.arguments("GET", "/echo", "text=a+b") == [wiring.Echo("a b")]
        assert self.arguments("POST", "/echo", body=b'{"text":"a"}') == [wiring.Echo("a")]
        assert self.arguments("GET", "/rows") == [wiring.Count(1)]
        assert self.arguments("GET", "/stream", "mib=65536") == [wiring.Size(65_536)]

    @pytest.mark.parametrize(
        ("path", "query", "code", "field"),
        [
            ("/echo", "txt=a", "unknown-parameter", "txt"),
            ("/echo", "text=" + "x" * 200_001, "invalid", "text"),
            ("/rows", "rows=1001", "invalid", "rows"),
            ("/rows", "rows=-1", "invalid", "rows"),
            ("/stream", "", "invalid", "mib"),
            ("/stream", "mib=65537", "invalid", "mib"),
            ("/stream", "mib=-1", "invalid", "mib"),
            ("/stream", "mib=1.5", "invalid", "mib"),
        ],
    )
    def test_those_it_does_not(self, path, query, code, field):
        with pytest.raises(Problem) as caught:
            self.arguments("GET", path, query)
        assert (caught.value.kind.code, caught.value.field) == (code, field)
