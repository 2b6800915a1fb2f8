"""The consumer's side: what this node sends, what it believes of an answer, and what it records when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.db import connections

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, Opened, opened
from twincity.engines.exchange import facade, jobs, queries, services
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.tests.paper_peer import BROKEN, Answerer, Streamed, ledger_records
from twincity.engines.exchange.wire import asking, consumer, local, runtime, streaming
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.identity import facade as identity
from twincity.kernel import chunks, clock
from twincity.kernel.http.client import Client
from twincity.kernel.http.reply import Response
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db
ADDRESS = "http://127.0.0.1:9"


@pytest.fixture
def mine(node_home, tmp_path) -> Iterator[Opened]:
    with opened(node_home, tmp_path) as made:
        facade.start(node_home.config, Client())
        yield made
        facade.stop()


@pytest.fixture
def answerer(mine) -> Answerer:
    """The other's node, in the place of the network."""
    made = Answerer(mine)
    runtime.current().client = made
    return made


def outbound(**changes: Any) -> Outbound:
    plain = {"provider": OTHER, "service": "towns", "method": "GET", "path": "/rows", "purpose": "planning"}
    return Outbound(**(plain | changes))


def call(**changes: Any) -> consumer.Result:
    return asyncio.run(facade.call(outbound(**changes)))


def unproven(reason: str, work=call) -> Problem:
    with pytest.raises(Problem) as caught:
        work()
    problem = caught.value
    assert (problem.kind.code, problem.kind.status) == ("answer-unproven", 502), problem
    assert problem.values == {"member": OTHER, "reason": reason}
    return problem


class TestSending:
    def test_what_is_sent_is_signed_for_its_target(self, mine, answerer):
        call(query="page=2", system="gis", extra={"tc-case": "2026/1", "tc-priority": "batch", "x-other": "no"})
        (seen,) = answerer.seen
        assert (seen.method, seen.url) == ("GET", f"{ADDRESS}/tc1/towns/rows?page=2")
        signed = message.read_request(method="GET", target=seen.url, headers=seen.headers, now=clock.unix())
        message.check_signature(signed, mine.home.key("tc1").public)
        assert {name: seen.headers[name] for name in seen.headers if name.startswith("tc-")} == {
            "tc-message-id": seen.headers["tc-message-id"],
            "tc-purpose": "planning",
            "tc-system": "gis",
            "tc-case": "2026/1",
            "tc-priority": "batch",
        }
        assert "x-other" not in seen.headers
        assert (seen.body, seen.options["idempotent"]) == (None, True)

    def test_a_body_with_its_digest_and_type(self, mine, answerer):
        call(method="POST", body=b'{"a":1}', media_type="application/json")
        (seen,) = answerer.seen
        message.check_digest(seen.headers["content-digest"], b'{"a":1}')
        assert (seen.body, seen.headers["content-type"]) == (b'{"a":1}', "application/json")
        assert seen.options["idempotent"] is False, "a POST is not sent twice"

    def test_no_two_requests_are_alike(self, mine, answerer):
        for _ in range(3):
            call()
        for name in ("tc-message-id", "signature-input", "signature"):
            assert len({seen.headers[name] for seen in answerer.seen}) == 3

    @pytest.mark.parametrize(("deadline", "seconds"), [(None, 30.0), ("1500", 1.5), ("600000", 30.0)])
    def test_it_waits_as_long_as_an_answer_is_of_use(self, mine, answerer, deadline, seconds):
        call(extra={"tc-deadline": deadline} if deadline else {})
        assert answerer.seen[0].options["timeout"] == seconds

    @pytest.mark.parametrize(("provider", "code"), [("nobody.test", "unknown-member"), ("", "unknown-member")])
    def test_only_to_members(self, mine, answerer, provider, code):
        with pytest.raises(Problem, match=code):
            call(provider=provider)
        assert answerer.seen == []
        assert ledger_records() == []

    def test_only_what_can_be_signed(self, mine, answerer):
        for changes in ({"purpose": "规划"}, {"path": "/桂溪"}, {"extra": {"tc-case": "é"}}):
            with pytest.raises(Problem, match="signature-malformed"):
                call(**changes)
        assert answerer.seen == []


