"""The exchange's panels on the first page: for those who may see exchanges, and for citizens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, tables
from twincity.engines.identity.facade import citizen
from twincity.kernel import clock
from twincity.kernel.ui.panels import panel

SHOWN = 5
WARNED = 30 * 86_400
"""Seconds before its end in which an agreement is spoken of."""


@panel(order=2)
def recent(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """The latest exchanges, and how many requests wait for a decision here."""
    if not circle.is_open() or not tables.may_see(request.user):
        return None
    waiting = queries.agreements(state="requested").filter(provider=circle.member_id()).count()
    table = tables.recent_table(queries.listed()[:SHOWN], _("No exchanges yet"))
    ending = queries.ending(WARNED).count()
    return "exchange/panel.html", {"table": table, "waiting": waiting, "ending": ending}


@panel(order=1)
def mine(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """A citizen's consents and what waits for a decision."""
    person = citizen(account=request.user)
    if not person:
        return None
    standing = queries.consents_of(person).filter(state="given", not_after__gt=clock.now()).count()
    return "exchange/mine/panel.html", {"waiting": queries.asks_of(person).count(), "standing": standing}
