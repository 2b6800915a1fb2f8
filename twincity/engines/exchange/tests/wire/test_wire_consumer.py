"""The consumer's side: what this node sends, what it believes of an answer, and what it records when it does not."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from django.db import connections

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import jobs, queries, services
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.tests.paper_peer import ledger_records
from twincity.engines.exchange.tests.wire.checks import (
    ADDRESS,
    call,
    unproven,
)
from twincity.engines.exchange.wire import asking
from twincity.kernel import clock
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db


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