class TestBelieving:
    def test_an_answer_that_holds(self, mine, answerer):
        result = call(extra={"tc-case": "2026/1"}, system="gis")
        assert (result.status, result.body, result.outcome, result.media_type) == (
            200,
            b'{"a":1}',
            "ok",
            "application/json",
        )
        assert (result.provider_receipt, result.index) == (f'"{OTHER}/exchange";index=3', 0)
        (record,) = ledger_records()
        assert (record.side, record.peer, record.id, record.service, record.path) == (
            "consumer",
            OTHER,
            result.id,
            "towns",
            "/rows",
        )
        assert (record.outcome, record.status, record.size, record.system, record.case) == (
            "ok",
            200,
            7,
            "gis",
            "2026/1",
        )
        assert record.req.kid == mine.home.key("tc1").public.kid
        assert record.res.kid == mine.other.key("tc1").public.kid
        assert f'"signature";req: {answerer.seen[0].headers["signature"]}' in record.res.base

    @pytest.mark.parametrize(
        ("status", "body", "outcome"),
        [
            (403, b'{"code":"grant-missing"}', "grant-missing"),
            (500, b"not json", "status-500"),
            (404, b"[]", "status-404"),
            (404, b'{"code":' + b'"x' * 1 + b"x" * 100 + b'"}', "x" * 60),
            (200, b"anything", "ok"),
            (201, b"", "ok"),
        ],
    )
    def test_a_refusal_is_an_answer_too(self, mine, answerer, status, body, outcome):
        answerer.status, answerer.body = status, body
        result = call()
        assert (result.status, result.outcome, result.body) == (status, outcome, body)
        assert (ledger_records()[0].outcome, ledger_records()[0].status) == (outcome, status)

    def test_without_a_receipt(self, mine, answerer):
        answerer.receipt = ""
        assert call().provider_receipt == ""

    @pytest.mark.parametrize(
        "receipt", ['"cq.example/exchange";index=3', f'"{OTHER}/public";index=3', f'"{OTHER}x/exchange";index=3', "3"]
    )
    def test_a_receipt_for_another_log(self, mine, answerer, receipt):
        answerer.receipt = receipt
        unproven("the receipt names another log")
        assert self.remembered() == "unproven"

    def remembered(self) -> str:
        """A forged answer is on record, but not as one."""
        (record,) = ledger_records()
        assert record.res is None
        return record.outcome

    @pytest.mark.parametrize(
        ("spoil", "reason"),
        [
            (lambda headers: headers.update({"tc-x": "1"}), "signature-uncovered"),
            (lambda headers: headers.update({"content-type": "text/html"}), "signature-invalid"),
            (lambda headers: headers.update({"signature": "tc1=:AAAA:"}), "signature-invalid"),
            (lambda headers: headers.update({"signature-input": "tc1=()"}), "signature-malformed"),
            (lambda headers: headers.pop("content-digest"), "signature-malformed"),
            (lambda headers: headers.pop("signature-input"), "signature-missing"),
        ],
    )
    def test_an_answer_that_was_changed_on_the_way(self, mine, answerer, spoil, reason):
        answerer.spoil = spoil
        unproven(reason)
        assert self.remembered() == "unproven"

    def test_a_body_that_was_changed_on_the_way(self, mine, answerer, monkeypatch):
        real = answerer.request

        async def changed(*given: Any, **options: Any) -> Any:
            response = await real(*given, **options)
            return type(response)(response.status, response.headers, b'{"a":2}')

        monkeypatch.setattr(answerer, "request", changed)
        unproven("digest-mismatch")
        assert self.remembered() == "unproven"

    def test_a_status_that_was_changed_on_the_way(self, mine, answerer, monkeypatch):
        real = answerer.request

        async def changed(*given: Any, **options: Any) -> Any:
            response = await real(*given, **options)
            return type(response)(403, response.headers, response.body)

        monkeypatch.setattr(answerer, "request", changed)
        unproven("signature-invalid")

    def test_an_answer_to_another_request(self, mine, answerer, monkeypatch):
        call()
        kept = answerer.seen[0].headers
        real = answerer.sign
        monkeypatch.setattr(answerer, "sign", lambda headers, status, asked: real(headers, status, kept))
        unproven("signature-invalid")

    def test_by_a_key_that_nobody_announced(self, mine, answerer):
        answerer.key = PrivateKey.generate()
        unproven("unknown-key")

    def test_by_another_member_than_was_asked(self, mine, answerer):
        answerer.key = mine.home.key("tc1")
        unproven(f"signed by {circle.member_id()}")
        assert self.remembered() == "unproven"

    def test_by_a_key_that_was_revoked(self, mine, answerer):
        circle.directory().keys[mine.other.key("tc1").public.kid].exp = 0
        unproven("key-out-of-time")

    @pytest.mark.parametrize(
        ("status", "body", "reason", "rule", "wait"),
        [
            (401, b'{"code":"unknown-key"}', "401 unknown-key", "unknown-key", None),
            (429, b'{"code":"rate-exceeded","retry_after":1.5}', "429 rate-exceeded", "rate-exceeded", 1.5),
            (503, b'{"code":"overloaded","retry_after":"x"}', "503 overloaded", "overloaded", None),
            (502, b"<html>", "502 status-502", "status-502", None),
            (200, b"", "200 ok", "ok", None),
        ],
    )
    def test_an_unsigned_refusal_is_told_and_proves_nothing(self, mine, answerer, status, body, reason, rule, wait):
        answerer.unsigned, answerer.status, answerer.body = True, status, body
        problem = unproven(reason)
        assert (problem.rule, problem.retry_after) == (rule, wait)
        assert ledger_records() == []

    def test_nobody_there(self, mine, answerer):
        answerer.silent = True
        with pytest.raises(Problem) as caught:
            call()
        assert (caught.value.kind.code, caught.value.kind.status) == ("provider-unreachable", 502)
        (record,) = ledger_records()
        assert (record.outcome, record.status, record.res) == ("unanswered", 0, None)

    def test_nothing_is_recorded_twice(self, mine, answerer):
        call()
        answerer.silent = True
        with pytest.raises(Problem):
            call()
        assert len(ledger_records()) == 2


