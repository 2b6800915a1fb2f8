"""What a log says of itself: its checkpoints, who signed them and who vouches for them."""

from __future__ import annotations

from dataclasses import dataclass

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.policy import Policy
from twincity.kernel.notes import NoteError

SUFFIX = "/witness"


@dataclass(frozen=True, slots=True)
class Vouched:
    """A witness's word for a checkpoint; ``at`` in seconds since 1970."""

    member: str
    jurisdiction: str
    at: int
    abroad: bool
    """Whether the witness belongs to another jurisdiction than the log."""


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A signed checkpoint; ``root`` in hex, ``note`` as published."""

    size: int
    root: str
    key_id: str
    """The signing key's short name in the note, in hex."""
    vouched: tuple[Vouched, ...]
    note: str


@dataclass(frozen=True, slots=True)
class LogView:
    """One log of this node; sizes in records."""

    name: str
    origin: str
    size: int
    latest: CheckpointView
    witnessed: CheckpointView | None
    """The newest checkpoint with all the cosignatures that the circle asks for."""
    asked: int
    """How many cosignatures the circle asks for; 0 in a circle of one."""


def overview(name: str, log: Log) -> LogView:
    """How a log stands now."""
    latest, witnessed, policy = log.checkpoint(), log.witnessed(), log.policy
    return LogView(
        name=name,
        origin=latest.checkpoint.origin,
        size=log.size,
        latest=_view(latest, policy),
        witnessed=_view(witnessed, policy) if witnessed else None,
        asked=policy.threshold,
    )


def vouched_by(signed: SignedCheckpoint, policy: Policy) -> tuple[Vouched, ...]:
    """The witnesses that have cosigned, as far as their signatures hold."""
    try:
        found = policy.cosigners(signed)
    except NoteError:
        return ()
    return tuple(
        Vouched(
            member=each.witness.key.name.removesuffix(SUFFIX),
            jurisdiction=each.witness.jurisdiction,
            at=each.timestamp,
            abroad=bool(policy.home) and each.witness.jurisdiction != policy.home,
        )
        for each in found
    )


def _view(signed: SignedCheckpoint, policy: Policy) -> CheckpointView:
    checkpoint = signed.checkpoint
    own = next((each.key_id.hex() for each in signed.note.signatures if each.name == checkpoint.origin), "")
    note = signed.note.encode().decode()
    return CheckpointView(checkpoint.size, checkpoint.root.hex(), own, vouched_by(signed, policy), note)
