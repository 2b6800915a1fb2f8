"""What tests of the wire ask and conclude."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import facade
from twincity.engines.exchange.tests.paper_peer import Answerer, Heard, Streamed, ledger_records, proven
from twincity.engines.exchange.wire import consumer, runtime
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.kernel import chunks
from twincity.kernel.http.reply import Response
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

ADDRESS = "http://127.0.0.1:9"


def answered(heard: Heard, code: str, field: str = "") -> None:
    """A refusal that is signed and on record, like any answer."""
    assert (heard.problem, heard.code, heard.field) == (None, code, field), heard.body
    proven(heard)
    record = ledger_records()[-1]
    assert (record.side, record.outcome, record.status, record.id) == (
        "provider",
        code,
        heard.status,
        heard.asked["tc-message-id"],
    )


def turned_away(heard: Heard, code: str, field: str = "") -> None:
    """A refusal that is unsigned and leaves no record but a note for the administrator."""
    assert heard.problem is not None, heard
    assert (heard.code, heard.problem.field) == (code, field), heard.problem
    assert ledger_records() == []
    assert runtime.current().turned[-1].problem is heard.problem


def outbound(**changes: Any) -> Outbound:
    plain = {"provider": OTHER, "service": "towns", "method": "GET", "path": "/rows", "purpose": "planning"}
    return Outbound(**(plain | changes))


def call(**changes: Any) -> consumer.Result:
    return asyncio.run(facade.call(outbound(**changes)))


def unproven(reason: str, work=call) -> Problem:
    with pytest.raises(Problem) as caught:
        work()
    problem = caught.value
    assert (problem.kind.code, problem.kind.status) == ("answer-unproven", 502), problem
    assert problem.values == {"member": OTHER, "reason": reason}
    return problem


def framed(data: bytes, trailer: bytes) -> bytes:
    return b"".join(chunks.frames(data)) + chunks.ending(trailer)


def reply(status: int, media_type: str, pieces: list[bytes]) -> Any:
    return Streamed(Response(status, [(b"content-type", media_type.encode())], b""), pieces)


def replying(status: int, media_type: str, pieces: list[bytes]) -> Any:
    async def stream(*given: Any, **options: Any) -> Any:
        return reply(status, media_type, pieces)

    return stream


DATA = b"0123456789" * 20_000


def will_stream(answerer: Answerer, *, data: bytes = DATA, sent: bytes | None = None, **changes: str) -> None:
    """The other side will stream ``sent`` but sign for ``data``, with trailer fields changed."""
    digest = chunks.ChunkDigest()
    digest.update(data)

    async def stream(method: str, url: str, headers: Any, body: bytes | None, **options: Any) -> Any:
        asked = {name.decode(): value.decode() for name, value in headers}
        answerer.seen.append(SimpleNamespace(headers=asked, options=options))
        trailer = {
            "content-type": message.STREAM_TYPE,
            "content-digest": message.chunk_digest(digest.root()),
            "tc-stream-type": "text/plain",
            "tc-stream-size": str(len(data)),
            "tc-receipt": f'"{OTHER}/exchange";index=0',
        }
        signed = answerer.sign(trailer | changes, 200, asked)
        whole = framed(data if sent is None else sent, orjson.dumps(signed))
        pieces = [whole[at : at + 7000] for at in range(0, len(whole), 7000)]
        return reply(200, message.STREAM_TYPE, pieces)

    answerer.stream = stream


def read_stream(heard: Heard) -> tuple[bytes, dict[str, str]]:
    """Body and trailer of a stream that came whole."""
    decoder = chunks.Decoder(10**6)
    data = b"".join(decoder.feed(heard.body))
    decoder.close()
    return data, orjson.loads(decoder.trailer)