def framed(data: bytes, trailer: bytes) -> bytes:
    return b"".join(chunks.frames(data)) + chunks.ending(trailer)


class TestStreams:
    DATA = b"0123456789" * 20_000

    def prepare(self, answerer: Answerer, *, data: bytes = DATA, sent: bytes | None = None, **changes: str) -> None:
        """The other side will stream ``sent`` but sign for ``data``, with trailer fields changed."""
        digest = chunks.ChunkDigest()
        digest.update(data)

        async def stream(method: str, url: str, headers: Any, body: bytes | None, **options: Any) -> Any:
            asked = {name.decode(): value.decode() for name, value in headers}
            answerer.seen.append(SimpleNamespace(headers=asked, options=options))
            trailer = {
                "content-type": message.STREAM_TYPE,
                "content-digest": message.chunk_digest(digest.root()),
                "tc-stream-type": "text/plain",
                "tc-stream-size": str(len(data)),
                "tc-receipt": f'"{OTHER}/exchange";index=0',
            }
            signed = answerer.sign(trailer | changes, 200, asked)
            whole = framed(data if sent is None else sent, orjson.dumps(signed))
            pieces = [whole[at : at + 7000] for at in range(0, len(whole), 7000)]
            return reply(200, message.STREAM_TYPE, pieces)

        answerer.stream = stream

    def read(self, limit: int = 10**7) -> bytes:
        async def collect() -> bytes:
            return b"".join([piece async for piece in streaming.stream(runtime.current(), outbound(), limit)])

        return asyncio.run(collect())

    def broken(self) -> int:
        (record,) = ledger_records()
        assert (record.outcome, record.status, record.res) == ("broken", 0, None)
        return record.size

    def test_the_data_are_proven_at_their_end(self, mine, answerer):
        self.prepare(answerer)
        assert self.read() == self.DATA
        (record,) = ledger_records()
        assert (record.outcome, record.status, record.size) == ("ok", 200, len(self.DATA))
        assert record.res.kid == mine.other.key("tc1").public.kid

    def test_data_that_were_changed(self, mine, answerer):
        self.prepare(answerer, sent=self.DATA[:-1] + b"x")
        unproven("digest-mismatch", self.read)
        assert self.broken() == len(self.DATA)

    @pytest.mark.parametrize("change", [b"", DATA[:-1], DATA + b"x"])
    def test_data_of_another_length(self, mine, answerer, change):
        self.prepare(answerer, sent=change)
        unproven("digest-mismatch", self.read)

    def test_a_trailer_that_does_not_hold(self, mine, answerer):
        self.prepare(answerer, **{"tc-stream-size": "5"})
        unproven("digest-mismatch", self.read)
        assert self.broken() == len(self.DATA)

    def test_signed_by_somebody_else(self, mine, answerer):
        answerer.key = PrivateKey.generate()
        self.prepare(answerer)
        unproven("unknown-key", self.read)
        assert self.broken() == len(self.DATA)

    @pytest.mark.parametrize("trailer", [b"[]", b"{", b"5", b'{"content-digest":5}'])
    def test_a_trailer_that_is_none(self, mine, answerer, trailer):
        answerer.stream = replying(200, message.STREAM_TYPE, [framed(b"abc", trailer)])
        unproven("no fields at the end", self.read)
        assert self.broken() == 3

    @pytest.mark.parametrize("pieces", [[b"\0\0\0\3abc"], [b"\0\0\0\3abc", BROKEN], [b"\0\0\0\3ab"], [b""]])
    def test_one_that_breaks_off(self, mine, answerer, pieces):
        answerer.stream = replying(200, message.STREAM_TYPE, pieces)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read()
        assert self.broken() in {0, 2, 3}

    def test_one_without_end(self, mine, answerer):
        self.prepare(answerer)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read(limit=1000)
        self.broken()

    def test_one_that_nobody_wants_any_more(self, mine, answerer):
        self.prepare(answerer)

        async def leave() -> None:
            pieces = streaming.stream(runtime.current(), outbound(), 10**7)
            await anext(pieces)
            await pieces.aclose()

        asyncio.run(leave())
        assert 0 < self.broken() <= len(self.DATA)

    def test_an_answer_that_is_no_stream(self, mine, answerer):
        """A refusal, signed as a whole."""
        answerer.status, answerer.body = 403, b'{"code":"grant-missing"}'
        with pytest.raises(streaming.AnsweredWholeError) as caught:
            self.read()
        assert (caught.value.result.outcome, caught.value.result.status) == ("grant-missing", 403)
        assert ledger_records()[0].outcome == "grant-missing"

    def test_one_too_large_to_be_a_whole_answer(self, mine, answerer, monkeypatch):
        monkeypatch.setattr(runtime.current(), "body_limit", 3)
        with pytest.raises(Problem, match="provider-unreachable"):
            self.read()


