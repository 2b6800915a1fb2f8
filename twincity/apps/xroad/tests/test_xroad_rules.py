"""Hashes, errors and the signed directory."""

from __future__ import annotations

import base64
import hashlib

import orjson
import pytest

from twincity.apps.xroad.api.errors import fault, refusal
from twincity.apps.xroad.rules import configuration
from twincity.apps.xroad.rules.hashing import request_hash
from twincity.engines.exchange.facade import FORBIDDEN, UNPROVEN, UNREACHABLE
from twincity.kernel.problems import INTERNAL, INVALID, NOT_FOUND, SIGN_IN, Problem

HEADERS = [(b"x-road-client", b"A/B/C/D")]


def test_the_hash_binds_line_fields_and_body() -> None:
    head = hashlib.sha512(b"GET /r1/x?q\r\nx-road-client:A/B/C/D\r\n").digest()
    assert base64.b64decode(request_hash("GET", "/r1/x?q", HEADERS, b"")) == head
    both = hashlib.sha512(head + hashlib.sha512(b"body").digest()).digest()
    assert base64.b64decode(request_hash("GET", "/r1/x?q", HEADERS, b"body")) == both
    hashes = {request_hash(*each) for each in (
        ("GET", "/r1/x", HEADERS, b""), ("PUT", "/r1/x", HEADERS, b""), ("GET", "/r1/y", HEADERS, b""),
        ("GET", "/r1/x", [], b""), ("GET", "/r1/x", HEADERS, b"b"),
    )}  # fmt: skip
    assert len(hashes) == 5


@pytest.mark.parametrize(("problem", "kind", "status"), [
    (Problem(INVALID, name="x", reason="y"), "Client.BadRequest", 400),
    (Problem(SIGN_IN), "Server.ClientProxy.AuthenticationFailed", 500),
    (Problem(NOT_FOUND, what="x"), "Server.ServerProxy.UnknownService", 500),
    (Problem(UNREACHABLE, member="x", reason="y"), "Server.ServerProxy.NetworkError", 500),
    (Problem(UNPROVEN, member="x", reason="y"), "Server.ServerProxy.InvalidSignatureValue", 500),
    (Problem(UNPROVEN, member="x", reason="y", rule="unavailable"), "Server.ClientProxy.ServiceUnavailable", 500),
    (Problem(INTERNAL, incident="1"), "Server.ClientProxy.InternalError", 500),
])  # fmt: skip
def test_a_problem_on_the_way_becomes_an_x_road_error(problem: Problem, kind: str, status: int) -> None:
    found = fault(problem, "7")
    assert (found.type, found.status) == (kind, status)
    assert orjson.loads(found.body())["detail"] == "7"


def test_only_refusals_by_the_node_are_turned_into_errors_and_not_answers_of_the_service() -> None:
    denied = Problem(FORBIDDEN, field="path", member="m", service="s", purpose="p", reason_zh="", reason_en="")
    found = refusal(403, denied.body(), "7")
    assert found is not None
    assert found.type == "Server.ServerProxy.AccessDenied"
    assert refusal(404, Problem(NOT_FOUND, field="code", what="x").body(), "7") is None
    for body in (b"no json", b"[]", b"{}", b'{"code": "grant-missing", "i18n": 1}', b'"text"'):
        assert refusal(500, body, "7") is None
    assert refusal(200, denied.body(), "7") is None


def test_the_directory_names_the_file_its_hash_and_its_end() -> None:
    text = configuration.directory("CY", "/internalconf/V5/shared-params.xml", b"data", "2026-01-01T00:00:00Z").decode()
    assert "Content-location: /internalconf/V5/shared-params.xml\r\n" in text
    assert base64.b64encode(hashlib.sha512(b"data").digest()).decode() in text
    whole = configuration.signed(text.encode(), b"signature", "urn:x", "kid").decode()
    assert whole.startswith("--outer\r\n")
    assert base64.b64encode(b"signature").decode() in whole
