"""Rows of the history: the source's events in their order, corrected, and the steps that it leaves out."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing.divisions.model import Basis, Change, Defect, Kind
from twincity.apps.sharing.divisions.retabulate.corrections import Corrections
from twincity.apps.sharing.divisions.retabulate.replay import ABOLISHED, State
from twincity.apps.sharing.divisions.retabulate.source import Event, Unit
from twincity.apps.sharing.divisions.retabulate.succession import REASSIGNED, Edge, Ways, Year, ways

CODE_BOOK = "code-book"
PROJECT = "project"
LAST_EARLY_YEAR = 1982
"""Codes that ended by then were never used on identity numbers, which began in 1984, and only one list has them."""
NOBODY = Unit("", "")


class History(msgspec.Struct):
    """What the replay found: ways by year and unit, and the rows of ``changes.csv``."""

    ways: dict[int, Ways] = {}
    changes: list[Change] = []


def build(states: dict[int, State], events: list[Event], corrections: Corrections) -> History:
    """Every year's ways and rows, oldest first.

    Raises:
        ReplayError: when a unit's way is not told.
    """
    history = History({}, [])
    ignored = corrections.ignored_events()
    for number in sorted(states)[1:]:
        of_year = [event for event in events if event.year == number]
        played = [event for event in of_year if event.number not in ignored]
        year = Year(number, states[number - 1], states[number], played, corrections.followed_from(number))
        history.ways[number] = ways(year)
        history.changes += _Rows(year, history.ways[number], corrections).rows(of_year)
    return _numbered(history)


def _numbered(history: History) -> History:
    added = 0
    for index, change in enumerate(history.changes):
        if not change.id:
            added += 1
            history.changes[index] = msgspec.structs.replace(change, id=f"p{added}")
    return history


class _Rows:
    """One year's rows. Each edge of a unit is told once: by the event that states it, or by a row of ours."""

    def __init__(self, year: Year, found: Ways, corrections: Corrections) -> None:
        self.year = year
        self.left = {unit: list(edges) for unit, edges in found.items()}
        self.corrections = corrections
        self.ignored = corrections.ignored_events()

    def rows(self, events: list[Event]) -> list[Change]:
        told = [self._event(event) for event in events]
        return told + [self._edge(unit, edge) for unit, edges in self.left.items() for edge in edges]

    def _event(self, event: Event) -> Change:
        old, new = event.old or NOBODY, event.new or NOBODY
        if event.number in self.ignored:
            kind = Kind.ABOLISHED if event.type == ABOLISHED else Kind.CREATED
            return self._row(event, kind, old, new, defect=Defect.NOT_A_CHANGE, note=self.ignored[event.number])
        if event.type == REASSIGNED:
            return self._row(event, Kind.REASSIGNED, old, new, defect=Defect.EARLY_NOISE)
        if event.old is None:
            return self._row(event, Kind.CREATED, old, new)
        return self._ended(event, event.old, new)

    def _ended(self, event: Event, old: Unit, new: Unit) -> Change:
        edge = self._take(old, new)
        if edge is None:
            return self._row(event, Kind.ABOLISHED, old, NOBODY, defect=self._fault(new, NOBODY), note=_said(new))
        defect = self._fault(new, edge.new)
        note = edge.source or (_said(new) if defect else "")
        row = self._row(event, edge.kind, old, edge.new, basis=edge.basis, defect=defect, note=note)
        return msgspec.structs.replace(row, verified=True) if edge.verified else row

    def _take(self, old: Unit, new: Unit) -> Edge | None:
        edges = self.left.get(old, [])
        if not edges:
            return None
        named = [edge for edge in edges if edge.new.code == new.code]
        edge = (named or edges)[0]
        edges.remove(edge)
        return edge

    def _fault(self, said: Unit, true: Unit) -> Defect | None:
        if said.code == true.code:
            return None
        if not said.code:
            return Defect.NO_TARGET
        later = said.code not in self.year.after and said.code.startswith(("50", "51"))
        return Defect.LATER_TARGET if later else Defect.WRONG_TARGET

    def _row(
        self,
        event: Event,
        kind: Kind,
        old: Unit,
        new: Unit,
        *,
        basis: Basis = Basis.STATED,
        defect: Defect | None = None,
        note: str = "",
    ) -> Change:
        date, dated = self.corrections.date(event.year, old.code, new.code)
        dispute = self._dispute(old, new)
        doubtful = self._early(old) or dispute or defect or basis is Basis.CORRECTED
        return Change(
            id=f"s{event.number}",
            date=date,
            kind=kind,
            old_code=old.code,
            old_name=old.name,
            new_code=new.code,
            new_name=new.name,
            basis=basis,
            document=event.document,
            source=event.url or CODE_BOOK,
            verified=event.official or not doubtful,
            defect=defect or self._doubt(old, dispute),
            note=note or dated or dispute,
        )

    def _edge(self, old: Unit, edge: Edge) -> Change:
        date, dated = self.corrections.date(self.year.number, old.code, edge.new.code)
        dispute = self._dispute(old, edge.new)
        agreed = edge.basis is Basis.NAME and not (self._early(old) or dispute)
        return Change(
            id="",
            date=date,
            kind=edge.kind,
            old_code=old.code,
            old_name=old.name,
            new_code=edge.new.code,
            new_name=edge.new.name,
            basis=edge.basis,
            source=PROJECT,
            verified=edge.verified or agreed,
            defect=self._doubt(old, dispute),
            note=edge.source or dated or dispute,
        )

    def _early(self, old: Unit) -> bool:
        return bool(old.code) and self.year.number <= LAST_EARLY_YEAR

    def _dispute(self, old: Unit, new: Unit) -> str:
        return self.corrections.dispute(old.code) or self.corrections.dispute(new.code)

    def _doubt(self, old: Unit, dispute: str) -> Defect | None:
        if self._early(old):
            return Defect.EARLY_NOISE
        return Defect.DISPUTED if dispute else None


def _said(new: Unit) -> str:
    return f"source names {new.code} {new.name}" if new.code else ""
