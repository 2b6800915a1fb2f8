"""Why a call is or is not allowed: every condition of every grant that was tried."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.exchange import rules
from twincity.engines.exchange.rules import GrantIndex, Request, Step
from twincity.engines.exchange.tables.words import moment, tick
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

ALWAYS = 2**53 - 1
"""End of a grant that has none."""


def steps_table(index: GrantIndex, request: Request, consent: list[Step]) -> Table:
    """The conditions in the order they were tried, up to the first miss of each grant; then what consent says."""
    agreements = {grant.id: grant for grant in index.candidates(request)}
    columns = [
        Column(_("Condition"), _condition),
        Column(_("Result"), lambda step: tick(holds=step.holds)),
        Column(_("Explanation"), lambda step: _explained(step, agreements.get(step.grant), request)),
        Column(_("Grant"), lambda step: _grant(step, agreements.get(step.grant))),
    ]
    return Table(
        columns, [*rules.explain(index, request), *consent], caption=_("Conditions of the grants that were tried")
    )


def _condition(step: Step) -> str:
    return {
        "subject": _("Granted to"),
        "method": _("Kind of call"),
        "path": _("Path"),
        "purpose": _("Purpose"),
        "validity": _("Validity"),
        "effect": _("Effect"),
        "consent": _("Consent"),
    }[step.condition]


def _explained(step: Step, grant: rules.Grant | None, request: Request) -> Any:
    if step.condition != "validity" or grant is None:
        return step.en if (get_language() or "").startswith("en") else step.zh
    start = moment(grant.not_before) if grant.not_before else _("from the beginning")
    end = moment(grant.not_after) if grant.not_after < ALWAYS else _("without end")
    return format_html("<span>{} – {} ({} {})</span>", start, end, _("called"), moment(request.now))


def _grant(step: Step, grant: rules.Grant | None) -> SafeString | str:
    if step.condition != "subject":
        return ""  # once for each grant is enough
    if grant and grant.agreement:
        return parts.link(reverse("exchanges-agreement", args=[grant.agreement]), _("Agreement"))
    return parts.ident(step.grant) if step.grant else ""
