"""Whatever is sent to a node's doors, it answers in type, closes, holds no memory and goes on serving the others."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.faults import damage
from tests.faults.ledgers import recorded
from tests.faults.rawhttp import Heard, parse, tell
from tests.faults.support import PURPOSE, Caller, code, grant, memory, pid, sent, system_token, through, until
from twincity.engines.exchange.wire.records import Record
from twincity.kernel.keys import PrivateKey
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

pytestmark = pytest.mark.slow
REQUESTS = 3000
GROWTH = 20.0
"""MB that the node may grow by under all of it."""
SLOW = 40
FORGED = 300
"""More than there are places for calls."""
SECONDS = 10.0
"""For which others are served while slow peers are about."""
TAKEN = 1_000_000


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["sharing", "probe"]) as made:
        grant(made["sc"], CHONGQING.id)
        grant(made["cq"], SICHUAN.id)
        yield made


@pytest.fixture(scope="module")
def token(circle) -> str:
    return system_token(circle["cq"])


def port_of(node: LiveNode) -> int:
    return int(node.address.rpartition(":")[2])


def test_each_kind_of_damage_is_refused_in_type_and_memory_stays(circle, token, figures) -> None:
    node = circle["cq"]
    cases = damage.transport() | damage.public() | damage.pages()
    cases |= damage.own(token.encode(), node.home.secret("operator").encode(), SICHUAN.id)

    def expect(name: str, heard: Heard) -> None:
        case = cases[name]
        refused = (heard.status, heard.code) == (429, "rate-exceeded")  # pages, asked too often by one address
        assert refused or heard[:2] == (case.status, case.media_type), (name, heard)
        assert refused or heard.code == case.code, (name, heard)

    async def each() -> None:
        for name, case in cases.items():
            expect(name, await tell(port_of(node), case.data))

    asyncio.run(each())
    asyncio.run(flood(port_of(node), cases, expect, REQUESTS // 4))
    before = memory(pid(node))
    asyncio.run(flood(port_of(node), cases, expect, REQUESTS))
    grown = memory(pid(node)) - before
    assert grown <= GROWTH
    assert through(node, token, SICHUAN.id)[0] == 200
    figures(kinds=len(cases), requests=REQUESTS, memory=f"{before:.0f} MB, grown by {grown:.1f} MB")


async def flood(port: int, cases: dict[str, damage.Case], expect, count: int) -> None:
    """So many wrong requests, twenty at a time; of every four one is cut off in the middle by its sender."""
    chance = random.Random(count)
    names = list(cases)
    left = iter(range(count))

    async def worker() -> None:
        for number in left:
            name = chance.choice(names)
            data = cases[name].data
            if number % 4:
                expect(name, await tell(port, data))
            else:
                await tell(port, data[: chance.randrange(1, len(data))], hang_up=True)

    await asyncio.gather(*(worker() for _ in range(20)))


class Slow:
    """Peers of one node that take their time; each sends the beginning of something, then a byte a second."""

    def __init__(self, node: LiveNode) -> None:
        self._port = port_of(node)
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def hold(self, data: bytes, count: int) -> None:
        """Open so many connections, from many addresses, begin, and stay silent until the end."""
        for number in range(count):
            own = (f"127.0.0.{2 + number % 50}", 0)
            self._open.append(await asyncio.open_connection("127.0.0.1", self._port, local_addr=own))
            self._open[-1][1].write(data)

    async def crawl(self, data: bytes) -> tuple[Heard, float]:
        """What the node says when it has had enough, and after how many seconds."""
        started = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(data)
        answer = asyncio.create_task(reader.read())
        while not answer.done() and time.monotonic() - started < 60:
            writer.write(b"a")
            await asyncio.wait({answer}, timeout=1)
        writer.close()
        return parse(answer.result()), time.monotonic() - started

    def leave(self) -> None:
        for _, writer in self._open:
            writer.close()


def test_slow_peers_are_sent_away_and_keep_nobody_waiting(circle, token, figures) -> None:
    """Also such as borrow a member's name, claim an emergency, and let the node wait for what they want to say."""
    node = circle["cq"]
    form = b"content-type: application/x-www-form-urlencoded\r\n"
    before = memory(pid(node))

    async def others() -> int:
        """Pages and calls of everyone else, all the while."""
        done, end = 0, time.monotonic() + SECONDS
        caller = Caller.between(circle["sc"], node)
        while time.monotonic() < end:
            status, _, _ = await asyncio.to_thread(node.get, "/")
            assert status == 200
            status, _, body = await asyncio.to_thread(through, node, token, SICHUAN.id)
            assert status == 200, body
            status, _, body = await asyncio.to_thread(sent, node, caller.sign())
            assert status == 200, body
            done += 3
            await asyncio.sleep(0.2)
        return done

    async def drill():
        slow = Slow(node)
        await slow.hold(forged(circle["sc"], node), FORGED)
        waves = [
            [slow.crawl(b"GET /tc1/probe/echo HTTP/1.1\r\nx: ") for _ in range(SLOW)],
            [slow.crawl(damage.request("POST", "/circle/keys", b"", b"a", 60_000)) for _ in range(SLOW)],
            [slow.crawl(damage.request("POST", "/accounts/login/", form, b"a", 60_000)) for _ in range(SLOW)],
        ]
        gathered = [asyncio.gather(*each) for each in waves]
        done = await others()
        outcomes = [await each for each in gathered]
        slow.leave()
        return done, outcomes

    done, waves = asyncio.run(drill())
    assert {(heard.status, heard.code) for wave in waves for heard, _ in wave} == {(408, "timeout")}
    grown = memory(pid(node)) - before
    assert grown <= GROWTH
    longest = [f"{max(seconds for _, seconds in wave):.0f}" for wave in waves]
    figures(
        slow=3 * SLOW + FORGED,
        sent_away=f"after {'/'.join(longest)} s (head/key statement/form)",
        others_served=done,
        grown=f"{grown:.1f} MB",
    )


