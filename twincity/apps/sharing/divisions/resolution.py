"""What following a code to today gives: the units of today, and each step of the way with its reason."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing.divisions.model import Change, Division, Kind, Level

_RANKS = list(Level)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change on the way.

    Attributes:
        date: as fine as it is known; empty when it is not.
        note: the source of a correction, a dispute between lists, or empty.
    """

    old: Division
    new: Division
    kind: Kind
    date: str = ""
    document: str = ""
    verified: bool = False
    note: str = ""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Where a code leads today.

    Attributes:
        asked: the use of the code that was meant.
        today: units in force, at least one; several when the unit was divided on the way.
        steps: the changes, those of one unit before those of its successors.
        other_uses: what else the code has stood for, at other times or in another list.
    """

    asked: Division
    today: tuple[Division, ...]
    steps: tuple[Step, ...]
    other_uses: tuple[Division, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether the code alone does not tell which unit of today is meant."""
        return len(self.today) > 1

    @property
    def coarser(self) -> bool:
        """Whether today's unit ranks above the one asked for, such as a city for a county that became one."""
        return any(_RANKS.index(unit.level) < _RANKS.index(self.asked.level) for unit in self.today)

    @property
    def verified(self) -> bool:
        """Whether every use and every step on the way is."""
        return self.asked.verified and all(step.verified and step.new.verified for step in self.steps)

    @property
    def chain(self) -> tuple[str, ...]:
        """Codes in the order of the way, each once: ``("512322", "517021", "500231")``."""
        return tuple(dict.fromkeys([self.asked.code, *(step.new.code for step in self.steps)]))


def step(old: Division, new: Division, change: Change | None) -> Step:
    """The step between two uses, told by a row of the history when there is one."""
    if change is None:
        kind = Kind.RECODED if old.name == new.name else Kind.ABOLISHED
        return Step(old=old, new=new, kind=kind, date=old.valid_to, note=old.note)
    return Step(
        old=old,
        new=new,
        kind=change.kind,
        date=change.date,
        document=change.document,
        verified=change.verified,
        note=change.note,
    )
