"""One operation of a system: what it takes, and the request and answer that a call becomes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from twincity.engines.exchange.facade import Grant, Rows
from twincity.kernel.problems import INVALID, Problem, define

Method = Literal["GET", "POST", "PUT", "DELETE"]
Type = Literal["string", "integer", "number", "boolean", "any"]
Why = Literal["", "path", "parameter", "body", "answer", "names", "reference"]
SHAPELESS = define(
    "answer-not-rows",
    403,
    zh="授权限定了字段或行, 而 {operation} 的回答不是标准下的数据行",
    en="The grant limits fields or rows, and what {operation} answers is not rows of a standard",
)
LONGEST = 1000
"""Characters of a value in path or query."""
_PYTHON: dict[Type, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "any": Any}


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that an operation takes; those of the body are members of its JSON object."""

    name: str
    place: Literal["path", "query", "body"]
    type: Type = "string"
    required: bool = False
    values: tuple[str, ...] = ()
    """The only ones that are allowed, when there are any."""


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A method and path; ``why`` says in a word why it cannot be offered, and is empty when it can."""

    method: Method
    path: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    why: Why = ""

    @property
    def id(self) -> str:
        """``GET /units/{code}``."""
        return f"{self.method} {self.path}"

    @property
    def required(self) -> tuple[Parameter, ...]:
        """What no call may leave out."""
        return tuple(each for each in self.parameters if each.required)


class Request(msgspec.Struct, frozen=True):
    """What goes to the system; target is path and query."""

    method: Method
    target: str
    body: bytes | None


def parameters(operation: Operation) -> type[msgspec.Struct] | None:
    """A structure of what a call may say; nothing else is let through."""
    if not operation.parameters:
        return None
    ordered = sorted(operation.parameters, key=lambda each: not each.required)
    fields: list[Any] = [
        (f"f{n}", _type(each)) if each.required else (f"f{n}", _type(each) | msgspec.UnsetType, msgspec.UNSET)
        for n, each in enumerate(ordered)
    ]
    named = {f"f{n}": each.name for n, each in enumerate(ordered)}
    return msgspec.defstruct("Parameters", fields, rename=named)


def _type(parameter: Parameter) -> Any:
    if parameter.values:
        return Literal[parameter.values]
    return _PYTHON[parameter.type]


def request(operation: Operation, given: msgspec.Struct | None, base: str = "") -> Request:
    """The request that a call becomes, below a path of the system.

    Raises:
        Problem: ``invalid`` for a path segment that could lead elsewhere, or a value that is too long.
    """
    said = _said(given)
    path, query, body = operation.path, [], {}
    for each in operation.parameters:
        if each.name not in said:
            continue
        if each.place == "body":
            body[each.name] = said[each.name]
        elif each.place == "path":
            path = path.replace(f"{{{each.name}}}", _segment(each.name, _text(each.name, said[each.name])))
        else:
            query.append((each.name, _text(each.name, said[each.name])))
    target = base.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
    takes_body = any(each.place == "body" for each in operation.parameters)
    return Request(operation.method, target, msgspec.json.encode(body) if takes_body else None)


def _said(given: msgspec.Struct | None) -> Mapping[str, Any]:
    if given is None:
        return {}
    values = (getattr(given, name) for name in given.__struct_fields__)
    named = zip(given.__struct_encode_fields__, values, strict=True)
    return {name: value for name, value in named if value is not msgspec.UNSET}


def _text(name: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST or any(letter < " " for letter in text):
        raise Problem(INVALID, field=name, name=name, reason=f"<= {LONGEST}, no control characters")
    return text


def _segment(name: str, text: str) -> str:
    if text in {"", ".", ".."} or not {"/", "\\", "%"}.isdisjoint(text):
        raise Problem(INVALID, field=name, name=name, reason="one path segment")
    return quote(text, safe="")


def answer(operation: Operation, value: Any, grant: Grant, *, standard: bool) -> Any:
    """What may leave of a system's answer: rows within the grant, or the whole where the grant leaves nothing out.

    Raises:
        Problem: ``answer-not-rows``.
    """
    rows = _rows(value) if standard else None
    if rows is not None:
        return Rows(rows)
    if grant.fields or grant.rows:
        raise Problem(SHAPELESS, field="operation", operation=operation.id)
    return value


def _rows(value: Any) -> list[dict[str, Any]] | None:
    held = value.get("rows") if isinstance(value, dict) else value
    if isinstance(held, list) and all(isinstance(each, dict) for each in held):
        return held
    return None
