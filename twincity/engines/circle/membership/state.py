"""The circle as this node knows it, rebuilt at start from the charter and the public logs it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.errors import refuse, refuse_charter
from twincity.kernel import clock, jws
from twincity.kernel.home import Home
from twincity.kernel.problems import Problem

DIRECTORY_TYPES = (docs.STATEMENT, docs.KEYS, docs.TRUST_MARK, docs.REVOCATION)
PATIENCE = 50
"""Entries of one log that are kept for later; more than chance delays would be somebody's junk."""
EntryHandler = Callable[[str, int, str], None]
"""Takes the owner of the log, the index and the document."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An entry of a public log that the directory could not accept, and why."""

    owner: str
    index: int
    reason: Problem


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that may become acceptable when another log brings what it rests on: the order of logs is chance."""

    owner: str
    index: int
    text: str
    about: frozenset[str]
    """Members it names; none for a charter."""

    def concerns(self, other: Waiting) -> bool:
        """Whether the other might have been waiting for this one; what stands behind it in its own log has not."""
        free = self.owner != other.owner or self.index < other.index
        return free and (not self.about or bool(self.about & other.about))


@dataclass
class CircleState:
    """Charter chain, directory and how recently each anchor's log was witnessed (seconds since 1970)."""

    home: Home
    chain: list[dict[str, Any]]
    directory: Directory
    witnessed: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    """Per log owner: number of entries applied."""
    ignored: deque[Ignored] = field(default_factory=lambda: deque(maxlen=200))
    _waiting: dict[str, deque[Waiting]] = field(default_factory=dict)
    """Per log owner: documents and charters that were not acceptable when they were met."""
    _accepted: list[tuple[str, str, str]] = field(default_factory=list)
    """Subject, owner of the log and token of each accepted document, as they were folded."""

    def apply(self, owner: str, index: int, entry: bytes) -> None:
        """Take in the next entry of a public log; one that cannot be accepted is noted and passed over."""
        if index != self.applied.get(owner, 0):
            return
        self.applied[owner] = index + 1
        try:
            self._dispatch(owner, index, entry)
        except Problem as problem:
            self._ignore(owner, index, problem)
        except (ValueError, KeyError, TypeError) as error:  # another node's entry may hold anything
            self._ignore(owner, index, refuse(f"malformed: {error!r}"[:200]))

    def _ignore(self, owner: str, index: int, problem: Problem) -> None:
        self.ignored.append(Ignored(owner, index, problem))
        structlog.get_logger().warning("entry_ignored", owner=owner, index=index, problem=str(problem))

    def _dispatch(self, owner: str, index: int, entry: bytes) -> None:
        text = entry.decode("utf-8", "replace")
        if text.startswith("{"):
            self._take(Waiting(owner, index, text, frozenset()))
            return
        try:
            typ = jws.header(text).get("typ")
        except jws.JWSError as error:
            raise refuse(str(error)) from error
        if typ in DIRECTORY_TYPES:
            self._take(Waiting(owner, index, text, _about(text)))
        elif typ in _handlers:
            _handlers[typ](owner, index, text)

    def _take(self, entry: Waiting) -> None:
        """Accept a document or charter, and then whatever has been waiting for it."""
        try:
            self._fold(entry)
        except Problem:
            self._waiting.setdefault(entry.owner, deque(maxlen=PATIENCE)).append(entry)
            raise
        found = [each for log in self._waiting.values() for each in log if entry.concerns(each)]
        for each in sorted(found, key=lambda each: (each.owner, each.index)):
            if each in self._waiting[each.owner]:  # an earlier one may have brought it already
                self._waiting[each.owner].remove(each)
                self._again(each)

    def _again(self, entry: Waiting) -> None:
        try:
            self._take(entry)
        except Problem:
            return
        for each in [each for each in self.ignored if (each.owner, each.index) == (entry.owner, entry.index)]:
            self.ignored.remove(each)

    def _fold(self, entry: Waiting) -> None:
        if not entry.about:
            self._charter(orjson.loads(entry.text))
            return
        self.directory.apply(entry.owner, entry.text)
        self._accepted.append((_subject(entry.text), entry.owner, entry.text))

    def _charter(self, document: dict[str, Any]) -> None:
        fresh = charters.read(document)
        if fresh.version <= self.directory.charter.version:
            return
        adopted = charters.verify_next(self.directory.charter, document)
        self.chain.append(document)
        save_chain(self.home, self.chain)
        self.directory.adopt(adopted)

    def documents_about(self, *members: str) -> list[tuple[str, str]]:
        """Owner of the log and token of every accepted document about these members, in the order they were folded.

        The order matters: a document may be signed by a key that a later one revokes.
        """
        return [(owner, token) for subject, owner, token in self._accepted if subject in members]

    def witnessed_at(self, member: str) -> int:
        """When the log of a member's anchor was last witnessed by another jurisdiction."""
        return self.witnessed.get(self.directory.anchor_of(member), 0)


_handlers: dict[str, EntryHandler] = {}


def on_entry(typ: str, handler: EntryHandler) -> None:
    """Hand public documents of type ``typ`` to ``handler``, in their order within each log."""
    _handlers[typ] = handler


def chain_path(home: Home) -> Path:
    """File that holds the charter chain."""
    return home.path / "circle" / "charter.json"


def load_chain(home: Home) -> list[dict[str, Any]]:
    """The charter chain this node has adopted, empty before it joined a circle."""
    path = chain_path(home)
    return orjson.loads(path.read_bytes()) if path.exists() else []


def save_chain(home: Home, chain: list[dict[str, Any]]) -> None:
    """Keep the chain, atomically."""
    path = chain_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(orjson.dumps(chain))
    temporary.replace(path)


def verified(chain: list[dict[str, Any]]) -> list[charters.Charter]:
    """The versions of the charter, the one in force last.

    Raises:
        Problem: ``charter-refused``; also when there is none yet.
    """
    if not chain:
        raise refuse_charter("empty: this node has not adopted a charter")
    return charters.verify_versions(chain, clock.unix())


def _subject(token: str) -> str:
    payload = jws.payload(token)
    return str(payload.get("sub") or payload.get("iss"))


def _about(token: str) -> frozenset[str]:
    payload = jws.payload(token)
    return frozenset({str(payload.get("iss")), str(payload.get("sub") or payload.get("iss"))})
