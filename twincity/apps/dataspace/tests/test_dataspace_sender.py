"""Messages leave in order, are tried again, and one alone knocks at a peer that cannot be reached."""

from __future__ import annotations

import asyncio

from twincity.apps.dataspace.wire import sender as module
from twincity.apps.dataspace.wire.sender import Outgoing, Sender


def letter(name: str, process: str = "p", peer: str = "x") -> Outgoing:
    return Outgoing(name, process, peer, "http://x", b"")


def play(monkeypatch, verdicts, messages):
    """Push messages to a peer that answers by the script; the ids in the order of their attempts."""
    monkeypatch.setattr(module, "FIRST_DELAY", 0.001)
    tried: list[str] = []

    async def deliver(message: Outgoing, attempts: int):
        tried.append(message.id)
        return verdicts(message, attempts)

    async def run():
        sender = Sender(deliver)
        sender.push(messages)
        while sender.tasks:
            await asyncio.gather(*sender.tasks)
            await asyncio.sleep(0)
        assert [sender.known, sender.queues, sender.down, sender.knocking] == [set(), {}, {}, set()]

    asyncio.run(run())
    return tried


def test_a_process_keeps_its_order_though_the_first_is_tried_again(monkeypatch):
    tried = play(monkeypatch, lambda m, n: "again" if m.id == "a" and n < 2 else "settled", [letter("a"), letter("b")])
    assert tried == ["a", "a", "a", "b"]


def test_the_same_message_goes_out_once(monkeypatch):
    assert play(monkeypatch, lambda *_: "settled", [letter("a"), letter("a")]) == ["a"]


def test_one_knocks_while_the_others_wait(monkeypatch):
    messages = [letter(str(n), process=str(n)) for n in range(20)]
    knocks = {"left": 60}

    def verdict(message, attempts):
        knocks["left"] -= 1
        return "down" if knocks["left"] > 30 else "settled"

    tried = play(monkeypatch, verdict, messages)
    assert len(set(tried[20:30])) == 1
    assert set(tried) == {each.id for each in messages}


def test_a_failing_delivery_does_not_stop_the_others(monkeypatch):
    def verdict(message, attempts):
        if message.id == "bad" and attempts == 0:
            raise RuntimeError
        return "settled"

    assert set(play(monkeypatch, verdict, [letter("bad", "p"), letter("good", "q")])) == {"bad", "good"}
