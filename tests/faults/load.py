"""Calls that flow while nodes are killed; remembers each answer that arrived whole."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from tests.faults.support import PURPOSE, Caller, Signed, code, send
from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.http.errors import TransportError
from twincity.kernel.http.reply import Response
from twincity.node.testkit import LiveNode

PACE = 0.005
"""Seconds between two calls of a worker: the machine is to be busy, not drowned."""
PAUSE = 0.05
"""Seconds after a failure."""


@dataclass(frozen=True)
class Acknowledged:
    """What the answer said: where both sides keep the exchange. A direct caller has no record of its own."""

    id: str
    index: int
    own_index: int | None = None
    signature: bytes = b""


class Load:
    """Workers that call until told to stop: some through the consumer's node, some straight to the provider."""

    def __init__(self, consumer: LiveNode, provider: LiveNode, token: str) -> None:
        self.caller = Caller.between(consumer, provider)
        self.acknowledged: list[Acknowledged] = []
        self.captured: deque[Signed] = deque(maxlen=3)
        """The last signed requests that were answered."""
        self.unsure: list[Signed] = []
        """Signed requests whose answer was lost."""
        self.failures = 0
        self._url = f"{consumer.address}/call/{provider.spec.id}/probe/echo?text=drill"
        self._headers = [(b"authorization", b"Bearer " + token.encode()), (b"tc-purpose", PURPOSE.encode())]
        self._client = Client(ClientLimits(connections=64))
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, local: int, direct: int) -> None:
        """Start so many workers of each kind."""
        self._tasks += [asyncio.create_task(self._repeat(self._local)) for _ in range(local)]
        self._tasks += [asyncio.create_task(self._repeat(self._direct)) for _ in range(direct)]

    async def end(self) -> None:
        """Stop them all."""
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            assert isinstance(outcome, asyncio.CancelledError), outcome
        await self._client.aclose()

    async def resend(self, captured: list[Signed]) -> tuple[int, int]:
        """Send again what was answered before and what may have been; how many of the latter were new and known.

        A caller that got no answer may try again without fear: its request counts once.
        """
        for signed in captured:
            response = await self._again(signed)
            assert (response.status, code(response.body)) == (401, "signature-replayed"), response.body
        unsure, self.unsure, known = self.unsure, [], 0
        for signed in unsure:
            response = await self._again(signed)
            if response.status == 200:
                self._note(signed, response)
            else:
                assert (response.status, code(response.body)) == (401, "signature-replayed"), response.body
                known += 1
        return len(unsure) - known, known

    async def _again(self, signed: Signed) -> Response:
        """Send it until the node is no longer too busy with its restart to look at it."""
        while (response := await send(self._client, signed)).status in {429, 503}:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(PAUSE)
        return response

    async def _repeat(self, act) -> None:
        while True:
            try:
                done = await act()
            except TransportError:
                done = False
            self.failures += not done
            await asyncio.sleep(PACE if done else PAUSE)

    async def _local(self) -> bool:
        response = await self._client.request("GET", self._url, self._headers, timeout=20, max_body=100_000)
        if response.status != 200:
            assert response.status in {401, 502, 503}, response.body  # 401: just started, tokens not read yet
            return False
        own = int(response.header(b"tc-record"))
        name, receipt = response.header(b"tc-message-id").decode(), response.header(b"tc-provider-receipt")
        self.acknowledged.append(Acknowledged(name, _index(receipt), own))
        return True

    async def _direct(self) -> bool:
        signed = self.caller.sign()
        try:
            response = await send(self._client, signed, 20)
        except TransportError:
            self.unsure.append(signed)
            raise
        if response.status == 200:
            self._note(signed, response)
            self.captured.append(signed)
        return response.status == 200

    def _note(self, signed: Signed, response: Response) -> None:
        signature = self.caller.signature(signed, response)
        self.acknowledged.append(Acknowledged(signed.id, _index(response.header(b"tc-receipt")), None, signature))


def _index(receipt: bytes) -> int:
    return int(receipt.partition(b";index=")[2])
