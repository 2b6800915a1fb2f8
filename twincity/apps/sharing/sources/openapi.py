"""Operations that an OpenAPI 3.0 or 3.1 description names, and which of them can be offered to others. Pure.

Only what a call needs is read: paths, parameters and JSON bodies. ``servers`` are not: where the system is says the
operator. References lead within the description only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, cast

import msgspec

from twincity.apps.sharing.sources.operation import Method, Operation, Parameter, Type, Why
from twincity.kernel.problems import Problem, define

LARGEST = 4 * 2**20
"""Bytes of a description."""
MOST = 500
"""Operations of a description."""
REFUSED = define(
    "description-refused",
    422,
    zh="不能作为 OpenAPI 描述读入: {reason_zh}",
    en="Cannot be read as an OpenAPI description: {reason_en}",
)
_METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE")
_PATH = re.compile(r"(/(\{[A-Za-z0-9_.-]{1,63}\}|[A-Za-z0-9._~-]+))+|/")
_NAME = re.compile(r"[^\s&=#\x00-\x1f]{1,63}")
_HOPS = 16
"""References followed one after the other."""
_MOST_PARAMETERS = 60
_TYPES: dict[str, Type] = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}
_HEALTH = ("/health", "/healthz", "/livez", "/status", "/ping")


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a description says: title, version, and its operations in their order."""

    title: str
    version: str
    operations: tuple[Operation, ...]

    @property
    def health(self) -> str:
        """Path of a GET without parameters that tells whether the system is up; ``/`` when there is none."""
        plain = [each.path for each in self.operations if each.method == "GET" and not each.required]
        plain = [path for path in plain if "{" not in path]
        return next((path for path in _HEALTH if path in plain), plain[0] if plain else "/")


def read(body: bytes) -> Description:
    """A description.

    Raises:
        Problem: ``description-refused``.
    """
    if len(body) > LARGEST:
        raise _refused(f"超过 {LARGEST} 字节", f"more than {LARGEST} bytes")
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused("不是 JSON", "it is no JSON") from error
    paths = whole.get("paths") if isinstance(whole, dict) else None
    if not isinstance(paths, dict) or not re.match(r"3\.[01]\.", str(whole.get("openapi", ""))):
        raise _refused("不是 OpenAPI 3.0 或 3.1", "it is not OpenAPI 3.0 or 3.1")
    about = whole.get("info") if isinstance(whole.get("info"), dict) else {}
    found = tuple(_Reader(whole).operations(paths))
    if not 0 < len(found) <= MOST:
        raise _refused(f"须有 1 至 {MOST} 个操作", f"it must have 1 to {MOST} operations")
    return Description(
        title=str(about.get("title", ""))[:100], version=str(about.get("version", ""))[:40], operations=found
    )


def _refused(zh: str, en: str) -> Problem:
    return Problem(REFUSED, field="description", reason_zh=zh, reason_en=en)


class _Unfit(Exception):  # noqa: N818  no fault of a program
    """Why an operation cannot be offered."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class _Reader:
    """One description."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole

    def operations(self, paths: dict[str, Any]) -> Iterator[Operation]:
        """All operations with a method that the exchange has."""
        for path, item in paths.items():
            held = _mapping(item)
            for method in _METHODS:
                if method.lower() in held:
                    yield self._operation(path, method, held)

    def _operation(self, path: str, method: Method, item: dict[str, Any]) -> Operation:
        said = _mapping(item[method.lower()])
        summary = " ".join(str(said.get("summary") or said.get("operationId") or "").split())[:200]
        try:
            parameters = (*self._parameters(path, [*_list(item, "parameters"), *_list(said, "parameters")]),)
            body = (*self._body(said.get("requestBody")),)
            self._answers(said)
            return _whole(Operation(method=method, path=path, summary=summary, parameters=(*parameters, *body)))
        except _Unfit as unfit:
            return Operation(method=method, path=path[:200], summary=summary, why=unfit.why)

    def _parameters(self, path: str, given: list[Any]) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}  # those of the operation replace those of the path
        for each in map(self._resolved, given):
            place, name = str(each.get("in")), str(each.get("name"))
            required = bool(each.get("required"))
            kind = self._kind(each.get("schema"))
            if place == "path" or (place == "query" and kind != "any" and _NAME.fullmatch(name)):
                where = cast("Literal['path', 'query']", place)
                found[place, name] = Parameter(
                    name=name, place=where, type=kind, required=required or place == "path", **self._limits(each)
                )
            elif required:
                raise _Unfit("parameter")
        if not _PATH.fullmatch(path):
            raise _Unfit("path")
        segments = re.findall(r"\{([^}]+)\}", path)
        if sorted(segments) != sorted(each.name for each in found.values() if each.place == "path"):
            raise _Unfit("path")
        return list(found.values())

    def _limits(self, parameter: dict[str, Any]) -> dict[str, Any]:
        schema = self._resolved(parameter.get("schema"))
        values = schema.get("enum")
        plain = isinstance(values, list) and all(isinstance(each, str) for each in values) and len(values) <= _HOPS**2
        return {"values": tuple(values)} if plain and values else {}

    def _body(self, given: Any) -> Iterator[Parameter]:
        if given is None:
            return
        body = self._resolved(given)
        content = _mapping(body.get("content"))
        schema = self._resolved(_mapping(content.get("application/json")).get("schema"))
        members = schema.get("properties")
        if not isinstance(members, dict) or "allOf" in schema:
            raise _Unfit("body")
        needed = schema.get("required") if isinstance(schema.get("required"), list) else []
        for name, each in members.items():
            if not _NAME.fullmatch(name):
                raise _Unfit("body")
            yield Parameter(name=name, place="body", type=self._kind(each), required=name in (needed or []))

    def _answers(self, said: dict[str, Any]) -> None:
        answers = _mapping(said.get("responses"))
        good = [self._resolved(each) for status, each in answers.items() if str(status)[:1] == "2"]
        kinds = [kind for each in good for kind in _mapping(each.get("content"))]
        if not any(kind.partition(";")[0].endswith("json") for kind in kinds):
            raise _Unfit("answer")

    def _kind(self, schema: Any) -> Type:
        said = self._resolved(schema).get("type")
        kinds = [each for each in (said if isinstance(said, list) else [said]) if each != "null"]
        return _TYPES.get(str(kinds[0]), "any") if len(kinds) == 1 else "any"

    def _resolved(self, value: Any) -> dict[str, Any]:
        for _hop in range(_HOPS):
            held = _mapping(value)
            if "$ref" not in held:
                return held
            value = self._at(str(held["$ref"]))
        raise _Unfit("reference")

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise _Unfit("reference")
        value: Any = self._whole
        for step in reference[2:].split("/"):
            value = _mapping(value).get(step.replace("~1", "/").replace("~0", "~"))
        if value is None:
            raise _Unfit("reference")
        return value


def _whole(found: Operation) -> Operation:
    """Names must differ, since the exchange has one room for those of path, query and body."""
    names = [each.name for each in found.parameters]
    if len(set(names)) < len(names) or len(names) > _MOST_PARAMETERS:
        raise _Unfit("names")
    return found


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(held: dict[str, Any], name: str) -> list[Any]:
    value = held.get(name)
    return value if isinstance(value, list) else []
