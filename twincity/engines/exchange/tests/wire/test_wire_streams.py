"""Streams: signed at their end by the provider, believed at their end by the consumer."""

from __future__ import annotations

import asyncio

import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.tests.paper_peer import BROKEN, ledger_records
from twincity.engines.exchange.tests.wire.checks import (
    DATA,
    answered,
    framed,
    outbound,
    read_stream,
    replying,
    unproven,
    will_stream,
)
from twincity.engines.exchange.wire import runtime, streaming
from twincity.kernel import chunks
from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db


class TestOffered:
    @pytest.mark.parametrize("size", [0, 1, 50])
    def test_the_signature_stands_at_the_end(self, caller, granted, size):
        heard = caller.call(f"towns/stream?size={size}")
        assert (heard.status, heard.headers["content-type"]) == (200, message.STREAM_TYPE)
        assert "signature" not in heard.headers
        data, trailer = read_stream(heard)
        assert data == b"".join(b"%06d\n" % number for number in range(size))
        digest = chunks.ChunkDigest()
        digest.update(data)
        assert trailer["content-digest"] == message.chunk_digest(digest.root())
        assert (trailer["tc-stream-type"], trailer["tc-stream-size"]) == ("text/plain", str(len(data)))
        signed = message.read_response(status=200, headers=trailer, request=heard.asked)
        message.check_signature(signed, circle.keys_of(circle.member_id())[signed.kid])
        record = ledger_records()[-1]
        assert (record.outcome, record.size, record.res.base.encode()) == ("ok", len(data), signed.base)
        assert trailer["tc-receipt"] == f'"{circle.member_id()}/exchange";index=0'

    def test_one_that_breaks_off_has_no_end_and_is_on_record(self, caller, granted):
        with pytest.raises(ZeroDivisionError):
            caller.call("towns/stream?size=60")
        record = ledger_records()[-1]
        assert (record.outcome, record.size, record.res) == ("broken", 51 * 7, None)

    def test_so_is_one_that_nobody_hears_to_its_end(self, caller, granted):
        target = "/tc1/towns/stream?size=50"
        heard = caller.send(target, caller.headers(target), leaves_after=5)
        assert heard.status == 200
        record = ledger_records()[-1]
        assert record.outcome == "broken"
        assert 0 < record.size < 50 * 7

    def test_a_refusal_is_no_stream(self, caller, granted):
        answered(caller.call("towns/stream?size=x"), "invalid", "size")


class TestTaken:
    def read(self, limit: int = 10**7) -> bytes:
        async def collect() -> bytes:
            return b"".join([piece async for piece in streaming.stream(runtime.current(), outbound(), limit)])

        return asyncio.run(collect())

    def broken(self) -> int:
        (record,) = ledger_records()
        assert (record.outcome, record.status, record.res) == ("broken", 0, None)
        return record.size

    def test_the_data_are_proven_at_their_end(self, mine, answerer):
        will_stream(answerer)
        assert self.read() == DATA
        (record,) = ledger_records()
        assert (record.outcome, record.status, record.size) == ("ok", 200, len(DATA))
        assert record.res.kid == mine.other.key("tc1").public.kid

    def test_data_that_were_changed(self, mine, answerer):
        will_stream(answerer, sent=DATA[:-1] + b"x")
        unproven("digest-mismatch", self.read)
        assert self.broken() == len(DATA)

    @pytest.mark.parametrize("change", [b"", DATA[:-1], DATA + b"x"])
    def test_data_of_another_length(self, mine, answerer, change):
        will_stream(answerer, sent=change)
        unproven("digest-mismatch", self.read)

    def test_a_trailer_that_does_not_hold(self, mine, answerer):
        will_stream(answerer, **{"tc-stream-size": "5"})
        unproven("digest-mismatch", self.read)
        assert self.broken() == len(DATA)

    def test_signed_by_somebody_else(self, mine, answerer):
        answerer.key = PrivateKey.generate()
        will_stream(answerer)
        unproven("unknown-key", self.read)
        assert self.broken() == len(DATA)

    @pytest.mark.parametrize("trailer", [b"[]", b"{", b"5", b'{"content-digest":5}'])
    def test_a_trailer_that_is_none(self, mine, answerer, trailer):
        answerer.stream = replying(200, message.STREAM_TYPE, [framed(b"abc", trailer)])
        unproven("no fields at the end", self.read)
        assert self.broken() == 3

    @pytest.mark.parametrize("pieces", [[b"\0\0\0\3abc"], [b"\0\0\0\3abc", BROKEN], [b"\0\0\0\3ab"], [b""]])
    def test_one_that_breaks_off(self, mine, answerer, pieces):
        answerer.stream = replying(200, message.STREAM_TYPE, pieces)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read()
        assert self.broken() in {0, 2, 3}

    def test_one_without_end(self, mine, answerer):
        will_stream(answerer)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read(limit=1000)
        self.broken()

    def test_one_that_nobody_wants_any_more(self, mine, answerer):
        will_stream(answerer)

        async def leave() -> None:
            pieces = streaming.stream(runtime.current(), outbound(), 10**7)
            await anext(pieces)
            await pieces.aclose()

        asyncio.run(leave())
        assert 0 < self.broken() <= len(DATA)

    def test_an_answer_that_is_no_stream(self, mine, answerer):
        """A refusal, signed as a whole."""
        answerer.status, answerer.body = 403, b'{"code":"grant-missing"}'
        with pytest.raises(streaming.AnsweredWholeError) as caught:
            self.read()
        assert (caught.value.result.outcome, caught.value.result.status) == ("grant-missing", 403)
        assert ledger_records()[0].outcome == "grant-missing"

    def test_one_too_large_to_be_a_whole_answer(self, mine, answerer, monkeypatch):
        monkeypatch.setattr(runtime.current(), "body_limit", 3)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read()
