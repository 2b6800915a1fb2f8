"""Durable appends a second of a private log, against a core that only hashes; size and cost of a proof.

Every append is a salted commitment, a journal frame flushed to disk before the answer, its tiles, and a signed
checkpoint each second. The limit does nothing but the leaf hash and the tree's inner nodes, in memory. Published
figure of a peer: Tessera (Go, POSIX files, NVMe, up to 7 cores) 10,000 writes/s (transparency-dev/tessera,
docs/performance.md).
"""

from __future__ import annotations

import asyncio
import gzip
import os
import statistics
import tempfile
import time
from pathlib import Path

import uvloop

from bench.report import Report, progress
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.layout import WIDTH, Tile
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.policy import Policy, Witness
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.tiles import TileReader
from twincity.kernel.keys import PrivateKey
from twincity.kernel.merkle import Frontier, leaf_hash, root
from twincity.kernel.notes import Algorithm, Note, Signer

PRODUCERS = 1024
RECORD = 300
SIZE = 1 << 24
ORIGIN = "cq.twincity.example/exchange"
SIGNER = Signer.of(ORIGIN, PrivateKey.generate())


def run(*, quick: bool) -> Report:
    """Measure appends, the limit, opening, and a proof."""
    seconds, runs, limits = (3, 3, []) if quick else (10, 5, [])
    rates, latencies = [], []
    # /tmp may be memory, where flushing costs nothing.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for attempt in range(runs):
            limits.append(hashing())
            place = Path(folder) / str(attempt)
            rate, waits = uvloop.run(appends(place, seconds))
            rates.append(rate)
            latencies += waits
            progress(f"run {attempt + 1}: {rate:.0f} durable appends/s; hashing alone {limits[-1]:.0f}/s")
        size, opening = reopen(place)
        stored = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        progress(f"a log of {size} records opens in {opening:.3f} s and takes {stored / size:.0f} bytes a record")
    file, verification = proof()
    progress(f"proof at {SIZE} records, two cosignatures: {len(file)} bytes, verified in {verification:.2f} ms")
    rate, limit = statistics.median(rates), statistics.median(limits)
    ratio = statistics.median(own / other for own, other in zip(rates, limits, strict=True))
    latencies.sort()
    figures: dict[str, object] = {
        "appends_per_s": round(rate),
        "runs": [round(each) for each in rates],
        "producers": PRODUCERS,
        "append_p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "append_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 2),
        "records": size,
        "opening_s": round(opening, 3),
        "stored_bytes_per_record": round(stored / size),
        "proof_bytes": len(file),
        "proof_without_checkpoint_bytes": file.index(b"\n\n") + 1,
        "proof_gzip_bytes": len(gzip.compress(file, 9)),
        "proof_verify_ms": round(verification, 2),
    }
    limit_figures = {"hashing_only_per_s": round(limit), "tessera_posix_published_per_s": 10_000}
    return Report("ledger", figures, {"name": "leaf hash and tree in memory", "figures": limit_figures}, ratio)


def hashing(count: int = 300_000) -> float:
    """Records a second that one core adds to a tree in memory."""
    frontier, record = Frontier(), os.urandom(RECORD)
    started = time.perf_counter()
    for _ in range(count):
        frontier.append(leaf_hash(record))
    return count / (time.perf_counter() - started)


def open_log(folder: Path) -> Log:
    return Log.open(folder, origin=ORIGIN, signer=SIGNER, private=True, tick_every=1.0)


async def appends(folder: Path, seconds: float) -> tuple[float, list[float]]:
    """Appends a second by many producers, each waiting for its receipt; also how long some of them waited."""
    log, body, waits = open_log(folder), os.urandom(RECORD - 8), []
    until = time.perf_counter() + seconds

    def make(index: int) -> bytes:
        return index.to_bytes(8, "big") + body

    async def produce() -> None:
        while (now := time.perf_counter()) < until:
            await log.append(make)
            waits.append(time.perf_counter() - now)

    started = time.perf_counter()
    await asyncio.gather(*[produce() for _ in range(PRODUCERS)])
    rate = log.size / (time.perf_counter() - started)
    await asyncio.to_thread(log.close)
    return rate, waits[::100]


def reopen(folder: Path) -> tuple[int, float]:
    """Records of a log, and the seconds it takes to open it."""
    started = time.perf_counter()
    log = open_log(folder)
    opening = time.perf_counter() - started
    log.close()
    return log.size, opening


def proof() -> tuple[bytes, float]:
    """A proof file from a tree of 16,777,216 leaves with two cosignatures, and milliseconds to verify it.

    All leaves but one are the same, so each level has two kinds of tile and need not be stored.
    """
    index, salt, record = 11_184_810, os.urandom(16), os.urandom(RECORD)
    own, other = leaf_hash(commit(salt, record)), leaf_hash(bytes(32))
    kinds: list[tuple[list[bytes], list[bytes]]] = []
    for level in range(3):
        same = [other] * WIDTH
        mixed = [*same]
        mixed[index >> 8 * level & 0xFF] = own
        kinds.append((same, mixed))
        own, other = root(mixed), root(same)

    def fetch(path: str) -> bytes:
        tile = Tile.parse(path)
        assert tile is not None
        return b"".join(kinds[tile.level][tile.number == index >> 8 * (tile.level + 1)])

    witnesses = [
        Signer.of(f"{name}.twincity.example/witness", PrivateKey.generate(), Algorithm.COSIGNATURE)
        for name in ("cq", "sc")
    ]
    text = Checkpoint(ORIGIN, SIZE, own).text
    cosignatures = [signer.signature(text, timestamp=1_790_000_000) for signer in witnesses]
    signed = SignedCheckpoint.parse(Note(text).signed(SIGNER.signature(text), *cosignatures).encode())
    file = LogProof(index, tuple(TileReader(fetch, SIZE).inclusion(index, SIZE)), signed).encode()
    policy = Policy((SIGNER.key,), tuple(Witness(signer.key) for signer in witnesses), threshold=2)
    times = []
    for _ in range(200):
        started = time.perf_counter()
        LogProof.parse(file).verify_private(salt, record, policy)
        times.append((time.perf_counter() - started) * 1000)
    return file, statistics.median(times)
