"""Sending streams: whole to those who stay, and no longer than that to those who leave."""

from __future__ import annotations

import asyncio

import pytest

from twincity.kernel.http import asgi
from twincity.kernel.problems import INVALID, Problem

HEADERS = [(b"a", b"b")]


class Peer:
    """Takes what is sent; goes away after so many pieces."""

    def __init__(self, patience=10**9):
        self.taken, self._patience, self._left = [], patience, asyncio.Event()

    async def receive(self):
        if not self.taken:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.taken.append(message)
        if len(self.taken) > self._patience:
            self._left.set()

    @property
    def body(self):
        return b"".join(message["body"] for message in self.taken[1:])


async def pieces(count):
    for number in range(count):
        yield b"%d," % number


@pytest.mark.parametrize("count", [0, 1, 5])
def test_who_stays_gets_all_of_it(count):
    async def test():
        peer = Peer()
        assert await asgi.send_stream(peer.receive, peer.send, HEADERS, pieces(count))
        return peer

    peer = asyncio.run(test())
    assert peer.taken[0] == {"type": "http.response.start", "status": 200, "headers": HEADERS}
    assert peer.body == b"".join(b"%d," % number for number in range(count))
    assert [message.get("more_body") for message in peer.taken[1:]] == [True] * count + [False]


def test_nobody_goes_on_sending_to_a_peer_that_has_left():
    async def test():
        peer = Peer(patience=3)
        assert not await asgi.send_stream(peer.receive, peer.send, HEADERS, pieces(10**9))
        return peer

    peer = asyncio.run(test())
    assert 3 < len(peer.taken) < 10
    assert peer.taken[-1]["more_body"]


def test_others_have_their_turn_after_each_piece():
    async def test():
        turns, stop = 0, False

        async def other():
            nonlocal turns
            while not stop:
                turns += 1
                await asyncio.sleep(0)

        peer, task = Peer(), asyncio.create_task(other())
        await asgi.send_stream(peer.receive, peer.send, HEADERS, pieces(50))
        stop = True
        await task
        return turns

    assert asyncio.run(test()) >= 50


def test_a_refusal_before_the_first_piece_can_still_be_answered():
    async def refusing():
        raise Problem(INVALID, name="x", reason="y")
        yield b""

    async def test():
        peer = Peer()
        with pytest.raises(Problem):
            await asgi.send_stream(peer.receive, peer.send, HEADERS, refusing())
        return peer

    assert asyncio.run(test()).taken == []
