"""Keys are rotated while calls flow: none fails, and what was signed before verifies after."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.ledgers import written
from tests.faults.support import PURPOSE, code, grant, system_token, through, until
from twincity.engines.circle import facade as circle_facade
from twincity.engines.exchange.evidence.__main__ import examine
from twincity.kernel.http.client import Client, ClientLimits
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle
from twincity.node.testkit.live import OperationRefusedError

pytestmark = pytest.mark.slow
RATE = 50
"""Calls a second."""


async def flow(node: LiveNode, token: str, stop: asyncio.Event) -> list[tuple[int, str, str]]:
    """Calls at a steady rate until told to stop: status, problem code and message id of each."""
    client, answers = Client(ClientLimits(connections=32)), []
    url = f"{node.address}/call/{SICHUAN.id}/probe/echo?text=drill"
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"tc-purpose", PURPOSE.encode())]

    async def one() -> None:
        response = await client.request("GET", url, headers, timeout=20, max_body=100_000)
        name = (response.header(b"tc-message-id") or b"").decode()
        answers.append((response.status, code(response.body), name))

    started, calls = time.monotonic(), []
    while not stop.is_set():
        await asyncio.sleep(max(0.0, started + len(calls) / RATE - time.monotonic()))
        calls.append(asyncio.create_task(one()))
    await asyncio.gather(*calls)
    await client.aclose()
    return answers


def rotate(*nodes: LiveNode) -> None:
    """Announce the next key of each and wait until it signs."""
    announced = [node.operate("circle.rotate")["kid"] for node in nodes]
    for node, kid in zip(nodes, announced, strict=True):
        until("the new key to sign", lambda n=node, k=kid: n.operate("exchange.signer")["kid"] == k, 20.0)
    time.sleep(1)


def evidence(node: LiveNode, message: str, file: Path) -> Path:
    """The evidence bundle of an exchange, which holds."""

    def proven() -> dict | None:
        try:
            return node.operate("exchange.prove", {"message": message})
        except OperationRefusedError as error:
            assert error.code in {"not-yet-published", "answer-unproven"}  # noqa: PT017  both within the first second
            return None

    found = until("the evidence", proven)
    assert found["holds"], found["checks"]
    file.write_bytes(base64.b64decode(found["bundle"]))
    return file


def test_rotating_twice_under_load_fails_no_call(tmp_path: Path, figures) -> None:
    """Consumer and provider rotate at the same time, twice."""
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        dj, sc = circle["dj"], circle["sc"]
        grant(sc, DIANJIANG.id)
        token = system_token(dj)
        first = dj.operate("exchange.signer")["kid"]
        early = evidence(dj, through(dj, token, SICHUAN.id)[1]["tc-message-id"], tmp_path / "early.json")
        answers = asyncio.run(drill(circle, token))
        assert Counter(answer[:2] for answer in answers) == {(200, ""): len(answers)}
        old, new = answers[0][2], answers[-1][2]
        digest = circle_facade.pinned_digest(dj.home)
        late = [evidence(dj, name, tmp_path / f"{name}.json") for name in (old, new)]
        assert [examine(file, digest) for file in (early, *late)] == [0, 0, 0]
        flowed = {answer[2] for answer in answers}
        kids = {side: signers(circle, side, flowed) for side in ("req", "res")}
    assert kids["req"][0] == first
    assert [len(each) for each in kids.values()] == [3, 3]
    figures(calls=len(answers), failed=0, keys_used="3 by each side", evidence="before and after verifies")


async def drill(circle: Circle, token: str) -> list[tuple[int, str, str]]:
    stop = asyncio.Event()
    flowing = asyncio.create_task(flow(circle["dj"], token, stop))
    await asyncio.sleep(1)
    for _ in range(2):
        await asyncio.to_thread(rotate, circle["dj"], circle["sc"])
    stop.set()
    return await flowing


def signers(circle: Circle, side: str, messages: set[str]) -> list[str]:
    """Keys that have signed the requests or the answers, in the order of their first use."""
    found = [getattr(each, side).kid for each in written(circle["sc"]) if each.id in messages]
    return list(dict.fromkeys(found))
