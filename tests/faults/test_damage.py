"""Whatever is sent to a node's doors, it answers in type, closes, holds no memory and goes on working for the others."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.faults import damage
from tests.faults.ledgers import recorded
from tests.faults.rawhttp import Heard, parse, tell
from tests.faults.support import Caller, grant, memory, pid, sent, system_token, through, until
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

pytestmark = pytest.mark.slow
REQUESTS = 3000
GROWTH = 20.0
"""MB that the node may grow by under all of it."""
SLOW = 40
HEAD_SECONDS = 10.0
"""A head, and a key statement's body, must have come by then."""


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


def test_slow_peers_are_sent_away_and_keep_nobody_waiting(circle, token, figures) -> None:
    node = circle["cq"]
    form = b"content-type: application/x-www-form-urlencoded\r\n"
    before = memory(pid(node))

    async def crawl(data: bytes) -> tuple[Heard, float]:
        """Send the beginning, then a byte a second, until the node has had enough."""
        started = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(node))
        writer.write(data)
        answer = asyncio.create_task(reader.read())
        while not answer.done() and time.monotonic() - started < 60:
            writer.write(b"a")
            await asyncio.wait({answer}, timeout=1)
        writer.close()
        return parse(answer.result()), time.monotonic() - started

    async def others() -> int:
        """Pages and calls of everyone else, all the while."""
        done, end = 0, time.monotonic() + HEAD_SECONDS
        while time.monotonic() < end:
            status, _, _ = await asyncio.to_thread(node.get, "/")
            assert status == 200
            status, _, body = await asyncio.to_thread(through, node, token, SICHUAN.id)
            assert status == 200, body
            done += 1
            await asyncio.sleep(0.2)
        return done

    async def drill():
        heads = [crawl(b"GET /tc1/probe/echo HTTP/1.1\r\nx: ") for _ in range(SLOW)]
        bodies = [crawl(damage.request("POST", "/circle/keys", b"", b"a", 60_000)) for _ in range(SLOW)]
        forms = [crawl(damage.request("POST", "/accounts/login/", form, b"a", 60_000)) for _ in range(SLOW)]
        gathered = [asyncio.gather(*each) for each in (heads, bodies, forms)]
        done = await others()
        return done, [await each for each in gathered]

    done, (heads, bodies, forms) = asyncio.run(drill())
    assert {(heard.status, heard.code) for heard, _ in heads + bodies + forms} == {(408, "timeout")}
    grown = memory(pid(node)) - before
    assert grown <= GROWTH
    figures(
        slow=3 * SLOW,
        longest=f"head {max(s for _, s in heads):.0f} s, body {max(s for _, s in bodies):.0f} s, "
        f"form {max(s for _, s in forms):.0f} s",
        others_served=done,
        grown=f"{grown:.1f} MB",
    )


def test_a_reader_that_leaves_a_stream_frees_the_node(circle, figures) -> None:
    """64 GiB are asked for and left after the first MB: others are served, and the record says how it ended."""
    node = circle["sc"]
    signed = Caller.between(circle["cq"], node).sign("/probe/stream?mib=65536")

    async def leave() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(node))
        fields = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
        path = signed.url.removeprefix(node.address)
        writer.write(damage.request("GET", path, fields.encode()))
        taken = len(await reader.readexactly(1_000_000))
        writer.close()
        await writer.wait_closed()
        return taken

    taken = asyncio.run(leave())
    started = time.monotonic()
    status, _, _ = sent(node, Caller.between(circle["cq"], node).sign())
    waited = time.monotonic() - started
    assert status == 200
    assert waited < 5
    found = until("the record", lambda: recorded(node, signed.id))
    assert found.outcome == "broken"
    assert taken <= found.size < 64 * 1_048_576
    figures(taken_MB=1, sent_MB=f"{found['size'] / 1e6:.1f}", next_call_after=f"{waited:.2f} s")
