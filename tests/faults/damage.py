"""Requests that are wrong in one way each, for every door of a node, and how they are to be refused."""

from __future__ import annotations

from typing import NamedTuple

HOST = b"host: 127.0.0.1\r\n"
CLOSE = b"connection: close\r\n"
PROBLEM = "application/problem+json"


class Case(NamedTuple):
    """Bytes to send; the status and problem code that must come back, and the media type they come in."""

    data: bytes
    status: int
    code: str = ""
    media_type: str = PROBLEM


def request(method: str, path: str, fields: bytes = b"", body: bytes | None = None, length: int | None = None) -> bytes:
    """A request whose answer ends the connection; with ``length`` its body is shorter or longer than it says."""
    size = len(body or b"") if length is None else length
    framing = b"" if body is None else b"content-length: %d\r\n" % size
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + CLOSE + fields + framing + b"\r\n" + (body or b"")


def transport() -> dict[str, Case]:
    """What is no proper HTTP at all, or beyond the bounds of any request."""
    post = b"POST /tc1/probe/echo HTTP/1.1\r\n" + HOST
    return {
        "TLS hello": Case(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "bad-request"),
        "no host": Case(b"GET /health HTTP/1.1\r\n\r\n", 400, "bad-request"),
        "two hosts": Case(b"GET /health HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400, "bad-request"),
        "another version": Case(b"GET / HTTP/3.7\r\n" + HOST + b"\r\n", 400, "bad-request"),
        "space before colon": Case(b"GET /health HTTP/1.1\r\nhost : x\r\n\r\n", 400, "bad-request"),
        "long head": Case(request("GET", "/", b"x: " + b"a" * 40_000 + b"\r\n"), 431, "head-too-large"),
        "many fields": Case(request("GET", "/", b"x: a\r\n" * 200), 431, "head-too-large"),
        "long target": Case(request("GET", "/" + "a" * 9000), 414, "uri-too-long"),
        "two lengths": Case(post + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd", 400, "bad-request"),
        "two framings": Case(
            post + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400, "bad-request"
        ),
        "bad chunk": Case(post + b"transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400, "bad-request"),
        "CONNECT": Case(b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n", 405, "method-not-allowed"),
    }


def public() -> dict[str, Case]:
    """Doors that are open to every node of the world."""
    junk = b"signature: x\r\nsignature-input: y\r\n"
    return {
        "tc1 unsigned": Case(request("GET", "/tc1/probe/echo"), 401, "signature-missing"),
        "tc1 odd path": Case(request("GET", "/tc1/%ff/%00"), 401, "signature-missing"),
        "tc1 junk signature": Case(request("GET", "/tc1/probe/echo", junk), 400, "signature-malformed"),
        "tc1 two signatures": Case(request("GET", "/tc1/probe/echo", junk + b"signature: x\r\n"), 400, "bad-request"),
        "tc1 truncated": Case(request("POST", "/tc1/probe/echo", b"", b"{}", 100), 401, "signature-missing"),
        "log of another name": Case(request("GET", "/log/none/x"), 404, "not-found"),
        "log outside": Case(request("GET", "/log/public/tile/0/../../../keys/root.key"), 404, "not-found"),
        "log tile that is not there": Case(request("GET", "/log/public/tile/3/999"), 404, "not-found"),
        "log wait too long": Case(request("GET", "/log/public/checkpoint?wait=99"), 422, "invalid"),
        "log unknown parameter": Case(request("GET", "/log/public/checkpoint?x=1"), 400, "unknown-parameter"),
        "log wrong method": Case(request("PUT", "/log/public/checkpoint", b"", b""), 405, "method-not-allowed"),
        "witness wrong method": Case(request("GET", "/witness/add-checkpoint"), 405, "method-not-allowed"),
        "witness junk": Case(request("POST", "/witness/add-checkpoint", b"", b"junk\n"), 400, "", "text/plain"),
        "witness huge": Case(request("POST", "/witness/add-checkpoint", b"", b"a", 50_000_000), 413, "too-large"),
        "keys junk": Case(request("POST", "/circle/keys", b"", b"ju\xff\xfe\n"), 422, "statement-refused"),
        "keys huge": Case(request("POST", "/circle/keys", b"", b"a" * 70_000), 413, "too-large"),
        "keys wrong method": Case(request("GET", "/circle/keys"), 405, "method-not-allowed"),
    }


def own(token: bytes, operator: bytes, provider: str) -> dict[str, Case]:
    """Doors for own systems and the operator, with and without their tokens."""
    bearer = b"authorization: Bearer " + token + b"\r\n"
    call, named = f"/call/{provider}/probe/echo", bearer + b"tc-purpose: planning.drill\r\n"
    steward = b"authorization: Bearer " + operator + b"\r\n"
    return {
        "call without token": Case(request("GET", call), 401, "sign-in"),
        "call without purpose": Case(request("GET", call, bearer), 400, "bad-request"),
        "call odd purpose": Case(request("GET", call, bearer + b"tc-purpose: \xff\xfe\r\n"), 400, "bad-request"),
        "call odd priority": Case(request("GET", call, named + b"tc-priority: vip\r\n"), 422, "invalid"),
        "call odd deadline": Case(request("GET", call, named + b"tc-deadline: -1\r\n"), 422, "invalid"),
        "call unknown provider": Case(request("GET", "/call/nobody.example/a/b", named), 403, "unknown-member"),
        "call unknown service": Case(request("GET", f"/call/{provider}/nothing/x", named), 404, "not-found"),
        "call huge": Case(request("POST", call, named, b"a", 50_000_000), 413, "too-large"),
        "metrics without token": Case(request("GET", "/metrics"), 401, "sign-in"),
        "operator without token": Case(request("POST", "/operator/circle.status", b"", b"{}"), 401, "sign-in"),
        "operator unknown": Case(request("POST", "/operator/no.such", steward, b"{}"), 404, "not-found"),
        "operator junk": Case(request("POST", "/operator/circle.admit", steward, b'{"a":'), 400, "bad-request"),
        "operator deep": Case(request("POST", "/operator/circle.status", steward, b"[" * 20_000), 400, "bad-request"),
        "operator other fields": Case(request("POST", "/operator/circle.admit", steward, b'{"x":1}'), 422, "invalid"),
        "operator huge": Case(request("POST", "/operator/circle.status", steward, b"{", 90_000_000), 413, "too-large"),
    }


def pages() -> dict[str, Case]:
    """Pages, which answer people in HTML."""
    form, html = b"content-type: application/x-www-form-urlencoded\r\n", "text/html"
    return {
        "page that is not there": Case(request("GET", "/nothing/here"), 404, "", html),
        "page odd path": Case(request("GET", "/%ff%00"), 404, "", html),
        "static outside": Case(request("GET", "/static/../../../etc/passwd"), 404, "", html),
        "form without token": Case(request("POST", "/accounts/login/", form, b"login=a"), 403, "", html),
        "form huge": Case(request("POST", "/accounts/login/", form, b"a" * 3_000_000), 413, "too-large"),
    }
