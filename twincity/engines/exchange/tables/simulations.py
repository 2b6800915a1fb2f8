"""What a simulation has found."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from twincity.engines.exchange.services.simulating import Side
from twincity.engines.exchange.tables.words import title
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

EXAMPLES = 20


def side_table(side: Side, kind: str) -> dict[str, Any]:
    """Calls that would newly be ``allowed`` or ``refused``: by member and service, and the first as links."""
    rows = [{"member": member, "service": service, "calls": n} for (member, service), n in side.counts.most_common(200)]
    columns = [
        Column(_("Member"), lambda row: title(row["member"])),
        Column(_("Service"), lambda row: parts.link(_listed(row), row["service"])),
        Column(_("Calls"), "calls", "number"),
    ]
    heading = _("Newly allowed") if kind == "allowed" else _("Newly refused")
    links = ((parts.link(reverse("exchanges-one", args=[each]), each[:13]),) for each in side.examples[:EXAMPLES])
    return {
        "heading": heading,
        "count": sum(side.counts.values()),
        "table": Table(columns, rows, empty=_("None"), caption=heading),
        "examples": format_html_join(" ", "{}", links),
    }


def _listed(row: dict[str, Any]) -> str:
    return reverse("exchanges") + "?" + urlencode({"peer": row["member"], "service": row["service"]})
