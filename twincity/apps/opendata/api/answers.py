"""From an address to an action of CKAN and back: parameters of a query or a JSON body, CKAN's envelope around them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from twincity.apps.opendata import queries
from twincity.apps.opendata.faces.ckan.errors import ActionError, absent, invalid
from twincity.apps.opendata.faces.ckan.parameters import Parameters

JSON = "application/json; charset=utf-8"
_UNKNOWN = re.compile(r"unknown field `(.*?)`")
_FIELD = re.compile(r"at `\$\.?\[?'?([^`'\]]*)")
_MISSING = re.compile(r"missing required field `(.*?)`")


class Streamed(NamedTuple):
    """A result that is JSON already, in pieces."""

    pieces: Iterator[bytes]


class Action(NamedTuple):
    """A function, what it may be asked, and one line about it."""

    run: Callable[[Any], Any]
    parameters: type[Parameters]

    @property
    def summary(self) -> str:
        """What ``help_show`` and the node's description say."""
        return inspect.getdoc(self.run) or ""


ACTIONS: dict[str, Action] = {}


def action(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Register a function under its name; its parameter's type says what may be asked."""
    types = inspect.get_annotations(function, eval_str=True)
    (parameters,) = (each for name, each in types.items() if name != "return")
    ACTIONS[function.__name__] = Action(function, parameters)
    return function


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, name: str) -> HttpResponseBase:
    """One action. It only reads, so that a forged request gains nothing; cookies are not looked at."""
    found = ACTIONS.get(name)
    if found is None:
        return _refused(f"Bad request - Action name not known: {name[:60]}")
    try:
        given = _given(request)
    except ValueError as error:
        return _refused(f"Bad request - JSON Error: {error}")
    try:
        result = found.run(_asked(given, found.parameters))
    except ActionError as error:
        return _enveloped(name, {"success": False, "error": error.error}, error.status)
    if isinstance(result, Streamed):
        return _open(StreamingHttpResponse(_around(name, result), content_type=JSON))
    return _enveloped(name, {"success": True, "result": result})


def action_of(name: str) -> Action:
    """The action of a name.

    Raises:
        ActionError: a Not Found Error.
    """
    if name not in ACTIONS:
        raise absent(f"action {name}")
    return ACTIONS[name]


def _given(request: HttpRequest) -> dict[str, Any]:
    if request.method == "POST" and request.body:
        given = orjson.loads(request.body)
        if not isinstance(given, dict):
            raise ValueError("no object")
        return given
    return {name: _listed(request.GET.getlist(name)) for name in request.GET}


def _listed(values: list[str]) -> Any:
    """Repeated parameters, and those that begin as JSON lists do, are lists: CKAN knows both ways."""
    if len(values) > 1:
        return values
    if values[0].startswith("["):
        try:
            return orjson.loads(values[0])
        except orjson.JSONDecodeError:
            return values[0]
    return values[0]


def _asked(given: dict[str, Any], parameters: type[Parameters]) -> Parameters:
    try:
        return msgspec.convert(given, parameters, strict=False)
    except msgspec.ValidationError as error:
        text = str(error)
        field = next((found[1] for each in (_UNKNOWN, _MISSING, _FIELD) if (found := each.search(text))), "parameters")
        raise invalid(field, text) from error


def _around(name: str, result: Streamed) -> Iterator[bytes]:
    yield orjson.dumps({"help": _help(name), "success": True})[:-1] + b',"result":'
    yield from result.pieces
    yield b"}"


def _enveloped(name: str, value: dict[str, Any], status: int = 200) -> HttpResponseBase:
    body = orjson.dumps({"help": _help(name), **value})
    return _open(HttpResponse(body, content_type=JSON, status=status))


def _refused(text: str) -> HttpResponseBase:
    """CKAN answers what it cannot even read with a bare text as JSON."""
    return _open(HttpResponse(orjson.dumps(text), content_type=JSON, status=400))


def _open(made: HttpResponseBase) -> HttpResponseBase:
    """Pages of any origin may read it: there is nothing in it that a visitor's cookies would add."""
    made["Access-Control-Allow-Origin"] = "*"
    return made


def _help(name: str) -> str:
    return f"{queries.site().address}/api/3/action/help_show?name={name}"
