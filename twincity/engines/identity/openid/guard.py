"""Middleware around allauth's authorization page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from twincity.kernel.problems import BAD_REQUEST, NOT_FOUND, Problem
from twincity.kernel.ui.problems import answer

AUTHORIZATION = "idp:oidc:authorization"
CLOSED = {"idp:oidc:device_code", "idp:oidc:device_authorization"}
"""Flows that are not offered."""


class AuthorizationGuard:
    """Asks every client for PKCE (RFC 9700 section 2.1.1), and lets the page's form lead to that client alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        name = _name(request)
        if name in CLOSED:
            return answer(request, Problem(NOT_FOUND, what=request.path))
        asks = name == AUTHORIZATION and request.method == "GET"
        if asks and not (request.GET.get("code_challenge") and request.GET.get("code_challenge_method") == "S256"):
            return answer(request, Problem(BAD_REQUEST, field="code_challenge", reason="PKCE with S256 is required"))
        return None

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        client = (response.context_data or {}).get("client") if _name(request) == AUTHORIZATION else None
        if client is not None:
            # Browsers hold the redirect after a form to the page's form-action.
            parts = [urlsplit(uri) for uri in client.get_redirect_uris()]
            origins = sorted({f"{each.scheme}://{each.netloc}" for each in parts})
            response._csp_update = {"form-action": origins}  # noqa: SLF001  what csp_update() sets
        return response


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
