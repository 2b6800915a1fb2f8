"""The consumer's side of a call whose answer is a stream: passed on as it comes, proven at its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import msgspec

from twincity.engines.exchange.wire import consumer, metrics, records
from twincity.engines.exchange.wire.headers import Headers, as_bytes, as_text
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import chunks
from twincity.kernel.http.errors import TooLarge, TransportError
from twincity.kernel.http.reply import Reply, Response
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

BROKEN = "broken"
"""Outcome of a stream that did not reach its end, or was not proven there."""


class AnsweredWholeError(Exception):
    """The provider refused, or the service does not stream; ``result`` is verified and on record."""

    def __init__(self, result: consumer.Result) -> None:
        super().__init__(result.outcome)
        self.result = result


async def stream(runtime: Runtime, outbound: consumer.Outbound, max_size: int) -> AsyncGenerator[bytes, None]:
    """Make a call and give its data as they come; they are proven only when the end is reached without an error.

    However it ends, the exchange is on record: also when the caller closes the generator because nobody listens.

    Raises:
        AnsweredWholeError: before the first piece.
        Problem: as :func:`consumer.call`; ``provider-unreachable`` when the stream breaks off; ``answer-unproven`` at
            the end when the data are not what the provider signed, upon which the caller must discard what it got.
    """
    sent, url = await consumer.prepare(runtime, outbound)
    decoder = chunks.Decoder(max_size)
    try:
        reply = await runtime.client.stream(
            outbound.method, url, as_bytes(sent.headers), outbound.body or None,
            timeout=outbound.patience, max_body=2 * max_size,
        )  # fmt: skip
        async with reply as response:
            if as_text(response.headers).get("content-type") != message.STREAM_TYPE:
                whole = await _whole(response, runtime.body_limit)
                raise AnsweredWholeError(await consumer.settle(runtime, sent, whole))
            async for data in _pieces(response, decoder):
                yield data
    except (TransportError, chunks.StreamError) as error:
        await _keep_broken(runtime, sent, decoder)
        raise Problem(consumer.UNREACHABLE, member=outbound.provider, reason=str(error)) from error
    except GeneratorExit:
        await _keep_broken(runtime, sent, decoder)
        raise
    await _finish(runtime, sent, decoder)


async def _whole(response: Reply, limit: int) -> Response:
    body = b""
    async for piece in response:
        body += piece
        if len(body) > limit:
            raise TooLarge(f"the answer is larger than {limit} bytes")
    return Response(response.status, response.headers, body)


async def _pieces(response: Reply, decoder: chunks.Decoder) -> AsyncIterator[bytes]:
    async for data in response:
        for piece in decoder.feed(data):
            yield piece
    decoder.close()


async def _keep_broken(runtime: Runtime, sent: consumer.Sent, decoder: chunks.Decoder) -> None:
    size = decoder.digest.size
    await runtime.keep(lambda _: sent.record(status=0, outcome=BROKEN, res=None, size=size))


async def _finish(runtime: Runtime, sent: consumer.Sent, decoder: chunks.Decoder) -> None:
    try:
        part = await _proven(sent, decoder)
    except Problem:
        await _keep_broken(runtime, sent, decoder)
        raise
    size = decoder.digest.size
    await runtime.keep(lambda _: sent.record(status=200, outcome="ok", res=part, size=size))
    metrics.call("consumer", sent.call.service, "ok", sent.seconds)


async def _proven(sent: consumer.Sent, decoder: chunks.Decoder) -> records.SignedPart:
    try:
        headers = msgspec.json.decode(decoder.trailer or b"", type=Headers)
    except msgspec.DecodeError as error:
        raise Problem(consumer.UNPROVEN, member=sent.call.provider, reason="no fields at the end") from error
    whole = message.chunk_digest(decoder.digest.root()), str(decoder.digest.size)
    if (headers.get("content-digest"), headers.get("tc-stream-size")) != whole:
        raise Problem(consumer.UNPROVEN, member=sent.call.provider, reason="digest-mismatch")
    return await consumer.verify(sent, 200, headers, None)
