"""The panel of the first page, which leads an operator to the names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from twincity.apps.xroad import queries
from twincity.engines.exchange import facade as exchange
from twincity.engines.identity.facade import Role, has_role
from twincity.kernel.ui.panels import panel


@panel(order=80)
def names(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """How many names and Security Servers there are, for operators."""
    if not has_role(account=request.user, role=Role.OPERATOR):
        return None
    return "xroad/panel.html", {"names": len(exchange.given_names()), "servers": len(queries.security_servers())}
