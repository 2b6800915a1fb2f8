"""The circle's panel on the first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from twincity.engines.circle import facade, queries, tables
from twincity.kernel.ui import parts
from twincity.kernel.ui.panels import panel


@panel(order=4)
def state(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """The charter and the count of members for everyone; who they are and how they stand for those signed in."""
    if not facade.is_open():
        return None
    view = queries.overview()
    facts = [
        (
            _("Charter"),
            _("%(name)s, version %(version)s") % {"name": view.charter.circle, "version": view.charter.version},
        ),
        (_("Members"), len(view.members)),
        (_("Fingerprint (SHA-256)"), parts.ident(view.digest)),
    ]
    known = request.user.is_authenticated
    context = {"facts": facts, "tally": tables.tally(view) if known else [], "more": reverse("circle") if known else ""}
    return "circle/panel.html", context | {"forked": any(row.log.forked for row in view.members)}
