"""DCAT-AP 3: the catalogue in pages, and each dataset, as JSON-LD or Turtle by ending or ``Accept``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from twincity.apps.opendata import queries
from twincity.apps.opendata.faces import dcat
from twincity.apps.opendata.faces.dcat.catalogue import Part, address, scheme
from twincity.apps.opendata.faces.listing import Office
from twincity.apps.opendata.faces.rdf import Thing, jsonld, turtle
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import BAD_REQUEST, INVALID, NOT_FOUND, UNKNOWN_PARAMETER, Problem, define

Form = Literal["", "jsonld", "ttl"]
NOT_ACCEPTABLE = define("not-acceptable", 406, zh="此处只提供 {offered}", en="Only {offered} can be had here")
_WRITERS = {"jsonld": jsonld, "ttl": turtle}
_FORMS: dict[str, Form] = {jsonld.MEDIA_TYPE: "jsonld", turtle.MEDIA_TYPE: "ttl", "application/json": "jsonld"}
_UNKNOWN = re.compile(r"unknown field `(.*)`")
_FIELD = re.compile(r"at `\$\.(.*)`")


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which page, of how many datasets."""

    page: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


@require_safe
def catalogue(request: HttpRequest, form: Form = "") -> StreamingHttpResponse:
    """A page of the catalogue of the whole circle.

    Raises:
        Problem: ``unknown-parameter``, ``invalid`` or ``not-acceptable``.
    """
    paging = _paging(request)
    form = form or _negotiated(request)
    site = queries.site()
    part, found = queries.page(paging.page, paging.size)
    answer = _streamed(form, dcat.catalogue(site, part, found))
    answer["Link"] = ", ".join(_links(site, part))
    return answer


@require_safe
def dataset(request: HttpRequest, owner: str, name: str, version: str, form: Form = "") -> StreamingHttpResponse:
    """One version of a dataset with all its distributions.

    Raises:
        Problem: ``not-found``, ``unknown-parameter`` or ``not-acceptable``.
    """
    for parameter in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=parameter, name=parameter)
    form = form or _negotiated(request)
    found = queries.listing(owner, name, version)
    if found is None:
        raise Problem(NOT_FOUND, field="name", what=f"{owner}/{name}/{version}")
    return _streamed(form, [dcat.dataset(found, scheme(queries.site()))])


@require_safe
def theme(request: HttpRequest, word: str = "") -> HttpResponse:  # noqa: ARG001  a view's signature
    """Where the IRI of a theme leads: the datasets that have it."""
    answer = redirect("catalogue")
    if word:
        answer["Location"] += "?" + urlencode({"kind": "dataset", "theme": word})
    return answer


def _paging(request: HttpRequest) -> Paging:
    given = {name: request.GET.getlist(name) for name in request.GET}
    try:
        for name, values in given.items():
            if len(values) > 1:
                raise Problem(INVALID, field=name, name=name, reason="given twice")
        return msgspec.convert({name: values[0] for name, values in given.items()}, Paging, strict=False)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from error


def _problem(text: str) -> Problem:
    if unknown := _UNKNOWN.search(text):
        return Problem(UNKNOWN_PARAMETER, field=unknown[1], name=unknown[1])
    if field := _FIELD.search(text):
        return Problem(INVALID, field=field[1], name=field[1], reason=text)
    return Problem(BAD_REQUEST, reason=text)


def _negotiated(request: HttpRequest) -> Form:
    """The form that an ``Accept`` likes best (RFC 9110, section 12.5.1); JSON-LD when it likes all the same."""
    best = request.get_preferred_type(list(_FORMS))
    if best is None:
        raise Problem(NOT_ACCEPTABLE, field="accept", offered=", ".join(_FORMS))
    return _FORMS[best]


def _streamed(form: Form, things: Iterable[Thing]) -> StreamingHttpResponse:
    writer = _WRITERS[form]
    answer = StreamingHttpResponse(writer.write(things), content_type=f"{writer.MEDIA_TYPE}; charset=utf-8")
    answer["Vary"] = "Accept"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _links(site: Office, part: Part) -> Iterable[str]:
    for name, number in part.beside().items():
        yield f'<{address(site, number, part.size)}>; rel="{name.replace("previous", "prev")}"'


class Place(msgspec.Struct):
    """A version of a dataset."""

    owner: str
    name: str
    version: str


describe(
    Described(
        "GET", "/dcat/catalog", "A page of the catalogue in DCAT-AP 3 (JSON-LD, or Turtle by Accept)", query=Paging,
        result=dict, result_type=jsonld.MEDIA_TYPE, tag="dcat",
    ),
    Described(
        "GET", "/dcat/catalog.jsonld", "A page of the catalogue in DCAT-AP 3 as JSON-LD", query=Paging,
        result=dict, result_type=jsonld.MEDIA_TYPE, tag="dcat",
    ),
    Described(
        "GET", "/dcat/catalog.ttl", "A page of the catalogue in DCAT-AP 3 as Turtle", query=Paging, result=str,
        result_type=turtle.MEDIA_TYPE, tag="dcat",
    ),
    Described(
        "GET", "/dcat/datasets/{owner}/{name}/{version}", "A dataset in DCAT-AP 3 (JSON-LD, or Turtle by Accept)",
        query=Place, result=dict, result_type=jsonld.MEDIA_TYPE, tag="dcat",
    ),
)  # fmt: skip
