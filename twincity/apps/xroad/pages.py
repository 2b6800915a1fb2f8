"""The page: names under which other protocols know this node and its systems, and who may bring calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from twincity.apps.xroad import queries, tables
from twincity.engines.exchange import facade as exchange
from twincity.engines.identity.facade import Role, role_required


@require_safe
@role_required(Role.OPERATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Given names, Security Servers, and all clients."""
    context = {
        "names": tables.names_table(exchange.given_names()),
        "servers": tables.servers_table(queries.security_servers()),
        "clients": tables.clients_table(queries.clients()[: tables.MOST]),
    }
    return render(request, "xroad/index.html", context)
