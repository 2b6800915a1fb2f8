"""Whose signatures make a member's log believable, read off the directory."""

from __future__ import annotations

from twincity.engines.circle.trust.directory import Directory
from twincity.engines.ledger import facade as ledger
from twincity.kernel.notes import Algorithm, VerifierKey


def log_keys(directory: Directory, origin: str) -> tuple[VerifierKey, ...]:
    """Keys of the log named ``MEMBER/public`` or ``MEMBER/exchange``; none for a log outside the circle."""
    owner, _, name = origin.rpartition("/")
    key = directory.key_for(owner, "log") if name in ledger.NAMES else None
    return (VerifierKey(origin, Algorithm.ED25519, key.raw),) if key else ()


def policy(directory: Directory, owner: str, name: str) -> ledger.Policy:
    """Which cosignatures count for a member's log: those of the anchors, one of them of another jurisdiction.

    In a circle of one jurisdiction any other anchor will do, and in a circle of one anchor its own signature.
    """
    home = directory.members[owner].node.jurisdiction if owner in directory.members else ""
    witnesses = tuple(
        ledger.Witness(_witness_key(directory, anchor.id), anchor.jurisdiction)
        for anchor in directory.charter.anchors
        if anchor.id != owner
    )
    elsewhere = [each for each in witnesses if each.jurisdiction != home]
    return ledger.Policy(
        logs=log_keys(directory, f"{owner}/{name}"),
        witnesses=witnesses,
        threshold=min(1, len(witnesses)),
        home=home if elsewhere else "",
    )


def _witness_key(directory: Directory, anchor: str) -> VerifierKey:
    key = directory.key_for(anchor, "witness")
    if key is None:
        raise LookupError(f"{anchor} has no witness key")
    return VerifierKey(f"{anchor}/witness", Algorithm.COSIGNATURE, key.raw)
