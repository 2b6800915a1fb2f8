"""A quality report as facts and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue.documents import QualitySummary
from twincity.engines.catalogue.models import QualityRun
from twincity.engines.catalogue.rules import Outcome
from twincity.engines.catalogue.tables.labels import QUALITIES, VERDICTS, local, percent, source
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

SHOWN = 3
"""First failures shown of each rule."""


def scores_table(scores: Mapping[Any, int | None]) -> Table:
    """A score for each kind of quality."""
    columns = [
        Column(_("Kind of quality"), lambda pair: QUALITIES[pair[0]]),
        Column(_("Score"), lambda pair: percent(pair[1]), "number"),
    ]
    rows = [(kind, scores.get(kind)) for kind in QUALITIES]
    return Table(columns, rows, caption=_("Scores by kind of quality"))


def run_facts(run: QualityRun) -> list[tuple[Any, Any]]:
    """When a run was made, over how much, and what came of it."""
    return [
        (_("Verdict"), parts.pill(*VERDICTS[run.verdict])),
        (_("Checked against"), f"{run.standard} {run.version}"),
        (_("Rows"), f"{run.rows:,}"),
        (_("Started"), parts.instant(run.started)),
        (_("Took"), _("%(seconds)s s") % {"seconds": f"{(run.ended - run.started).total_seconds():.2f}"}),
    ]


def summary_facts(summary: QualitySummary) -> list[tuple[Any, Any]]:
    """What another member says of its own data."""
    return [(_("Verdict"), parts.pill(*VERDICTS[summary.verdict])), (_("Checked by"), _("its publisher"))]


def failures_table(run: QualityRun) -> Table:
    """The rules that some row broke, those that did not reach their threshold first."""
    outcomes = [each for each in msgspec.convert(run.outcomes, tuple[Outcome, ...]) if each.failed]
    outcomes.sort(key=lambda each: (each.passed, each.score or 0))
    columns = [
        Column(_("Rule"), lambda each: local(each.title)),
        Column(_("Kind of quality"), lambda each: QUALITIES[each.kind]),
        Column(_("Broken by"), lambda each: f"{each.failed:,} / {each.checked:,}", "number"),
        Column(_("Kept by"), _score),
        Column(_("First rows"), _first),
        Column(_("Source"), lambda each: source(each.source)),
    ]
    return Table(columns, outcomes, empty=_("No row breaks a rule"), caption=_("Rules that rows break"))


def _score(outcome: Outcome) -> SafeString:
    tone = "good" if outcome.passed else "warn"
    wanted = _("at least %(share)s") % {"share": percent(outcome.threshold)}
    return format_html("<span>{} <small>{}</small></span>", parts.pill(percent(outcome.score), tone), wanted)


def _first(outcome: Outcome) -> SafeString:
    shown = ((each.row, each.key, each.value) for each in outcome.failures[:SHOWN])
    return format_html("<span>{}</span>", format_html_join(", ", "{} <code>{}</code> {}", shown))