def forged(member: LiveNode, node: LiveNode) -> bytes:
    """The head of a request in a member's name that its key has not signed, with a body that never comes."""
    mine, theirs = PrivateKey.generate(), member.home.key("tc1").public
    signed = Caller(mine, node.home.key("tc1").public, node.address).sign(tc_priority="emergency")
    headers = signed.headers | {
        "signature-input": signed.headers["signature-input"].replace(mine.public.kid, theirs.kid)
    }
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return damage.request("GET", signed.url.removeprefix(node.address), fields.encode(), b"a", 1000)


def test_a_reader_that_leaves_a_stream_frees_both_nodes(circle, token, figures) -> None:
    """64 GiB are asked for and left after the first MB: others are served, and both records say how it ended."""
    cq, sc = circle["cq"], circle["sc"]
    path = f"/call/{SICHUAN.id}/probe/stream?mib=65536"
    bearer = f"authorization: Bearer {token}\r\ntc-purpose: {PURPOSE}\r\ntc-stream: 1\r\n".encode()
    signed = Caller.between(cq, sc).sign("/probe/stream?mib=65536")
    fields = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items()).encode()

    async def leave(node: LiveNode, data: bytes) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(node))
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(TAKEN)
        writer.close()
        await writer.wait_closed()
        return head.partition(b"tc-message-id: ")[2].partition(b"\r")[0].decode()

    asyncio.run(leave(sc, damage.request("GET", signed.url.removeprefix(sc.address), fields)))
    assert through(cq, token, SICHUAN.id)[0] == 200
    local = asyncio.run(leave(cq, damage.request("GET", path, bearer)))
    assert through(cq, token, SICHUAN.id)[0] == 200
    found = [final(sc, signed.id), final(sc, local), final(cq, local)]
    assert [each.outcome for each in found] == ["broken"] * 3
    assert all(TAKEN // 2 <= each.size < 64 * TAKEN for each in found)
    figures(taken_MB=TAKEN / 1e6, on_record_MB=", ".join(f"{each.size / 1e6:.1f}" for each in found))


def final(node: LiveNode, name: str) -> Record:
    """A node's record of an exchange, once it is there."""
    return until("the record", lambda: recorded(node, name))


def test_a_stream_that_is_refused_is_refused_in_type_and_on_record(circle, token) -> None:
    headers = {"authorization": f"Bearer {token}", "tc-purpose": "planning.drill", "tc-stream": "1"}
    for path, status, name in (("/stream?mib=x", 422, "invalid"), ("/none", 404, "not-found"), ("/echo", 200, "")):
        got, fields, body = circle["cq"].get(f"/call/{SICHUAN.id}/probe{path}", headers)
        assert (got, code(body)) == (status, name)
        records = [recorded(node, fields["tc-message-id"]) for node in (circle["cq"], circle["sc"])]
        assert [each.outcome for each in records] == [name or "ok"] * 2
