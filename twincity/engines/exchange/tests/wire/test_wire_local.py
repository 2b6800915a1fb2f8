"""The door for this member's own information systems."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import services
from twincity.engines.exchange.api.delivery import enqueue
from twincity.engines.exchange.tests.paper_peer import ledger_records
from twincity.engines.exchange.tests.wire.checks import ADDRESS, DATA, will_stream
from twincity.engines.exchange.wire import local, runtime
from twincity.engines.identity import facade as identity
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


class TestLocalSystems:
    """The door for this member's own information systems."""

    @pytest.fixture
    def token(self, mine, django_capture_on_commit_callbacks) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            made = perform("identity.system", {"name": "gis", "purposes": ["planning"]})
        services.reload_systems()
        return str(made["token"])

    def ask(
        self, path: str, token: str = "", *, method: str = "GET", body: bytes = b"", **headers: str
    ) -> SimpleNamespace:
        sent: list[Any] = []
        given = {"tc-purpose": "planning"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            given["authorization"] = f"Bearer {token}"
        pairs = [(name.encode(), value.encode()) for name, value in given.items() if value]
        pairs.append((b"content-length", str(len(body)).encode()))
        queue = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if queue:
                return queue.pop(0)
            return await asyncio.Event().wait()

        async def send(part: Any) -> None:
            sent.append(part)

        raw, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": pairs,
            "client": ("127.0.0.1", 1),
        }
        asyncio.run(local.Local(runtime.current(), enqueue)(scope, receive, send))
        got = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        whole = b"".join(part.get("body", b"") for part in sent[1:])
        return SimpleNamespace(status=sent[0]["status"], headers=got, body=whole)

    def test_the_node_signs_sends_verifies_and_records_for_it(self, answerer, token):
        heard = self.ask(f"/call/{OTHER}/towns/rows?page=2", token, tc_case="2026/1")
        assert (heard.status, heard.body, heard.headers["content-type"]) == (200, b'{"a":1}', "application/json")
        (record,) = ledger_records()
        assert heard.headers["tc-message-id"] == record.id
        assert heard.headers["tc-provider-receipt"] == f'"{OTHER}/exchange";index=3'
        assert heard.headers["tc-record"] == "0"
        assert (record.system, record.case, record.path, record.purpose) == ("gis", "2026/1", "/rows", "planning")
        assert answerer.seen[0].url == f"{ADDRESS}/tc1/towns/rows?page=2"

    def test_with_a_body(self, answerer, token):
        self.ask(f"/call/{OTHER}/towns/rows", token, method="POST", body=b'{"x":1}', content_type="application/json")
        assert (answerer.seen[0].method, answerer.seen[0].body) == ("POST", b'{"x":1}')

    def test_a_refusal_by_the_provider_is_handed_on(self, answerer, token):
        answerer.status, answerer.body, answerer.media_type = (
            403,
            b'{"code":"grant-missing"}',
            "application/problem+json",
        )
        heard = self.ask(f"/call/{OTHER}/towns/rows", token)
        assert (heard.status, heard.body) == (403, b'{"code":"grant-missing"}')

    @pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic x", "Bearer"])
    def test_not_without_a_token(self, answerer, token, authorization):
        with pytest.raises(Problem) as caught:
            self.ask(f"/call/{OTHER}/towns/rows", authorization=authorization)
        assert (caught.value.kind.code, caught.value.field) == ("sign-in", "authorization")
        assert answerer.seen == []

    def test_the_token_is_for_bearers_alone(self, answerer, token):
        with pytest.raises(Problem, match="sign-in"):
            self.ask(f"/call/{OTHER}/towns/rows", authorization=f"Basic {token}")

    @pytest.mark.parametrize(
        ("purpose", "code"),
        [("", "bad-request"), ("tax", "forbidden"), ("plan", "forbidden"), ("x" * 65, "bad-request")],
    )
    def test_only_for_purposes_it_may_use(self, answerer, token, purpose, code):
        with pytest.raises(Problem) as caught:
            self.ask(f"/call/{OTHER}/towns/rows", token, tc_purpose=purpose)
        assert (caught.value.kind.code, caught.value.field) == (code, "tc-purpose")
        assert answerer.seen == []

    def test_for_any_purpose_below_one_of_its_own(self, answerer, token):
        assert self.ask(f"/call/{OTHER}/towns/rows", token, tc_purpose="planning.transport").status == 200

    @pytest.mark.parametrize("path", ["/call/nobody.test/towns/rows", "/call/", "/call//towns/rows"])
    def test_only_members_can_be_called(self, answerer, token, path):
        with pytest.raises(Problem, match="unknown-member"):
            self.ask(path, token)

    def test_a_stream_is_passed_on(self, answerer, token):
        will_stream(answerer)
        heard = self.ask(f"/call/{OTHER}/towns/rows", token, tc_stream="1")
        assert (heard.status, heard.body) == (200, DATA)
        assert heard.headers["tc-message-id"] == ledger_records()[0].id

    def test_a_refusal_in_the_place_of_a_stream(self, answerer, token):
        answerer.status, answerer.body = 403, b'{"code":"grant-missing"}'
        heard = self.ask(f"/call/{OTHER}/towns/rows", token, tc_stream="1")
        assert (heard.status, heard.headers["tc-record"]) == (403, "0")

    def test_a_token_that_was_taken_back(self, answerer, token, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            identity.revoke_system(name="gis")
        services.reload_systems()
        with pytest.raises(Problem, match="sign-in"):
            self.ask(f"/call/{OTHER}/towns/rows", token)
