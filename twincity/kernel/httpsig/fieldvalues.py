"""Values of components that are HTTP fields (RFC 9421 section 2.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import (
    FieldError,
    InnerList,
    Item,
    Params,
    serialize_inner_list,
    serialize_item,
    serialize_list,
)
from twincity.kernel.httpsig.structured import FieldType, canonical
from twincity.kernel.httpsig.view import View

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]++")
_TEXT = re.compile(r"[\t -~]*+")
_PARAMS = frozenset({"sf", "key", "bs", "tr"})


def field_value(name: str, params: Params, view: View, types: Mapping[str, FieldType]) -> str:
    """Value of the field ``name``; ``params`` are those other than ``req``.

    Raises:
        SignatureError: "unknown-component", "missing-component" or "malformed".
    """
    if not _NAME.fullmatch(name):
        raise SignatureError("malformed", f"{name!r} is no field name in lower case")
    text = _field(name, params, view, types)
    if not _TEXT.fullmatch(text):
        raise SignatureError("malformed", f"{name} has control or non-ASCII characters")
    return text


def _field(name: str, params: Params, view: View, types: Mapping[str, FieldType]) -> str:
    if not params:
        return _combined(name, view.lines(name))
    _check(name, params)
    trailer = "tr" in params
    if "bs" in params:
        return _wrapped(view.lines(name, trailer=trailer))
    if "key" in params:
        return _dictionary_member(view, name, str(params["key"]), trailer=trailer)
    if "sf" in params:
        return _strict(name, ", ".join(view.lines(name, trailer=trailer)), types)
    return _combined(name, view.lines(name, trailer=trailer))


def _check(name: str, params: Params) -> None:
    unknown = params.keys() - _PARAMS
    flags = [params[flag] for flag in ("sf", "bs", "tr") if flag in params]
    if unknown or any(flag is not True for flag in flags) or not isinstance(params.get("key", ""), str):
        raise SignatureError("unknown-component", f"{name} with unknown or mistyped parameters")
    if "bs" in params and ("sf" in params or "key" in params):
        raise SignatureError("unknown-component", f"{name}: bs goes with neither sf nor key")


def _combined(name: str, lines: list[str]) -> str:
    if len(lines) > 1 and name == "set-cookie":  # commas inside its lines make the joined text ambiguous
        raise SignatureError("unknown-component", "several set-cookie lines can only be covered with bs")
    return ", ".join(lines)


def _wrapped(lines: list[str]) -> str:
    try:
        return serialize_list([Item(line.encode("latin-1")) for line in lines])
    except UnicodeEncodeError as error:
        raise SignatureError("malformed", "field value is not Latin-1 text") from error


def _dictionary_member(view: View, name: str, key: str, *, trailer: bool) -> str:
    member = view.dictionary(name, trailer=trailer).get(key)
    if member is None:
        raise SignatureError("missing-component", f"{name} has no member {key!r}")
    return serialize_inner_list(member) if isinstance(member, InnerList) else serialize_item(member)


def _strict(name: str, text: str, types: Mapping[str, FieldType]) -> str:
    kind = types.get(name)
    if kind is None:
        raise SignatureError("unknown-component", f"{name} is not known to be a structured field")
    try:
        return canonical(text, kind)
    except FieldError as error:
        raise SignatureError("malformed", f"{name}: {error}") from error
