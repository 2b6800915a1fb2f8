"""X-Road's errors (PR-REST section 4.6): a type in a header and a JSON body, status 400 or 500.

What the provider's own service answered is passed on as it is; only what went wrong on the way becomes one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from twincity.engines.exchange.facade import BAD_NAME, FORBIDDEN, RATE, UNPROVEN, UNREACHABLE
from twincity.kernel import problems
from twincity.kernel.problems import Problem

BAD_REQUEST = "Client.BadRequest"
UNKNOWN_MEMBER = "Server.ClientProxy.UnknownMember"
UNKNOWN_SERVICE = "Server.ServerProxy.UnknownService"
ACCESS_DENIED = "Server.ServerProxy.AccessDenied"
TYPES = {
    FORBIDDEN.code: ACCESS_DENIED,
    RATE.code: "Server.ServerProxy.ServiceFailed",
    UNREACHABLE.code: "Server.ServerProxy.NetworkError",
    UNPROVEN.code: "Server.ServerProxy.InvalidSignatureValue",
    problems.SIGN_IN.code: "Server.ClientProxy.AuthenticationFailed",
    problems.FORBIDDEN.code: "Server.ClientProxy.AccessDenied",
    problems.NOT_FOUND.code: UNKNOWN_SERVICE,
    "unknown-member": UNKNOWN_MEMBER,
    "member-expired": UNKNOWN_MEMBER,
    problems.UNAVAILABLE.code: "Server.ClientProxy.ServiceUnavailable",
    problems.INTERNAL.code: "Server.ClientProxy.InternalError",
    "overloaded": "Server.ClientProxy.Overloaded",
    "rate-exceeded": "Server.ClientProxy.Overloaded",
}
CLIENTS = {
    BAD_NAME.code, "bad-request", "invalid", "unknown-parameter", "repeated", "too-large", "timeout",
    "method-not-allowed", "too-late",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One error; ``detail`` is the number under which it can be found."""

    type: str
    message: str
    detail: str

    @property
    def status(self) -> int:
        """400 when the caller can mend it, else 500."""
        return 400 if self.type.startswith("Client.") else 500

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Its headers."""
        return [(b"content-type", b"application/json;charset=utf-8"), (b"x-road-error", self.type.encode())]

    def body(self) -> bytes:
        """Its JSON body."""
        return orjson.dumps({"type": self.type, "message": self.message, "detail": self.detail})


def fault(problem: Problem, detail: str) -> Fault:
    """The error for a problem on this side or on the way."""
    code = problem.rule if problem.kind is UNPROVEN and problem.rule in TYPES else problem.kind.code
    kind = BAD_REQUEST if code in CLIENTS else TYPES.get(code, "Server.ClientProxy.InternalError")
    return Fault(kind, problem.text("en"), detail)


def refusal(status: int, body: bytes, detail: str) -> Fault | None:
    """The error for a refusal by the provider's node, None when its service itself has answered."""
    if status < 400:
        return None
    try:
        found: Any = orjson.loads(body)
        code, field, text = found["code"], found.get("field", ""), found["i18n"]["en"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
    if code in {FORBIDDEN.code, RATE.code, "directory-stale"}:
        return Fault(TYPES.get(code, "Server.ServerProxy.ServiceFailed"), str(text), detail)
    if code == problems.NOT_FOUND.code and field in {"service", "path"}:
        return Fault(UNKNOWN_SERVICE, str(text), detail)
    return None
