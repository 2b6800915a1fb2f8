"""Signing, recording and sending an answer, whole or as a stream.

The record is on disk before the answer leaves. Where the key's suite signs at once, the signature covers the receipt,
that is, the provider promises a place in its log before it answers; a suite that signs batches cannot sign inside the
append and leaves the receipt out.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.wire import records
from twincity.engines.exchange.wire.headers import Headers, as_bytes
from twincity.engines.exchange.wire.runtime import Runtime, receipt_value
from twincity.kernel import chunks, clock
from twincity.kernel.doors import Receive, Send
from twincity.kernel.http.asgi import send_response, send_stream
from twincity.kernel.tc1 import message

if TYPE_CHECKING:
    from twincity.engines.exchange.wire.handling import Answer
    from twincity.engines.exchange.wire.provider import Inbound


BROKEN = "broken"
"""Outcome of a stream that did not reach its end."""


async def send_answer(runtime: Runtime, inbound: Inbound, answer: Answer, receive: Receive, send: Send) -> None:
    """Send a whole answer, or stream it with its signature in the final frame."""
    if answer.stream is None:
        headers = {"content-type": answer.media_type, "content-digest": message.content_digest(answer.body)}
        await seal(runtime, inbound, answer, headers, len(answer.body))
        await send_response(send, answer.status, as_bytes(headers), answer.body)
        return
    async with aclosing(_frames(runtime, inbound, answer, answer.stream)) as frames:
        await send_stream(receive, send, [(b"content-type", message.STREAM_TYPE.encode())], frames)


async def _frames(
    runtime: Runtime, inbound: Inbound, answer: Answer, stream: AsyncIterator[bytes]
) -> AsyncGenerator[bytes, None]:
    digest = chunks.ChunkDigest()
    try:
        async for data in stream:
            digest.update(data)
            for frame in chunks.frames(data):
                yield frame
    except BaseException:
        # The peer has left or the handler has failed: what has crossed the border so far is on record all the same.
        ended, policy = replace(answer, outcome=BROKEN), runtime.grants.version
        await runtime.keep(lambda _: inbound.record(ended, policy, size=digest.size))
        raise
    headers = {
        "content-type": message.STREAM_TYPE,
        "content-digest": message.chunk_digest(digest.root()),
        "tc-stream-type": answer.media_type,
        "tc-stream-size": str(digest.size),
    }
    await seal(runtime, inbound, answer, headers, digest.size)
    yield chunks.ending(orjson.dumps(headers))


async def seal(runtime: Runtime, inbound: Inbound, answer: Answer, headers: Headers, size: int) -> None:
    """Sign the answer, keep its record, and add the signature and receipt fields to ``headers``."""
    signer = circle.signer()
    policy = runtime.grants.version
    if signer.batched:
        base, signature = await _sign_batched(signer, inbound, answer, headers)
        part = records.part(base, signature, signer.kid)
        await runtime.keep(lambda _: inbound.record(answer, policy, res=part, size=size))
        return

    def make(index: int) -> records.Record:
        headers["tc-receipt"] = receipt_value(index)
        base, parameters = _base(signer, inbound, answer, headers)
        signature = signer.key.sign(base)
        headers.update(message.signature_headers(parameters, signature))
        return inbound.record(answer, policy, res=records.part(base, signature, signer.kid), size=size)

    await runtime.keep(make)


async def _sign_batched(
    signer: circle.Signer, inbound: Inbound, answer: Answer, headers: Headers
) -> tuple[bytes, bytes]:
    base, parameters = _base(signer, inbound, answer, headers)
    signature = await signer.sign(base)
    headers.update(message.signature_headers(parameters, signature))
    return base, signature


def _base(signer: circle.Signer, inbound: Inbound, answer: Answer, headers: Headers) -> tuple[bytes, str]:
    return message.response_base(
        status=answer.status, headers=headers, request=inbound.headers, now=clock.unix(), key=signer.key.public
    )
