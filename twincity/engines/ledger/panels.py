"""The ledger's panel on the first page: what it shows is public, as are the checkpoints themselves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from twincity.engines.ledger import queries, services, tables
from twincity.kernel.ui import parts
from twincity.kernel.ui.panels import panel


@panel(order=6)
def checkpoints(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Size of both logs, and the witnesses' last word."""
    try:
        logs = services.ledger().logs
    except RuntimeError:  # this process does not serve the node
        return None
    views = [queries.overview(name, log) for name, log in logs.items()]
    vouched = [each for view in views if view.witnessed for each in view.witnessed.vouched]
    facts: list[tuple[str, Any]] = [
        (tables.log_title(view.name), format_html("<span>{} {}</span>", view.size, parts.pill(*tables.standing(view))))
        for view in views
    ]
    if vouched:
        facts.append((_("Cosigned last"), parts.instant(max(each.at for each in vouched) * 1000)))
        facts.append((_("Witnesses"), ", ".join(sorted({each.member for each in vouched}))))
    more = reverse("ledger") if request.user.is_authenticated else ""
    return "ledger/panel.html", {"facts": facts, "more": more}
