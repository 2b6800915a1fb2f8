"""Values of components that are derived from the control data of a message (RFC 9421 section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from twincity.kernel.httpsig import target
from twincity.kernel.httpsig.context import Request, Response
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import Params
from twincity.kernel.httpsig.view import View

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_PRINTABLE = re.compile(r"(?! )[ -~]*+(?<! )")


def _method(request: Request) -> str:
    if not _METHOD.fullmatch(request.method):
        raise SignatureError("malformed", "method is no token")
    return request.method


_FROM_REQUEST: dict[str, Callable[[Request], str]] = {
    "@method": _method,
    "@target-uri": target.target_uri,
    "@authority": target.authority,
    "@scheme": target.scheme,
    "@request-target": target.request_target,
    "@path": target.path,
    "@query": target.query,
}


def derived_value(name: str, params: Params, view: View) -> str:
    """Value of a component whose name starts with ``@``; ``params`` are those other than ``req``.

    Raises:
        SignatureError: "unknown-component", "missing-component" or "malformed".
    """
    text = _derived(name, params, view)
    if not _PRINTABLE.fullmatch(text):
        raise SignatureError("malformed", f"{name} is not printable ASCII")
    return text


def _derived(name: str, params: Params, view: View) -> str:
    if name == "@query-param":
        return _query_param(params, view)
    if params:
        raise SignatureError("unknown-component", f"{name} with {', '.join(params)}")
    message = view.message
    if name == "@status" and isinstance(message, Response):
        return _status(message)
    if name not in _FROM_REQUEST or not isinstance(message, Request):
        raise SignatureError("unknown-component", f"{name!r} in this message")
    return _FROM_REQUEST[name](message)


def _status(response: Response) -> str:
    if not 100 <= response.status <= 999:
        raise SignatureError("malformed", "status has not three digits")
    return str(response.status)


def _query_param(params: Params, view: View) -> str:
    name = params.get("name")
    if len(params) != 1 or not isinstance(name, str) or not isinstance(view.message, Request):
        raise SignatureError("unknown-component", "@query-param needs a name, no other parameter, and a request")
    values = view.form(view.message).get(name, [])
    if len(values) != 1:  # a name that comes twice must not be covered (section 2.2.8)
        raise SignatureError("missing-component", f"query parameter {name!r} comes {len(values)} times")
    return values[0]
