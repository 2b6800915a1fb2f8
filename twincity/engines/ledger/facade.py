"""The ledger's door for other engines and apps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twincity.engines.ledger import services
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.copying import Piece, held
from twincity.engines.ledger.log.errors import LogError
from twincity.engines.ledger.log.evidence import ForkedLogError
from twincity.engines.ledger.log.layout import WIDTH
from twincity.engines.ledger.log.log import Log, Receipt, Record
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.policy import Cosigner, Policy, Witness
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.witness_wire import AddCheckpoint, parse_conflict
from twincity.engines.ledger.services import NAMES, Bell, add_cosignatures, close_ledger, open_ledger, set_policy

__all__ = [
    "NAMES",
    "WIDTH",
    "AddCheckpoint",
    "Bell",
    "Cosigner",
    "ForkedLogError",
    "Log",
    "LogError",
    "LogProof",
    "Mirror",
    "Piece",
    "Policy",
    "Receipt",
    "Record",
    "SignedCheckpoint",
    "Witness",
    "add_cosignatures",
    "append_public",
    "append_public_all",
    "bell",
    "close_ledger",
    "exchange_log",
    "held",
    "log",
    "member",
    "on_public",
    "open_ledger",
    "parse_conflict",
    "public_log",
    "set_policy",
]


def log(name: str) -> Log:
    """One of this node's logs: ``public`` or ``exchange``."""
    return services.ledger().logs[name]


def member() -> str:
    """Id of the node whose logs these are."""
    return services.ledger().member


def public_log() -> Log:
    """The log of what this node publishes."""
    return services.ledger().logs["public"]


def exchange_log() -> Log:
    """The log of this node's private records."""
    return services.ledger().logs["exchange"]


def bell(name: str) -> Bell:
    """Rings at each new checkpoint or cosignature of a log."""
    return services.ledger().bells[name]


def append_public(record: bytes) -> int:
    """Append to the public log from a thread; returns the index once it is on disk and listeners have been told."""
    receipt = public_log().append_wait(lambda _: record)
    for listener in services.ledger().on_public:
        listener(receipt.index, record)
    return receipt.index


def append_public_all(records: Sequence[bytes]) -> list[int]:
    """Append some, at most 1,000, to the public log as :func:`append_public` does, faster than one by one."""
    receipts = public_log().append_all(records)
    for receipt, record in zip(receipts, records, strict=True):
        for listener in services.ledger().on_public:
            listener(receipt.index, record)
    return [receipt.index for receipt in receipts]


def on_public(listener: Callable[[int, bytes], None]) -> None:
    """Be told of each own public entry once it is on disk."""
    services.ledger().on_public.append(listener)
