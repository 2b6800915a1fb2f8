"""Problem details (RFC 9457) in both languages.

A unit defines each kind of problem once, with its status and its texts; whoever meets it raises
``Problem(KIND, field=…, **values)``. The body names the field and the rule that was broken, and carries both languages,
so that a page, a peer and a log can each show what its reader understands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import orjson

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:twincity:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: a stable code, an HTTP status and a sentence in each language (``str.format`` fields)."""

    code: str
    status: int
    zh: str
    en: str


_kinds: dict[str, Kind] = {}


def define(code: str, status: int, *, zh: str, en: str) -> Kind:
    """Register a kind of problem.

    Raises:
        ValueError: when the code is taken by a different definition.
    """
    kind = Kind(code, status, zh, en)
    if _kinds.setdefault(code, kind) != kind:
        raise ValueError(f"problem {code!r} is defined twice")
    return kind


def kinds() -> list[Kind]:
    """All kinds known to this process, by code."""
    return [_kinds[code] for code in sorted(_kinds)]


class Problem(Exception):  # noqa: N818  the name the RFC uses
    """A refusal that its receiver can understand and act on.

    Args:
        kind: what went wrong.
        field: the input that was wrong: a parameter, header, JSON path or column.
        rule: identifier of the rule that was broken, when it is more than the kind itself.
        retry_after: seconds after which the same request may succeed.
        values: fill the sentences; they are shown to the peer, so never put secrets or personal data here.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        field: str = "",
        rule: str = "",
        retry_after: float | None = None,
        **values: Any,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.field = field
        self.rule = rule
        self.retry_after = retry_after
        self.values = values

    def text(self, language: str = "zh-Hans") -> str:
        """The sentence in ``zh-Hans`` or ``en``."""
        template = self.kind.en if language.startswith("en") else self.kind.zh
        return template.format_map(_Shown(self.values))

    def body(self, language: str = "zh-Hans") -> bytes:
        """JSON of media type ``application/problem+json``."""
        plain = str | int | list | dict
        value: dict[str, Any] = {name: shown for name, shown in self.values.items() if isinstance(shown, plain)}
        # After the values, so that a parameter that happens to be called code or status changes none of these.
        value |= {
            "type": TYPE_PREFIX + self.kind.code,
            "title": self.text(language),
            "status": self.kind.status,
            "code": self.kind.code,
            "i18n": {"zh-Hans": self.text("zh-Hans"), "en": self.text("en")},
        }
        if self.field:
            value["field"] = self.field
        if self.rule:
            value["rule"] = self.rule
        if self.retry_after is not None and math.isfinite(self.retry_after):
            value["retry_after"] = self.retry_after
        return orjson.dumps(value, default=str)

    def __str__(self) -> str:
        return f"{self.kind.code}: {self.text('en')}"


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


BAD_REQUEST = define("bad-request", 400, zh="请求无法理解: {reason}", en="The request cannot be understood: {reason}")
NOT_FOUND = define("not-found", 404, zh="没有 {what}", en="There is no {what}")
METHOD_NOT_ALLOWED = define("method-not-allowed", 405, zh="此处不接受 {method}", en="{method} is not accepted here")
TOO_LARGE = define("too-large", 413, zh="超过上限 {limit} 字节", en="Larger than the limit of {limit} bytes")
TIMEOUT = define("timeout", 408, zh="等待请求超时", en="The request did not arrive in time")
UNKNOWN_PARAMETER = define("unknown-parameter", 400, zh="不认识的参数 {name}", en="Unknown parameter {name}")
INVALID = define("invalid", 422, zh="{name} 不符合规则: {reason}", en="{name} breaks its rule: {reason}")
UNAVAILABLE = define("unavailable", 503, zh="暂时无法服务: {reason}", en="Not available just now: {reason}")
INTERNAL = define("internal", 500, zh="节点内部出错, 编号 {incident}", en="The node failed; incident {incident}")
SIGN_IN = define("sign-in", 401, zh="请先登录或出示令牌", en="Sign in or present a token first")
FORBIDDEN = define("forbidden", 403, zh="没有此项权限: {what}", en="Not permitted: {what}")
