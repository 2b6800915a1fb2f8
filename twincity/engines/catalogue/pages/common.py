"""What several pages of stewards share."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from twincity.engines.identity import facade as identity
from twincity.engines.identity.facade import Role
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem

STEWARD = Role.STEWARD


def is_steward(request: HttpRequest) -> bool:
    """Whether who asks may write here."""
    return identity.has_role(account=request.user, role=STEWARD)


def author(request: HttpRequest) -> str:
    """Sign-in name of who asks."""
    return str(request.user.get_username())


def no_parameters(request: HttpRequest) -> None:
    """Refuse parameters in the address.

    Raises:
        Problem: ``unknown-parameter``.
    """
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)


def csv_file(data: bytes, name: str) -> HttpResponse:
    """An answer that a browser saves."""
    return _saved(HttpResponse(data, content_type="text/csv; charset=utf-8"), name)


def json_file(value: Any, name: str) -> HttpResponse:
    """An answer that a browser saves."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _saved(HttpResponse(text, content_type="application/json"), name)


def _saved(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
