"""Keys and logs that several tests of the ledger use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.policy import Policy, Witness
from twincity.kernel.keys import PrivateKey
from twincity.kernel.notes import Algorithm, Signer

ORIGIN = "cq.example/log"
SIGNER = Signer.of(ORIGIN, PrivateKey("ed25519", bytes(range(32))))
WITNESSES = [
    Signer.of(f"{name}.example/witness", PrivateKey("ed25519", bytes([place]) * 32), Algorithm.COSIGNATURE)
    for place, name in enumerate(("cq", "sc", "gz"))
]
KNOWN = tuple(Witness(signer.key, code) for signer, code in zip(WITNESSES, ("500000", "510000", "520000"), strict=True))
LOG_ONLY = Policy((SIGNER.key,))
TWO_OF_THREE = Policy((SIGNER.key,), KNOWN, threshold=2, home="500000")


def open_log(root: Path, **options) -> Log:
    return Log.open(root, **({"origin": ORIGIN, "signer": SIGNER, "private": False} | options))


def fill(log: Log, records: Iterable[bytes]) -> None:
    """Append without waiting for each record."""
    futures = []
    for record in records:
        with log._lock:
            futures.append(log._submit(lambda _, record=record: record, log._writer.submit_threaded))
    for future in futures:
        future.result()


def records(count: int, start: int = 0) -> list[bytes]:
    return [f"record {index}".encode() for index in range(start, start + count)]


def memory(root: Path) -> dict[str, bytes]:
    """The served files of a log, by path."""
    paths = [path for path in (root / "tile").rglob("*") if path.is_file()] + [root / "checkpoint"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def fetcher(files: dict[str, bytes]):
    def fetch(path: str) -> bytes:
        try:
            return files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    return fetch
