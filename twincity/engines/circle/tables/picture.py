"""The picture of the circle: its members on a ring, lines to those who admitted them, arcs from their witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import NamedTuple

from django.utils.translation import gettext as _

from twincity.engines.circle.queries import CircleView, MemberView
from twincity.engines.circle.tables.members import address, title
from twincity.engines.circle.tables.words import local, state_words

WIDTH = 520
SIDE, TOP = 130, 52
"""Room for labels at the sides, and above and below, in units of the picture."""
RADIUS = 11
BEND = 0.22
"""How far a witness's arc bows towards the middle, as a part of its length."""
MOST = 40
"""Members beyond which labels would cover each other; then there is no picture, the table says it all."""


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spot:
    """One member; its label stands outside the ring: ``side`` is start, middle or end, ``drop`` moves it down."""

    x: str
    y: str
    side: str
    shift: int
    drop: int
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
    """Spots and lines, the ring they stand on, and the box around all."""

    spots: list[Spot]
    lines: list[Line]
    box: str
    centre: Point
    radii: Point


def draw(view: CircleView) -> Picture | None:
    """The picture, or None for a circle too large to draw."""
    count = len(view.members)
    if count > MOST:
        return None
    height = 300 + 14 * max(0, count - 8)
    centre, radii = Point(WIDTH / 2, height / 2), Point(WIDTH / 2 - SIDE, height / 2 - TOP)
    angles = {row.member.id: pi - 2 * pi * place / count for place, row in enumerate(view.members)}
    places = {
        name: Point(centre.x + radii.x * cos(angle), centre.y - radii.y * sin(angle)) for name, angle in angles.items()
    }
    spots = [_spot(row, places[row.member.id], angles[row.member.id]) for row in view.members]
    lines = [*_issues(view, places), *_witnesses(view, places)]
    return Picture(spots, lines, f"0 0 {WIDTH} {height}", centre, radii)


def _spot(row: MemberView, at: Point, angle: float) -> Spot:
    state, tone = state_words(row)
    across = cos(angle)
    side = "middle" if abs(across) < 0.4 else "start" if across > 0 else "end"
    shift = {"middle": 0, "start": 22, "end": -22}[side]
    drop = {"middle": -36 if sin(angle) > 0 else 33}.get(side, -1)
    return Spot(
        x=f"{at.x:.1f}",
        y=f"{at.y:.1f}",
        side=side,
        shift=shift,
        drop=drop,
        title=local(row.member.node.title),
        state=state,
        tone=tone,
        anchor=row.anchor,
        own=row.own,
        href=address(row.member.id),
    )


def _issues(view: CircleView, places: dict[str, Point]) -> Iterator[Line]:
    for row in view.members:
        issuer, name = row.member.issuer, row.member.id
        if issuer in places:
            path = "M{0.x:.1f} {0.y:.1f}L{1.x:.1f} {1.y:.1f}".format(places[issuer], places[name])
            said = {"issuer": title(view, issuer), "member": title(view, name)}
            yield Line(path, "admits", _("%(issuer)s admitted %(member)s") % said)


def _witnesses(view: CircleView, places: dict[str, Point]) -> Iterator[Line]:
    """Arcs across the border, towards the anchors' logs and this node's own; all of them would be a tangle."""
    jurisdictions = {row.member.id: row.member.node.jurisdiction for row in view.members}
    for row in view.members:
        name = row.member.id
        for witness in row.log.witnesses if row.anchor or row.own else ():
            if jurisdictions.get(witness, jurisdictions[name]) != jurisdictions[name]:
                said = {"witness": title(view, witness), "member": title(view, name)}
                path = _arc(places[witness], places[name])
                yield Line(path, "witness", _("%(witness)s witnesses the log of %(member)s") % said)


def _arc(start: Point, end: Point) -> str:
    """A bowed line that stops short of both spots."""
    dx, dy = end.x - start.x, end.y - start.y
    bow = Point((start.x + end.x) / 2 + dy * BEND, (start.y + end.y) / 2 - dx * BEND)
    first, last = _towards(start, bow), _towards(end, bow)
    return f"M{first.x:.1f} {first.y:.1f}Q{bow.x:.1f} {bow.y:.1f} {last.x:.1f} {last.y:.1f}"


def _towards(start: Point, end: Point) -> Point:
    part = (RADIUS + 6) / (hypot(end.x - start.x, end.y - start.y) or 1.0)
    return Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
