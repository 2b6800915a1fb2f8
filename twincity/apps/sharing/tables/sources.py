"""Parts of the pages of registered sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.apps.sharing.models import Source, SourceVersion
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.sources import LICENCES
from twincity.apps.sharing.tables.words import ORIGINS, QUALITIES, RHYTHMS, TYPES, VERDICTS
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.charts import Line, Series
from twincity.kernel.ui.tables import Column, Table


def sources_table(found: Iterable[Source], **tools: Any) -> Table:
    """All sources, each leading to its page."""
    columns = [
        Column(_("Data source"), lambda each: parts.link(_page(each), title(each))),
        Column(_("Kind"), lambda each: each.get_kind_display()),
        Column(_("Version"), lambda each: getattr(queries.newest(each), "number", None), "number"),
        Column(_("Rows"), _rows, "number"),
        Column(_("Delivered"), lambda each: parts.instant(getattr(queries.newest(each), "at", None), "minute")),
        Column(_("State"), state),
    ]
    return Table(columns, found, empty=_("Nothing is registered yet"), caption=_("Registered sources"), **tools)


def title(source: Source) -> str:
    """The title in the language of the page."""
    return _local(msgspec.convert(source.title, LocalText))


def state(source: Source) -> SafeString:
    """Whether a source is published, and late."""
    shown = parts.pill(_("In the catalogue"), "good") if source.published else parts.pill(_("Not published yet"))
    days = queries.days_late(source)
    if not days:
        return shown
    late = parts.pill(_("%(days)s days overdue") % {"days": days}, "bad")
    return format_html("<span>{} {}</span>", shown, late)


def facts(source: Source) -> list[tuple[Any, Any]]:
    """What there is to know of a source."""
    licence = LICENCES.get(source.licence)
    described = msgspec.convert(source.description, LocalText)
    return [
        (_("Name in calls"), format_html("<code>{}</code>", source.name)),
        (_("Description"), _local(described)),
        (_("Kind"), source.get_kind_display()),
        (_("Standard"), entry(source.standard)),
        (_("Licence"), _local(licence.title) if licence else source.licence),
        (_("Brought up to date"), RHYTHMS[source.rhythm]),
        (_("Territory code"), source.division),
        (_("Responsible department"), source.department),
        (_("State"), state(source)),
    ]


def versions_table(found: Iterable[SourceVersion]) -> Table:
    """Every delivery."""
    columns = [
        Column(_("Version"), "number", "number"),
        Column(_("Delivered"), lambda each: parts.instant(each.at)),
        Column(_("Rows"), lambda each: f"{each.rows:,}", "number"),
        Column(_("Bytes"), lambda each: f"{each.size:,}", "number"),
        Column(_("SHA-256 of what was delivered"), "origin_digest", "id"),
        Column(_("Fingerprint of the table (SHA-256)"), "fingerprint", "id"),
    ]
    return Table(columns, found, caption=_("Versions"))


def columns_table(seen: Iterable[catalogue.Seen], mapping: dict[str, str]) -> Table:
    """What was found in each column, and the field that it holds."""
    fields = {column: field for field, column in mapping.items()}
    columns = [
        Column(_("Column"), "name"),
        Column(_("Field of the standard"), lambda each: _code(fields.get(each.name, ""))),
        Column(_("Looks like"), lambda each: TYPES[each.type]),
        Column(_("Filled"), lambda each: f"{each.filled:,}", "number"),
        Column(_("Distinct, about"), lambda each: f"{each.distinct:,}", "number"),
        Column(_("Longest"), "longest", "number"),
    ]
    return Table(columns, seen, caption=_("Columns"))


def rows_table(named: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Table:
    """Rows as they came."""
    columns = [Column(name, _cell(at)) for at, name in enumerate(named)]
    return Table(columns, rows, empty=_("There are no rows"), caption=_("First rows"))


def lineage_table(origins: Iterable[catalogue.Origin], source: Source, version: SourceVersion) -> Table:
    """From what was delivered to what was made of it, in this order."""
    derived = [each for each in queries.sources() if any(_names(uri, source) for uri in each.made_from)]
    steps = [
        *((each.kind, entry(each.reference), each.sha256) for each in origins),
        ("version", f"{source.name} {version.number}", version.fingerprint),
        *(("derived", parts.link(_page(each), title(each)), "") for each in derived),
    ]
    columns = [
        Column(_("Step"), lambda step: ORIGINS[step[0]]),
        Column(_("What"), lambda step: step[1]),
        Column("SHA-256", lambda step: step[2], "id"),
    ]
    return Table(columns, steps, caption=_("Lineage"))


def runs_table(found: Iterable[catalogue.RunRecord]) -> Table:
    """Quality over time: one run a line, the latest first."""
    columns = [
        Column(_("Checked"), _run_link),
        Column(_("Verdict"), lambda run: parts.pill(*VERDICTS[run.verdict])),
        Column(_("Rows"), lambda run: f"{run.rows:,}", "number"),
        Column(_("Seconds"), lambda run: f"{(run.ended - run.started).total_seconds():.1f}", "number"),
        *(Column(label, _score(kind), "number") for kind, label in _kinds()),
    ]
    return Table(columns, found, empty=_("Not checked yet"), caption=_("Quality over time"))


def runs_chart(found: Iterable[catalogue.RunRecord]) -> Line | None:
    """Scores by kind of quality, per cent, the earliest run first; None before a second run makes it a development."""
    runs = list(found)[::-1]
    series = [Series(label, [_per_cent(run, kind) for run in runs]) for kind, label in _kinds()]
    measured = [each for each in series if any(value is not None for value in each.values)]
    labels = [localtime(run.started).strftime("%m-%d %H:%M") for run in runs]
    return Line(_("Quality over time"), labels, measured, unit="%", axis=_("Checked")) if len(runs) > 1 else None


def outcomes_table(run: catalogue.RunRecord) -> Table:
    """What every rule came to, those first that did not pass."""
    columns = [
        Column(_("Rule"), lambda each: _local(each.title)),
        Column(_("Kind of quality"), lambda each: QUALITIES[each.kind]),
        Column(_("Rows checked"), lambda each: f"{each.checked:,}", "number"),
        Column(_("Broken by"), lambda each: f"{each.failed:,}", "number"),
        Column(_("Kept by"), lambda each: parts.pill(percent(each.score), "good" if each.passed else "warn")),
    ]
    ordered = sorted(run.outcomes, key=lambda each: (each.passed, -each.failed))
    return Table(columns, ordered, caption=_("Rules"))


def failures(run: catalogue.RunRecord) -> list[tuple[str, int, str, str, str]]:
    """Rule, row, key, field and value of each failing row that is kept; values of high grades are hidden."""
    return [
        (each.rule, failure.row, failure.key, failure.field, failure.value)
        for each in run.outcomes
        for failure in each.failures
    ]


def failures_table(rows: Iterable[tuple[str, int, str, str, str]]) -> Table:
    """The failing rows."""
    names = (_("Rule"), _("Row"), _("Key of the row"), _("Field"), _("Value"))
    columns = [Column(name, itemgetter(at)) for at, name in enumerate(names)]
    return Table(columns, rows, empty=_("No row breaks a rule"), caption=_("Rows that break a rule"))


def percent(score: int | None) -> str:
    """A share in per mille as a percentage."""
    return "—" if score is None else f"{score // 10}.{score % 10}%"


def _cell(at: int) -> Callable[[Sequence[str | None]], str]:
    return lambda row: (row[at] or "")[:80]


def _score(kind: catalogue.Quality) -> Callable[[catalogue.RunRecord], str]:
    return lambda run: percent(run.scores.get(kind))


def _per_cent(run: catalogue.RunRecord, kind: catalogue.Quality) -> float | None:
    score = run.scores.get(kind)
    return None if score is None else score / 10


def _kinds() -> list[tuple[catalogue.Quality, Any]]:
    return [(catalogue.Quality(kind), label) for kind, label in QUALITIES.items()]


def _run_link(run: catalogue.RunRecord) -> SafeString:
    return parts.link(
        reverse("sharing:source-quality", args=[run.dataset, run.id]), parts.instant(run.started, "minute")
    )


def _rows(source: Source) -> str | None:
    version = queries.newest(source)
    return f"{version.rows:,}" if version else None


def _page(source: Source) -> str:
    return reverse("sharing:source", args=[source.name])


def _local(text: LocalText) -> str:
    return text.in_language(get_language() or "")


def _code(text: str) -> SafeString | str:
    return format_html("<code>{}</code>", text) if text else ""


def entry(identifier: str) -> SafeString | str:
    """A link to the catalogue's page of an identifier URI; other words as they are."""
    _scheme, double, rest = identifier.partition("https://")
    places = rest.split("/")
    if not double or len(places) != 4:
        return identifier
    return parts.link(reverse("catalogue-entry", args=places), f"{places[2]} {places[3]}")


def _names(identifier: str, source: Source) -> bool:
    return f"/dataset/{source.name}/" in identifier
