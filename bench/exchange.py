"""Signed, granted, logged exchanges a second through two nodes, against the limit its signatures alone would set.

Each exchange is two signatures and two verifications, a decision among 10,000 grants and a durable record on each side
(fsync before the answer). The limit is one core doing nothing but those four operations. Peer: nginx as a mutual-TLS
reverse proxy pair, which authenticates connections but keeps no evidence.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench.nginx import mutual_tls_pair
from bench.report import Report, progress
from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.keys import PrivateKey
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

GRANTS = 10_000
CONNECTIONS = 40
PURPOSE = "planning.bench"
PATH = f"/call/{SICHUAN.id}/probe/echo?text=" + "x" * 200


def run(*, quick: bool) -> Report:
    """Measure throughput, latency at 200/s, the limit and the peer."""
    seconds = 6 if quick else 20
    limit = signature_limit()
    progress(f"limit: {limit:.0f} exchanges/s if one core did nothing but two signs and two verifies")
    with (
        tempfile.TemporaryDirectory() as folder,
        live_circle(Path(folder), [CHONGQING, SICHUAN], apps=["probe"]) as circle,
    ):
        token = prepare(circle)
        address = circle["cq"].address
        headers = [(b"authorization", b"Bearer " + token.encode()), (b"tc-purpose", PURPOSE.encode())]
        load(address + PATH, headers, 3, CONNECTIONS)
        rates = []
        for attempt in range(3 if quick else 5):
            rates.append(load(address + PATH, headers, seconds, CONNECTIONS))
            progress(f"run {attempt + 1}: {rates[-1]:.0f} exchanges/s at {CONNECTIONS} connections")
        latencies = asyncio.run(paced(address + PATH, headers, 200, seconds))
        progress(f"at 200/s: p50 {percentile(latencies, 50):.1f} ms, p99 {percentile(latencies, 99):.1f} ms")
        sizes = {name: circle["cq"].get("/health")[2] for name in ("health",)}
        progress(f"ledger of the consumer: {sizes['health'].decode()[:120]}")
        peer = peer_rate(Path(folder), seconds)
    rate = statistics.median(rates)
    figures: dict[str, object] = {
        "exchanges_per_s": round(rate),
        "runs": [round(each) for each in rates],
        "p50_ms_at_200": round(percentile(latencies, 50), 2),
        "p99_ms_at_200": round(percentile(latencies, 99), 2),
        "grants": GRANTS,
        "generator": "wrk" if shutil.which("wrk") else "own client",
    }
    others: dict[str, object] = {"exchanges_per_s": round(limit)}
    if peer:
        others["nginx_mutual_tls_per_s"] = round(peer)
    return Report(
        "exchange", figures, {"name": "two signs and two verifies on one core", "figures": others}, rate / limit
    )


def prepare(circle: Circle) -> str:
    """10,000 grants at the provider, one of them ours; a token for the consumer's local system."""
    grants = [
        {
            "id": f"g{n}",
            "subject": f"member:m{n}.cq.twincity.example",
            "service": f"s{n % 50}",
            "purposes": ["planning"],
        }
        for n in range(GRANTS - 1)
    ]
    ours = {"id": "ours", "subject": f"member:{CHONGQING.id}", "service": "probe", "purposes": ["planning"]}
    circle["sc"].operate("exchange.grant", {"grants": [*grants, ours]})
    token = circle["cq"].operate("identity.system", {"name": "bench", "purposes": ["planning"]})["token"]
    time.sleep(1.5)
    return str(token)


def signature_limit() -> float:
    """Exchanges a second of one core that signs twice and verifies twice, and does nothing else."""
    key, message = PrivateKey.generate(), b"x" * 600
    public, rounds = key.public, 1500
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(rounds):
            first, second = key.sign(message), key.sign(message)
            public.verify(message, first)
            public.verify(message, second)
        best = max(best, rounds / (time.perf_counter() - started))
    return best


def load(url: str, headers: list[tuple[bytes, bytes]], seconds: int, connections: int) -> float:
    """Closed-loop load; answers with status 200 a second."""
    if shutil.which("wrk") is None:
        return asyncio.run(closed(url, headers, seconds, connections))
    given = [item for name, value in headers for item in ("-H", f"{name.decode()}: {value.decode()}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *given, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    total = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    if failed:
        progress(f"{failed[1]} answers were not 200")
        total -= int(failed[1]) / seconds
    return total


async def closed(url: str, headers: list[tuple[bytes, bytes]], seconds: int, connections: int) -> float:
    """The same with our own client."""
    client, until, done = Client(ClientLimits(connections=connections)), time.monotonic() + seconds, 0

    async def worker() -> None:
        nonlocal done
        while time.monotonic() < until:
            response = await client.request("GET", url, headers, timeout=10, max_body=1_000_000)
            done += response.status == 200

    await asyncio.gather(*(worker() for _ in range(connections)))
    await client.aclose()
    return done / seconds


async def paced(url: str, headers: list[tuple[bytes, bytes]], rate: int, seconds: int) -> list[float]:
    """Open-loop load at a fixed rate; milliseconds of each call, counted from when it was due."""
    client, taken = Client(ClientLimits(connections=64)), []

    async def one(due: float) -> None:
        response = await client.request("GET", url, headers, timeout=10, max_body=1_000_000)
        if response.status == 200:
            taken.append((time.monotonic() - due) * 1000)

    tasks, start = [], time.monotonic() + 0.1
    for number in range(rate * seconds):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    await client.aclose()
    return taken


def percentile(values: list[float], share: int) -> float:
    """The value below which ``share`` per cent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)] if ordered else float("nan")


def peer_rate(folder: Path, seconds: int) -> float:
    """Requests a second through two nginx with mutual TLS between them; 0 where nginx is not installed."""
    with mutual_tls_pair(folder) as url:
        if url is None:
            progress("peer: nginx is not installed, left out")
            return 0.0
        load(url, [], 2, CONNECTIONS)
        rate = load(url, [], seconds, CONNECTIONS)
    progress(f"peer: {rate:.0f} requests/s through two nginx with mutual TLS, no evidence")
    return rate
