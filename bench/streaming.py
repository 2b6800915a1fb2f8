"""A large body through two nodes, digested and signed, against a plain copy through the same server.

The way: local system → consumer's node → provider's node → probe. Every byte is framed, hashed by the provider, taken
apart, hashed and verified by the consumer, and passed on. The plain copy is one hop of the same HTTP server. The
consumer's node receives, hashes and sends on one core: it can do no more than a plain hop and SHA-256 one after the
other allow, which is the second figure to compare with.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.node import resident
from bench.report import Report, progress
from twincity.kernel.http.client import Client
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

PURPOSE = "planning.bench"
MB = (1 << 20) / 1e6
"""MB in a MiB."""
_PLAIN = """
import asyncio, sys, uvloop
from twincity.kernel.http.server import serve
PIECE = bytes(range(256)) * 1024
async def app(scope, receive, send):
    if scope["type"] != "http": return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(int(sys.argv[1]) * 4):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
async def main():
    listener = await serve(app)
    print(listener.port, flush=True)
    await listener.wait()
uvloop.run(main())
"""


def run(*, quick: bool) -> Report:
    """Measure rate and growth of memory."""
    mib, rounds = (512, 5) if quick else (2048, 5)
    with (
        tempfile.TemporaryDirectory() as folder,
        live_circle(Path(folder), [CHONGQING, SICHUAN], apps=["probe"]) as circle,
    ):
        headers = prepare(circle)
        url = f"{circle['cq'].address}/call/{SICHUAN.id}/probe/stream?mib="
        asyncio.run(fetch(url + "16", headers))
        rates, grown, plain, hashes = [], [], [], []
        with plain_server(mib) as plain_url:
            for number in range(rounds):
                plain.append(mib * MB / asyncio.run(fetch(plain_url, [], mib)))
                hashes.append(hashing())
                with peaks(circle) as growth:
                    rates.append(mib * MB / asyncio.run(fetch(url + str(mib), headers, mib)))
                grown.append(max(growth.values()))
                progress(f"round {number + 1}: {rates[-1]:.0f} MB/s through two nodes, plain copy {plain[-1]:.0f} MB/s")
    rate, copy, sha256 = (statistics.median(each) for each in (rates, plain, hashes))
    figures: dict[str, object] = {
        "mb_per_s": round(rate),
        "runs": [round(each) for each in rates],
        "body_mib": mib,
        "memory_growth_mb": round(max(grown), 1),
    }
    peer: dict[str, object] = {
        "name": "plain copy through the same server, one hop",
        "figures": {
            "mb_per_s": round(copy),
            "sha256_mb_per_s": round(sha256),
            "one_core_copy_and_hash_mb_per_s": round(1 / (1 / copy + 1 / sha256)),
        },
    }
    return Report("streaming", figures, peer, rate / copy)


def hashing() -> float:
    """MB/s of SHA-256 on one core."""
    piece, started = bytes(1 << 20), time.perf_counter()
    for _ in range(256):
        hashlib.sha256(piece).digest()
    return 256 * MB / (time.perf_counter() - started)


def prepare(circle: Circle) -> list[tuple[bytes, bytes]]:
    """A grant and a token; the headers of a local call."""
    grant = {"id": "stream", "subject": f"member:{CHONGQING.id}", "service": "probe", "purposes": ["planning"]}
    circle["sc"].operate("exchange.grant", {"grants": [grant]})
    token = circle["cq"].operate("identity.system", {"name": "bench", "purposes": ["planning"]})["token"]
    time.sleep(1.5)
    return [
        (b"authorization", f"Bearer {token}".encode()),
        (b"tc-purpose", PURPOSE.encode()),
        (b"tc-stream", b"1"),
    ]


async def fetch(url: str, headers: list[tuple[bytes, bytes]], mib: int = 0) -> float:
    """Seconds to read a body to its end; it must have ``mib`` MiB if that is given."""
    client, size, started = Client(), 0, time.perf_counter()
    reply = await client.stream("GET", url, headers, timeout=60, max_body=1 << 40)
    async with reply as response:
        async for piece in response:
            size += len(piece)
    await client.aclose()
    if mib and size != mib << 20:
        raise RuntimeError(f"{size} bytes instead of {mib} MiB")
    return time.perf_counter() - started


@contextmanager
def peaks(circle: Circle) -> Iterator[dict[str, float]]:
    """How far each node's memory rises above its present level while the block runs, in MB."""
    before = {name: resident(node) for name, node in circle.items()}
    growth, stop = dict.fromkeys(circle, 0.0), threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for name, node in circle.items():
                growth[name] = max(growth[name], resident(node) - before[name])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield growth
    finally:
        stop.set()
        thread.join()


@contextmanager
def plain_server(mib: int) -> Iterator[str]:
    """The same server with an application that only sends bytes."""
    process = subprocess.Popen([sys.executable, "-c", _PLAIN, str(mib)], stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()