def reply(status: int, media_type: str, pieces: list[bytes]) -> Any:
    return Streamed(Response(status, [(b"content-type", media_type.encode())], b""), pieces)


def replying(status: int, media_type: str, pieces: list[bytes]) -> Any:
    async def stream(*given: Any, **options: Any) -> Any:
        return reply(status, media_type, pieces)

    return stream


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
        asyncio.run(local.Local(runtime.current())(scope, receive, send))
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
        TestStreams().prepare(answerer)
        heard = self.ask(f"/call/{OTHER}/towns/rows", token, tc_stream="1")
        assert (heard.status, heard.body) == (200, TestStreams.DATA)
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


class TestTheProtocolsOwnCalls:
    @pytest.fixture(autouse=True)
    def _one_connection(self, monkeypatch):
        """Jobs ask the database in threads, which would not see what this test has written and not committed."""
        shared, real = connections["default"], asyncio.to_thread

        async def with_it(work, *given, **options):
            def run():
                connections["default"] = shared
                return work(*given, **options)

            return await real(run)

        shared.inc_thread_sharing()
        monkeypatch.setattr(asyncio, "to_thread", with_it)
        yield
        shared.dec_thread_sharing()

    def test_documents_are_delivered_until_acknowledged(self, mine, answerer):
        terms = Terms(service="towns", purpose="planning", reason=LocalText("甲", "A"), not_after=clock.unix() + 100)
        agreement = services.ask(provider=OTHER, terms=terms)
        answerer.silent = True
        asyncio.run(jobs.deliver(None))
        assert len(queries.untold()) == 1
        answerer.silent = False
        asyncio.run(jobs.deliver(None))
        assert queries.untold() == []
        seen = answerer.seen[-1]
        assert (seen.method, seen.url) == ("POST", f"{ADDRESS}/tc1/tc.agreements/requests")
        assert orjson.loads(seen.body) == {"document": agreement.request}
        assert seen.headers["tc-purpose"] == "protocol"
        asyncio.run(jobs.deliver(None))
        assert answerer.seen[-1] is seen

    def test_a_refusal_is_no_acknowledgement(self, mine, answerer):
        services.ask(
            provider=OTHER,
            terms=Terms(service="towns", purpose="a", reason=LocalText("甲", "A"), not_after=clock.unix() + 100),
        )
        answerer.status, answerer.body = 403, b'{"code":"not-party"}'
        asyncio.run(jobs.deliver(None))
        assert len(queries.untold()) == 1

    def test_a_proof_is_fetched(self, mine, answerer):
        proven = {"origin": "a/exchange", "index": 5, "salt": "s", "record": "r", "proof": "p"}
        answerer.body = orjson.dumps(proven)
        found = asyncio.run(asking.fetch_proof(OTHER, "message-1"))
        assert (found.origin, found.index, found.owner) == ("a/exchange", 5, "a")
        assert answerer.seen[0].url == f"{ADDRESS}/tc1/tc.evidence/records/message-1"

    def test_or_the_reason_why_not(self, mine, answerer):
        answerer.status, answerer.body = 503, b'{"code":"not-yet-published","retry_after":1}'
        problem = unproven("503 not-yet-published", lambda: asyncio.run(asking.fetch_proof(OTHER, "m")))
        assert (problem.rule, problem.retry_after) == ("not-yet-published", 1.0)

    def test_without_a_circle_nothing_is_delivered(self):
        asyncio.run(jobs.deliver(None))
        jobs.index(None)
        jobs.systems(None)
