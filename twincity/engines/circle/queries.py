"""Reads of the circle for people: all that this node knows of the others at one moment, as plain structs.

Ages and instants are in seconds (since 1970), sizes in entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from twincity.engines.circle.membership import follow
from twincity.engines.circle.membership.follow import Followed
from twincity.engines.circle.membership.holder import Circle, circle
from twincity.engines.circle.membership.state import Ignored
from twincity.engines.circle.trust import freshness
from twincity.engines.circle.trust.charter import Charter
from twincity.engines.circle.trust.directory import KeyRecord, Member
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.notes import NoteError
from twincity.kernel.problems import Problem

SILENT = 60
"""Seconds without an answer after which a node that reported no error is held to be out of reach all the same."""
CLASSES = ("critical", "normal")


@dataclass(frozen=True, slots=True)
class LogView:
    """What following one member's public log has come to."""

    size: int = 0
    reached_at: float = 0.0
    """0 before the first contact since this node was started."""
    error: str = ""
    forked: bool = False
    evidence: Path | None = None
    """File that convicts the log, if it was caught contradicting itself."""
    witnesses: tuple[str, ...] = ()
    """Anchors whose cosignatures the latest copied checkpoint bears."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long ago another jurisdiction vouched for the directory that a member stands in, and what that permits."""

    age: int | None
    """None when nobody ever has."""
    permits: tuple[str, ...]
    """Classes of service that may be used."""
    stale: bool
    """Whether evidence made now would be marked stale."""


@dataclass(frozen=True, slots=True)
class MemberView:
    """One member as it stands now."""

    member: Member
    own: bool
    anchor: bool
    log: LogView
    freshness: Freshness
    keys: tuple[KeyRecord, ...]
    now: int

    @property
    def state(self) -> str:
        """``forked``, ``expired``, ``own``, ``unknown``, ``unreachable`` or ``reachable``: the worst that holds."""
        if self.log.forked:
            return "forked"
        if self.member.exp <= self.now:
            return "expired"
        if self.own:
            return "own"
        if not (self.log.reached_at or self.log.error):
            return "unknown"
        silent = bool(self.log.error) or self.now - self.log.reached_at > SILENT
        return "unreachable" if silent else "reachable"


@dataclass(frozen=True)
class CircleView:
    """The whole circle at one moment; members stand behind the one that admitted them."""

    charter: Charter
    digest: str
    """SHA-256 of the first charter's payload: what parties compare out of band."""
    members: tuple[MemberView, ...]
    ignored: tuple[Ignored, ...]
    now: int

    def find(self, name: str) -> MemberView | None:
        """The member of that id."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, MemberView]:
        return {each.member.id: each for each in self.members}


def overview() -> CircleView:
    """The circle of this process.

    Raises:
        RuntimeError: when it is not open.
    """
    mine, now = circle(), clock.unix()
    found = mine.state.directory
    # The event loop may change the directory meanwhile: what is iterated is copied first.
    members, keys = dict(found.members), _by_member(list(found.keys.values()))
    return CircleView(
        charter=found.charter,
        digest=hashlib.sha256(str(mine.state.chain[0]["payload"]).encode()).hexdigest(),
        members=tuple(_view(mine, members[name], keys.get(name, []), now) for name in _in_order(members)),
        ignored=tuple(reversed(list(mine.state.ignored))),
        now=now,
    )


def _by_member(keys: Iterable[KeyRecord]) -> dict[str, list[KeyRecord]]:
    found: dict[str, list[KeyRecord]] = {}
    for key in keys:
        found.setdefault(key.member, []).append(key)
    return found


def _in_order(members: dict[str, Member]) -> list[str]:
    # Reading names from the right puts every member right behind its issuer, whose name ends its own.
    return sorted(members, key=lambda name: name.split(".")[::-1])


def _view(mine: Circle, member: Member, keys: Iterable[KeyRecord], now: int) -> MemberView:
    return MemberView(
        member=member,
        own=member.id == mine.member,
        anchor=not member.issuer,
        log=_log(mine, member.id),
        freshness=_freshness(mine, member.id, now),
        keys=tuple(sorted(keys, key=lambda each: (-each.nbf, each.use))),
        now=now,
    )


def _freshness(mine: Circle, name: str, now: int) -> Freshness:
    witnessed, limits = mine.state.witnessed_at(name), mine.state.directory.charter.freshness
    permits, stale = [], True
    for service_class in CLASSES:
        try:
            stale = freshness.standing(witnessed, now, service_class, limits).stale
        except Problem:
            continue
        permits.append(service_class)
    return Freshness(max(0, now - witnessed) if witnessed else None, tuple(permits), stale)


def _log(mine: Circle, name: str) -> LogView:
    if name == mine.member:
        signed = ledger.public_log().checkpoint()
        return LogView(size=signed.checkpoint.size, witnesses=_witnesses(mine, name, signed))
    follower = follow.follower()
    followed = follower.followed.get(name) if follower else None
    return _followed(mine, followed) if followed else LogView()


def _followed(mine: Circle, found: Followed) -> LogView:
    convicting = mine.home.path / "mirrors" / found.owner / "evidence.json"
    evidence = convicting if convicting.exists() else None
    return LogView(
        size=found.size,
        reached_at=found.reached_at,
        error=found.error,
        forked=found.broken or evidence is not None,
        evidence=evidence,
        witnesses=_witnesses(mine, found.owner, found.copy.mirror.latest),
    )


def _witnesses(mine: Circle, owner: str, signed: ledger.SignedCheckpoint | None) -> tuple[str, ...]:
    if signed is None:
        return ()
    try:
        found = mine.policy(owner, "public").cosigners(signed)
    except (NoteError, LookupError):
        return ()
    return tuple(sorted({each.witness.key.name.removesuffix("/witness") for each in found}))
