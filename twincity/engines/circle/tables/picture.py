"""The picture of the circle: anchors on an inner ring, those they admit further out, arcs for witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, hypot, pi, sin

from django.utils.translation import gettext as _

from twincity.engines.circle.queries import CircleView, MemberView
from twincity.engines.circle.tables.members import address
from twincity.engines.circle.tables.words import local, state_words

WIDTH, HEIGHT = 520, 330
MARGIN = (66, 44)
"""Room for labels at the sides, and above and below, in units of the picture."""
RADIUS = 11
BEND = 0.2
"""How far an arc of a witness bows out, as a part of its length."""
MOST = 40
"""Members beyond which labels would cover each other; then there is no picture, the table says it all."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One member's place."""

    x: float
    y: float
    title: str
    state: str
    tone: str
    anchor: bool
    own: bool
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """From an issuer to its member (straight), or from a witness to the owner of a log (an arc)."""

    path: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Spots and lines within a box of :data:`WIDTH` by :data:`HEIGHT`."""

    spots: list[Spot]
    lines: list[Line]
    box: str = f"0 0 {WIDTH} {HEIGHT}"


def picture(view: CircleView) -> Picture | None:
    """The picture, or None for a circle too large to draw."""
    if len(view.members) > MOST:
        return None
    places = _places(view)
    spots = [_spot(row, *places[row.member.id]) for row in view.members]
    return Picture(spots, [*_issues(view, places), *_witnesses(view, places)])


def _places(view: CircleView) -> dict[str, tuple[float, float]]:
    """Each anchor has a sector as wide as it has members; these share it, one ring further out for each level."""
    names = [row.member.id for row in view.members]
    deepest = max(map(_level, names, [view] * len(names)), default=0)
    outer = (WIDTH / 2 - MARGIN[0], HEIGHT / 2 - MARGIN[1])
    places: dict[str, tuple[float, float]] = {}

    def lay(name: str, start: float, width: float, level: int) -> None:
        angle = start + width / 2
        share = 0.0 if len(view.charter.anchors) == 1 and not level else (level + 1.0) / (deepest + 1.0)
        places[name] = (WIDTH / 2 - outer[0] * share * cos(angle), HEIGHT / 2 - outer[1] * share * sin(angle))
        below = [row.member.id for row in view.members if row.member.issuer == name]
        for part, each in zip(_parts(start, width, [_weight(view, each) for each in below]), below, strict=True):
            lay(each, *part, level + 1)

    tops = [row.member.id for row in view.members if row.anchor]
    weights = [_weight(view, each) for each in tops]
    for part, each in zip(_parts(-pi * weights[0] / sum(weights), 2 * pi, weights), tops, strict=True):
        lay(each, *part, 0)
    return places


def _parts(start: float, width: float, weights: list[int]) -> Iterator[tuple[float, float]]:
    for weight in weights:
        part = width * weight / sum(weights)
        yield start, part
        start += part


def _weight(view: CircleView, name: str) -> int:
    return max(1, sum(_weight(view, row.member.id) for row in view.members if row.member.issuer == name))


def _level(name: str, view: CircleView) -> int:
    row = view.find(name)
    return 1 + _level(row.member.issuer, view) if row and row.member.issuer else 0


def _spot(row: MemberView, x: float, y: float) -> Spot:
    state, tone = state_words(row)
    name = row.member.id
    return Spot(round(x, 1), round(y, 1), local(row.member.node.title), state, tone, row.anchor, row.own, address(name))


def _issues(view: CircleView, places: dict[str, tuple[float, float]]) -> Iterator[Line]:
    for row in view.members:
        if row.member.issuer in places:
            (x1, y1), (x2, y2) = places[row.member.issuer], places[row.member.id]
            said = {"issuer": row.member.issuer, "member": row.member.id}
            yield Line(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", "admits", _("%(issuer)s admitted %(member)s") % said)


def _witnesses(view: CircleView, places: dict[str, tuple[float, float]]) -> Iterator[Line]:
    """Arcs towards the anchors' logs and this node's own; all of them would be a tangle."""
    jurisdictions = {row.member.id: row.member.node.jurisdiction for row in view.members}
    for row in view.members:
        name = row.member.id
        for witness in row.log.witnesses if row.anchor or row.own else ():
            if witness in places and jurisdictions[witness] != jurisdictions[name]:
                said = {"witness": witness, "member": name}
                yield Line(
                    _arc(places[witness], places[name]),
                    "witness",
                    _("%(witness)s witnesses the log of %(member)s") % said,
                )


def _arc(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A bowed line that ends at the rim of both spots."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy) or 1.0
    bow = ((start[0] + end[0]) / 2 + dy * BEND, (start[1] + end[1]) / 2 - dx * BEND)
    gap = (RADIUS + 4) / length
    x1, y1 = start[0] + (bow[0] - start[0]) * 2 * gap, start[1] + (bow[1] - start[1]) * 2 * gap
    x2, y2 = end[0] + (bow[0] - end[0]) * 2 * gap, end[1] + (bow[1] - end[1]) * 2 * gap
    return f"M{x1:.1f} {y1:.1f}Q{bow[0]:.1f} {bow[1]:.1f} {x2:.1f} {y2:.1f}"
