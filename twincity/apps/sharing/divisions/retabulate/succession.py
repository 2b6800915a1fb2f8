"""Finding where each unit went when its code ended."""

from __future__ import annotations

from collections import Counter

import msgspec

from twincity.apps.sharing.divisions.model import Basis, Kind, Level
from twincity.apps.sharing.divisions.retabulate.corrections import Followed
from twincity.apps.sharing.divisions.retabulate.replay import ReplayError, State
from twincity.apps.sharing.divisions.retabulate.source import Event, Unit

REASSIGNED = "码位改派"
TYPES = {
    "更名": Kind.RENAMED,
    "撤县设市": Kind.COUNTY_TO_CITY,
    "撤县设区": Kind.COUNTY_TO_DISTRICT,
    "撤市设区": Kind.CITY_TO_DISTRICT,
    "撤地设市": Kind.PREFECTURE_TO_CITY,
    "区划调整": Kind.ADJUSTED,
}
ENDINGS = {
    ("县", "市"): Kind.COUNTY_TO_CITY,
    ("县", "区"): Kind.COUNTY_TO_DISTRICT,
    ("市", "区"): Kind.CITY_TO_DISTRICT,
}


class Edge(msgspec.Struct, frozen=True):
    """One unit's way into the next year."""

    new: Unit
    kind: Kind
    basis: Basis
    source: str = ""
    verified: bool = False


Ways = dict[Unit, list[Edge]]


class Year(msgspec.Struct, frozen=True):
    """One year's change of state, with what is said about it."""

    number: int
    before: State
    after: State
    events: list[Event]
    followed: dict[Unit, Followed]

    def ended(self) -> list[Unit]:
        """Units whose code or name did not survive, those of higher rank first."""
        gone = [Unit(*pair) for pair in self.before.items() if self.after.get(pair[0]) != pair[1]]
        return sorted(gone, key=lambda unit: (level_of(unit.code) == Level.COUNTY, unit))

    def began(self) -> list[Unit]:
        """Units that have a new code or a new name."""
        return [Unit(*pair) for pair in self.after.items() if self.before.get(pair[0]) != pair[1]]


def level_of(code: str) -> Level:
    """Rank of a unit by the form of its code (GB/T 2260: three layers of two digits)."""
    if len(code) > len("500000"):
        return Level.TOWN
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.COUNTY


def parent_of(code: str, state: State) -> str:
    """Code of the unit above in a state; a block of numbers without a unit of its own counts as the province."""
    level = level_of(code)
    if level is Level.PROVINCE:
        return ""
    if level is Level.TOWN:
        return code[:6]
    city = code[:4] + "00"
    return city if level is Level.COUNTY and city in state else code[:2] + "0000"


def ways(year: Year) -> Ways:
    """For every unit that ended in a year, the units it became or joined.

    Raises:
        ReplayError: when neither the source nor a name nor a correction tells.
    """
    found: Ways = {}
    for unit in year.ended():
        found[unit] = _corrected(unit, year) or _stated(unit, year, found) or _named(unit, year, found)
        if not found[unit]:
            raise ReplayError(f"{year.number}: nothing tells where {unit.code} {unit.name} went")
    return found


def _corrected(unit: Unit, year: Year) -> list[Edge]:
    entry = year.followed.get(unit)
    if entry is None:
        return []
    for code in entry.successors:
        if code not in year.after:
            raise ReplayError(f"{year.number}: correction of {unit.code} leads to {code}, which is not there")
    units = [Unit(code, year.after[code]) for code in entry.successors]
    return [Edge(new, entry.kind, Basis.CORRECTED, entry.source, entry.verified) for new in units]


def _stated(unit: Unit, year: Year, found: Ways) -> list[Edge]:
    for event in year.events:
        if event.old == unit and event.type != REASSIGNED and event.new and event.new.code in year.after:
            new = Unit(event.new.code, year.after[event.new.code])
            kind = TYPES.get(event.type) or _kind(unit, new, year, found)
            return [Edge(new, kind, Basis.STATED)]
    return []


def _named(unit: Unit, year: Year, found: Ways) -> list[Edge]:
    began = [new for new in year.began() if new.name == unit.name]
    namesakes = Counter(gone.name for gone in year.ended())[unit.name]
    if len(began) != 1 or namesakes != 1:
        return []
    return [Edge(began[0], _kind(unit, began[0], year, found), Basis.NAME)]


def _kind(old: Unit, new: Unit, year: Year, found: Ways) -> Kind:
    if level_of(old.code) is not level_of(new.code):
        return Kind.RAISED if old.name == new.name else Kind.MERGED
    if old.name != new.name:
        begins = year.before.get(new.code) != new.name
        return ENDINGS.get((old.name[-1], new.name[-1]), Kind.MERGED) if begins else Kind.MERGED
    above, now_above = parent_of(old.code, year.before), parent_of(new.code, year.after)
    if _same_parent(Unit(above, year.before.get(above, "")), now_above, found):
        return Kind.RECODED
    return Kind.TRANSFERRED


def _same_parent(above: Unit, now_above: str, found: Ways) -> bool:
    blocks = above.code.endswith("0000") or now_above.endswith("0000")
    return blocks or above.code == now_above or now_above in {edge.new.code for edge in found.get(above, [])}
