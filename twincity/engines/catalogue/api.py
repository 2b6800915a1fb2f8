"""The JSON door: the signed content of an entry, a standard as JSON Schema, and the feed of changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import Kind, identifier_of
from twincity.engines.catalogue.forms import FeedForm
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, UNKNOWN_PARAMETER, Problem

EVENTS = "application/cloudevents-batch+json"


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


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Changes after a cursor with the signed documents behind them, oldest first; only ever appended to.

    ``after`` is the ``next`` of an earlier answer, ``limit`` at most :data:`MOST`. An ``Accept`` of
    ``application/cloudevents-batch+json`` gets a batch of CloudEvents 1.0 instead, the cursor in ``Link`` (RFC 8288).

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    chosen = FeedForm(request.GET).checked()
    found = queries.changes(chosen.after, chosen.limit)
    following = found[-1].seq if found else chosen.after
    if request.accepts("application/json") or not request.accepts(EVENTS):
        value: Any = {"changes": msgspec.to_builtins(found), "next": following, "more": len(found) == chosen.limit}
        kind = "application/json"
    else:
        value, kind = [event(each) for each in found], EVENTS
    answer = HttpResponse(msgspec.json.encode(value), content_type=kind)
    answer["ETag"] = f'"{chosen.after}-{following}-{len(found)}-{kind[12:]}"'
    answer["Link"] = f'<?{urlencode({"after": following, "limit": chosen.limit})}>; rel="next"'
    answer["Cache-Control"] = "no-cache"
    answer["Vary"] = "Accept"
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


@require_safe
def distributions(request: HttpRequest, sha256: str) -> FileResponse:
    """A list of distributions by its digest, as JSON Lines; streamed, and never changed.

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    _no_parameters(request)
    path = services.distributions.path(sha256)
    if not path.exists():
        raise Problem(NOT_FOUND, field="sha256", what=sha256)
    answer = FileResponse(path.open("rb"), content_type="application/jsonl")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["ETag"] = f'"{sha256}"'
    return answer


def event(change: queries.ChangeRecord) -> dict[str, Any]:
    """A change as a CloudEvent 1.0 in JSON; source and id name the place in the public log."""
    return {
        "specversion": "1.0",
        "id": str(change.index),
        "source": f"https://{change.owner}/log/public",
        "type": f"twincity.catalogue.{change.act}",
        "subject": change.identifier,
        "time": clock.instant(change.seq // 1000).isoformat().replace("+00:00", "Z"),
        "sequence": str(change.seq),
        "datacontenttype": "application/jose",
        "data": change.jws,
    }


def _no_parameters(request: HttpRequest) -> None:
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
