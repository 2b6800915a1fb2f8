"""What the kit's page shows: made up, always the same, of the size and shape that real pages have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.kernel.ui import charts, maps, parts
from twincity.kernel.ui.charts import Series
from twincity.kernel.ui.parts import Tone
from twincity.kernel.ui.tables import Column, Table
from twincity.kernel.ui.timelines import Event

START = datetime(2026, 9, 1, 1, 30, tzinfo=UTC)
PEERS = (
    ("邻水县", "Linshui"),
    ("垫江县", "Dianjiang"),
    ("广安区", "Guang'an"),
    ("梁平区", "Liangping"),
    ("长寿区", "Changshou"),
)
SERVICES = ("permits.search", "transit.card", "hospital.referral", "weather.warning")
OUTCOMES: tuple[Tone, ...] = ("good", "good", "good", "warn", "good", "bad", "good")


@dataclass(frozen=True)
class Call:
    """One row of the sample listing."""

    number: int
    service: str
    peer: str
    at: datetime
    ms: float
    tone: Tone

    @property
    def message(self) -> str:
        """A message id of the usual length."""
        return sha256(str(self.number).encode()).hexdigest()


def local(zh: str, en: str) -> str:
    """A name in the page's language."""
    return en if (get_language() or "").startswith("en") else zh


def calls(count: int = 137) -> list[Call]:
    """Calls over some weeks."""
    return [
        Call(
            number=number,
            service=SERVICES[number % len(SERVICES)],
            peer=local(*PEERS[number * 7 % len(PEERS)]),
            at=START + timedelta(minutes=331 * number),
            ms=round(3.4 + number * 37 % 101 / 7, 1),
            tone=OUTCOMES[number % len(OUTCOMES)],
        )
        for number in range(count)
    ]


def ordered(rows: Sequence[Call], order: Sequence[str]) -> list[Call]:
    """Rows in the order that ``order_by`` would give them."""
    found = list(rows)
    for key in reversed(order):
        found.sort(key=attrgetter(key.removeprefix("-")), reverse=key.startswith("-"))
    return found


def calls_table(rows: Any, request: HttpRequest) -> Table:
    """A listing in pages: ordered by the server, with a file of all rows."""
    columns = [
        Column(_("Service"), lambda row: parts.link(f"#call-{row.number}", row.service), sort="service"),
        Column(_("Partner"), "peer", sort="peer"),
        Column(_("Outcome"), _outcome),
        Column(_("Time"), "at", sort="at"),
        Column(_("Took (ms)"), "ms", "number", sort="ms"),
        Column(_("Message"), "message", "id", aside=True),
    ]
    return Table(columns, rows, caption=_("Calls"), name="kit-calls", request=request, export=True)


def partners_table() -> Table:
    """A whole listing: ordered and searched by the browser."""
    rows = [
        (*local_pair(pair), 120 + 37 * place % 90, OUTCOMES[place % len(OUTCOMES)])
        for place, pair in enumerate(COUNTIES)
    ]
    columns = [
        Column(_("District or county"), lambda row: parts.link(f"#{row[1]}", row[0])),
        Column(_("Code"), lambda row: row[1]),
        Column(_("Calls"), lambda row: row[2], "number"),
        Column(_("State"), lambda row: parts.pill(states()[row[3]], row[3])),
    ]
    return Table(columns, rows, caption=_("Districts and counties"), name="kit-counties")


COUNTIES = (
    ("邻水县", "Linshui", "511623"),
    ("垫江县", "Dianjiang", "500231"),
    ("广安区", "Guang'an", "511602"),
    ("梁平区", "Liangping", "500155"),
    ("长寿区", "Changshou", "500115"),
    ("大竹县", "Dazhu", "511724"),
    ("开江县", "Kaijiang", "511723"),
    ("渝北区", "Yubei", "500112"),
    ("达川区", "Dachuan", "511703"),
)


def local_pair(county: tuple[str, str, str]) -> tuple[str, str]:
    """Name and code of a county."""
    zh, en, code = county
    return local(zh, en), code


def _outcome(row: Call) -> Any:
    return parts.pill(states()[row.tone], row.tone)


def states() -> dict[str, str]:
    """What became of a call, by tone."""
    return {"good": _("Answered"), "warn": _("Late"), "bad": _("Refused")}


def timeline() -> list[Event]:
    """An agreement from its request to its end."""
    return [
        Event(
            START, _("Asked for"), "info", local("垫江县请求邻水县的停车场数据", "Dianjiang asks Linshui for car parks")
        ),
        Event(START + timedelta(hours=5), _("Sent back"), "warn", _("Say for which purpose")),
        Event(START + timedelta(days=1), _("Asked for again"), "info", href="#again"),
        Event(START + timedelta(days=2, hours=3), _("Approved"), "good", _("Signed by both sides")),
        Event(None, _("Runs out"), "quiet", local("2027 年 9 月", "September 2027")),
    ]


def figures() -> list[charts.Figure]:
    """One chart of each kind."""
    months = [f"2026-{month:02}" for month in range(1, 10)]
    here, there = local("重庆", "Chongqing"), local("四川", "Sichuan")
    counts = [
        Series(here, [310, 342, 388, 401, None, 476, 512, 530, 561]),
        Series(there, [280, 301, 295, 360, 402, 431, 470, 455, 498]),
    ]
    names = [local(*pair) for pair in PEERS]
    outcomes = [Series(_("Answered"), [84, 121, 66, 93, 45]), Series(_("Refused"), [3, 8, 1, 12, 2])]
    return [
        charts.Line(_("Calls by month"), months, counts, unit=_("thousand"), axis=_("Month"), note=_("Sample data")),
        charts.Bar(
            _("Calls by partner"),
            names,
            outcomes,
            unit=_("thousand"),
            axis=_("District or county"),
            stacked=True,
            lying=True,
        ),
        charts.Share(
            _("Calls by service"), SERVICES, [Series(_("Calls"), [41, 27, 18, 14])], unit="%", axis=_("Service")
        ),
    ]


def layer() -> maps.Layer:
    """The country on both sides of Mingyue mountain, much simplified."""
    places: tuple[tuple[str, str, tuple[float, float], Tone], ...] = (
        ("邻水县", "Linshui", (106.93, 30.33), "good"),
        ("垫江县", "Dianjiang", (107.33, 30.33), "good"),
        ("广安区", "Guang'an", (106.64, 30.47), "warn"),
        ("梁平区", "Liangping", (107.80, 30.67), "good"),
        ("长寿区", "Changshou", (107.08, 29.86), "bad"),
        ("大竹县", "Dazhu", (107.20, 30.74), "good"),
    )
    points = [maps.Point(local(zh, en), at, tone=tone, note=states()[tone], href="#map") for zh, en, at, tone in places]
    river = ((106.47, 30.62), (106.64, 30.45), (106.58, 30.22), (106.33, 30.02), (106.52, 29.72), (106.58, 29.57))
    yangtze = ((106.58, 29.57), (106.80, 29.62), (107.00, 29.76), (107.25, 29.78), (107.39, 29.71), (107.72, 29.88))
    ring = ((106.78, 30.02), (107.02, 30.02), (107.02, 30.18), (106.78, 30.18), (106.78, 30.02))
    ways = [
        maps.Line(local("渠江、嘉陵江", "Qu and Jialing"), river),
        maps.Line(local("长江", "Yangtze"), yangtze),
        maps.Area(local("高竹新区", "Gaozhu New Area"), [ring], tone="warn"),
    ]
    return maps.Layer(_("Nodes and rivers"), [*points, *ways], attribution=_("Sample data, places simplified"))
