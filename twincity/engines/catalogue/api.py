"""The JSON door: the signed content of an entry as it was published, and a standard as JSON Schema."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from twincity.engines.catalogue import facade
from twincity.engines.catalogue.documents import Kind, identifier_of
from twincity.kernel.problems import NOT_FOUND, UNKNOWN_PARAMETER, Problem


@require_safe
def document(request: HttpRequest, owner: str, kind: Kind, name: str, version: str) -> JsonResponse:
    """An entry with its place in the owner's log.

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    _no_parameters(request)
    found = facade.entry(identifier=identifier_of(owner, kind, name, version))
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=request.path)
    return JsonResponse(msgspec.to_builtins(found), json_dumps_params={"ensure_ascii": False})


@require_safe
def schema(request: HttpRequest, owner: str, name: str, version: str) -> JsonResponse:
    """One row of a standard as JSON Schema (draft 2020-12).

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    _no_parameters(request)
    found = facade.standard(name=identifier_of(owner, "standard", name, version))
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=request.path)
    answer = JsonResponse(facade.json_schema(found), json_dumps_params={"ensure_ascii": False})
    answer["Content-Type"] = "application/schema+json"
    return answer


def _no_parameters(request: HttpRequest) -> None:
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
