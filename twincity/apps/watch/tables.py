"""Tables and words of the pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.apps.watch.models import Alert, Export
from twincity.engines.circle import facade as circle
from twincity.engines.exchange.facade import Moment, Traffic
from twincity.kernel.ui import parts
from twincity.kernel.ui.charts import Line, Series
from twincity.kernel.ui.tables import Column, Table


def traffic_table(rows: Iterable[Traffic]) -> Table:
    """Traffic by partner and side; a partner leads to its exchanges."""
    columns = [
        Column(_("Partner"), _partner),
        Column(_("Direction"), lambda row: _("called us") if row.side == "provider" else _("we called")),
        Column(_("Calls"), "calls", "number"),
        Column(_("Answered"), lambda row: _share(row, row.ok), "number"),
        Column(_("Refused"), lambda row: _share(row, row.refused), "number"),
        Column(_("No answer"), lambda row: _share(row, row.silent), "number"),
        Column(_("Median (ms)"), lambda row: f"{row.median:.1f}", "number"),
        Column(_("95% (ms)"), lambda row: f"{row.p95:.1f}", "number"),
        Column(_("Last"), lambda row: parts.instant(row.last)),
    ]
    return Table(
        columns, rows, empty=_("No exchanges in this time"), caption=_("Traffic by partner"), name="watch-traffic"
    )


def moments_chart(rows: Iterable[Moment], span: str) -> Line | None:
    """Traffic in steps of time; None where there was none."""
    moments = list(rows)
    form = "%H:%M" if span == "hour" else "%m-%d %H:%M"
    series = [
        Series(_("Answered"), [each.ok for each in moments]),
        Series(_("Refused"), [each.refused for each in moments]),
        Series(_("No answer"), [each.silent for each in moments]),
    ]
    labels = [localtime(each.at).strftime(form) for each in moments]
    return Line(_("Traffic over time"), labels, series, axis=_("Time")) if moments else None


def alerts_table(rows: Iterable[Alert]) -> Table:
    """Alerts, each leading to its page."""
    columns = [
        Column(_("Alert"), lambda row: parts.link(reverse("watch:alert", args=[row.pk]), kind(row))),
        Column(_("Concerns"), lambda row: member(row.subject)),
        Column(_("Measured"), lambda row: words(row.text)),
        Column(_("Since"), "opened_at"),
        Column(_("State"), state),
    ]
    return Table(columns, rows, empty=_("Nothing is beyond its limit"), caption=_("Alerts"), name="watch-alerts")


def exports_table(rows: Iterable[Export]) -> Table:
    """Exports of evidence, each leading to its page."""
    columns = [
        Column(_("Scope"), lambda row: parts.link(reverse("watch:export", args=[row.pk]), scope(row))),
        Column(_("Reason"), "reason"),
        Column(_("State"), export_state),
        Column(_("Exchanges"), lambda row: f"{row.done} / {row.total}", "number"),
        Column(_("Asked for by"), "asked_by"),
        Column(_("Time"), "asked_at"),
    ]
    return Table(
        columns, rows, empty=_("No evidence was exported yet"), caption=_("Exports of evidence"), name="watch-exports"
    )


def alert_facts(alert: Alert) -> list[tuple[Any, Any]]:
    """One alert in full."""
    return [
        (_("State"), state(alert)),
        (_("Concerns"), member(alert.subject)),
        (_("Measured"), words(alert.text)),
        (_("Since"), alert.opened_at),
        (_("Held last"), alert.seen_at),
        (_("Over since"), alert.closed_at),
        (_("Taken by"), alert.taken_by),
        (_("Taken at"), alert.taken_at),
        (_("Note"), alert.note),
    ]


def export_facts(export: Export) -> list[tuple[Any, Any]]:
    """One export in full."""
    return [
        (_("State"), export_state(export)),
        (_("Scope"), scope(export)),
        (_("Reason"), export.reason),
        (_("Asked for by"), export.asked_by),
        (_("Time"), export.asked_at),
        (_("Collected"), f"{export.done} / {export.total}"),
        (_("Without the other side"), export.partial or None),
        (_("Size of the file"), _("%(n)s bytes") % {"n": export.size} if export.size else None),
        ("SHA-256", parts.ident(export.sha256) if export.sha256 else None),
        (_("Why it failed"), export.error),
    ]


def kind(alert: Alert) -> str:
    """What an alert is about."""
    names = {
        "partner-silent": _("A partner does not answer"),
        "refusals-provider": _("Many calls of a partner are refused"),
        "refusals-consumer": _("A partner refuses many calls"),
        "slow-provider": _("Calls of a partner take long here"),
        "slow-consumer": _("A partner answers slowly"),
        "log-failed": _("A ledger has stopped"),
        "job-failed": _("A background job fails"),
        "directory-stale": _("The directory is stale"),
        "disk-low": _("The disk is nearly full"),
    }
    return names.get(alert.kind, alert.kind)


def state(alert: Alert) -> Any:
    """Whether an alert holds, and whether somebody looks into it."""
    if alert.closed_at:
        return parts.pill(_("Resolved"), "good")
    if alert.taken_by:
        return parts.pill(_("Taken by %(name)s") % {"name": alert.taken_by}, "busy")
    return parts.pill(_("Open"), alert.severity)


def export_state(export: Export) -> Any:
    """State of an export."""
    tones = {"waiting": "quiet", "running": "busy", "ready": "good", "failed": "bad"}
    return parts.pill(export.get_state_display(), tones.get(export.state, "quiet"))


def scope(export: Export) -> str:
    """What an export covers, in words."""
    names = {
        "case": _("case"), "peer": _("partner"), "service": _("service"), "subject": _("person"),
        "since": _("from"), "until": _("before"),
    }  # fmt: skip
    return " · ".join(f"{names[name]} {_shown(value)}" for name, value in export.scope.items() if value)


def member(name: str) -> Any:
    """Title of a member, or the name of whatever else it is."""
    known = circle.directory().members.get(name) if circle.is_open() else None
    return known.node.title.in_language(get_language() or "") if known else name or None


def words(text: dict[str, str]) -> str:
    """A text kept in both languages, in the page's."""
    return text["en" if (get_language() or "").startswith("en") else "zh-Hans"]


def _partner(row: Traffic) -> Any:
    return parts.link(f"{reverse('exchanges')}?peer={row.peer}", member(row.peer))


def _share(row: Traffic, part: int) -> str:
    return f"{part} ({part * 100 / row.calls:.0f}%)" if part else "0"


def _shown(value: str) -> str:
    return value[:10] if value[4:5] == "-" and value[10:11] == "T" else value
