"""The provider's side: every step from a signed request to its signed answer, in order, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.circle import services as circle_services
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import rules, services
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.tests.paper_peer import ledger_records, proven
from twincity.engines.exchange.tests.wire.checks import (
    answered,
)
from twincity.engines.exchange.tests.wire.service import TOWNS, Query
from twincity.engines.exchange.wire import handling, runtime
from twincity.engines.exchange.wire.registry import Rows
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

pytestmark = pytest.mark.django_db


class TestAnswers:
    def test_signed_bound_and_on_record_before_it_leaves(self, caller, granted):
        heard = caller.call("towns/call", extra={"tc-system": "gis", "tc-case": "2026/1"})
        assert heard.json() == {"member": OTHER, "purpose": "planning", "system": "gis", "grant": "g"}
        signed = proven(heard)
        (record,) = ledger_records()
        assert heard.headers["tc-receipt"] == f'"{circle.member_id()}/exchange";index=0'
        assert (record.side, record.peer, record.service, record.method, record.path) == (
            "provider",
            OTHER,
            "towns",
            "GET",
            "/call",
        )
        assert (record.id, record.purpose, record.system, record.case) == (
            heard.asked["tc-message-id"],
            "planning",
            "gis",
            "2026/1",
        )
        assert (record.outcome, record.status, record.size, record.stale) == ("ok", 200, len(heard.body), False)
        assert (record.grant, record.policy) == ("g", runtime.current().grants.version)
        assert record.res.base.encode() == signed.base
        assert record.req.kid == caller.key.public.kid
        assert f'"signature";req: {heard.asked["signature"]}' in record.res.base

    def test_each_answer_has_the_place_that_its_receipt_promised(self, caller, granted):
        for place in range(3):
            heard = caller.call("towns/call")
            assert heard.headers["tc-receipt"].endswith(f"index={place}")
            assert orjson.loads(ledger.exchange_log().record(place).data)["id"] == heard.asked["tc-message-id"]

    def test_rows_are_cut_down_to_what_the_grant_lets_through(self, mine, caller):
        limited = RowFilter("code", "prefix", ("50",))
        services.add_grants([
            Grant(id="g", subject="any", service="towns", purposes=("*",), fields=("name", "code"), rows=(limited,))
        ])  # fmt: skip
        assert caller.call("towns/rows").json() == {"rows": [{"name": "桂溪", "code": "500231100"}]}

    def test_handlers_in_threads_on_the_loop_and_asynchronous_ones(self, caller, granted):
        assert caller.call("towns/rows").json() == {"rows": TOWNS}
        assert caller.call("towns/large?size=3").json() == "xxx"
        assert caller.call("towns/later", b'{"size":5}', method="POST").json() == {"size": 5}

    def test_what_a_handler_refuses_is_an_answer(self, caller, granted):
        answered(caller.call("towns/refuses"), "not-found", "code")

    @pytest.mark.parametrize("path", ["towns/fails", "towns/odd"])
    def test_what_goes_wrong_in_a_handler_stays_there(self, caller, granted, path):
        heard = caller.call(path)
        answered(heard, "internal")
        assert b"secret" not in heard.body
        assert len(heard.json()["incident"]) == 12

    def test_an_answer_beyond_the_limit_is_refused(self, mine, caller, granted, monkeypatch):
        monkeypatch.setattr(runtime.current(), "body_limit", 100)
        assert caller.call("towns/large?size=98").status == 200
        heard = caller.call("towns/large?size=99")
        answered(heard, "too-large", "body")
        assert heard.json()["limit"] == 100


class TestWhenItIsKnownWhoAsks:
    """Steps 9 to 15: signed and on record."""

    def test_a_service_that_is_not_there(self, caller, granted):
        answered(caller.call("nothing/x"), "not-found", "service")
        answered(caller.call("towns"), "not-found", "path")

    @pytest.mark.parametrize("path", ["towns/%63all", "towns/call%2F", "towns//call", "towns/%e4%b8%ad"])
    def test_a_path_in_another_spelling(self, caller, granted, path):
        answered(caller.call(path), "bad-request", "path")

    def test_a_service_that_nobody_granted(self, caller):
        answered(caller.call("towns/call"), "grant-missing", "subject")

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"extra": {"tc-purpose": "tax"}}, "purpose"),
            ({"method": "PUT"}, "method"),
            ({"extra": {"tc-purpose": ""}}, "purpose"),
        ],
    )
    def test_outside_the_grant(self, caller, granted, options, field):
        answered(caller.call("towns/call", **options), "grant-missing", field)
        assert ledger_records()[-1].grant == ""

    def test_a_denial(self, caller, granted):
        services.add_grants([msgspec.structs.replace(granted, id="d", subject="any", effect="deny", path="/call")])
        answered(caller.call("towns/call"), "grant-missing", "effect")
        assert caller.call("towns/rows").code == "ok"

    def test_by_trust_mark_while_it_lasts(self, mine, caller):
        services.add_grants(
            [Grant(id="m", subject=f"mark:{circle.member_id()}/partner", service="towns", purposes=("*",))]
        )
        answered(caller.call("towns/call"), "grant-missing", "subject")
        circle_services.mark(member=OTHER, mark_id="partner", life=1000)
        assert caller.call("towns/call").code == "ok"
        clock.shift(1001)
        mine.witnessed(0)
        answered(caller.call("towns/call"), "grant-missing", "subject")

    def test_beyond_the_rate_of_the_grant(self, mine, caller):
        services.add_grants([Grant(id="g", subject="any", service="towns", purposes=("*",), rate=12)])
        told = [caller.call("towns/call").code for _ in range(4)]
        assert told == ["ok", "ok", "grant-rate", "grant-rate"]
        heard = caller.call("towns/call")
        answered(heard, "grant-rate", "rate")
        assert 0 < heard.json()["retry_after"] <= 5

    def test_a_grant_without_rate_has_none(self, caller, granted):
        assert {caller.call("towns/call").code for _ in range(30)} == {"ok"}

    def test_an_old_directory_marks_the_record(self, mine, caller, granted):
        mine.witnessed(901)
        assert caller.call("towns/call").code == "ok"
        assert ledger_records()[-1].stale is True

    @pytest.mark.parametrize(
        ("age", "path", "code"),
        [
            (800, "alarms/now", "ok"),
            (1000, "alarms/now", "directory-stale"),
            (604_700, "towns/call", "ok"),
            (604_900, "towns/call", "directory-stale"),
        ],
    )
    def test_too_old_a_directory_for_the_class_of_the_service(self, mine, caller, granted, age, path, code):
        mine.witnessed(age)
        heard = caller.call(path)
        if code == "ok":
            assert heard.code == "ok"
        else:
            answered(heard, code)

    @pytest.mark.parametrize(
        ("path", "code", "field"),
        [
            ("towns/nothing", "not-found", "path"),
            ("towns/later", "method-not-allowed", "method"),
            ("towns/call?colour=red", "unknown-parameter", "colour"),
            ("towns/call?size=large", "invalid", "size"),
            ("towns/call?size=1&size=2", "bad-request", "query"),
            ("towns/call?size", "bad-request", "query"),
            ("towns/rows?size=1", "unknown-parameter", "size"),
        ],
    )
    def test_what_the_service_does_not_take(self, caller, granted, path, code, field):
        answered(caller.call(path), code, field)

    def test_the_protocols_own_services_need_no_grant(self, caller):
        answered(caller.call("tc.evidence/records/nothing"), "not-found", "message")
        assert ledger_records()[-1].grant == "protocol"

    def test_a_record_that_cannot_be_kept_is_no_answer(self, caller, granted, monkeypatch):
        def full(*given: object) -> None:
            raise Problem(NOT_FOUND, what="room")

        monkeypatch.setattr(ledger.Log, "append", full)
        heard = caller.call("towns/call")
        assert heard.problem is not None
        assert "signature" not in heard.headers


class TestEncoding:
    GRANT = Grant(id="g", subject="any", service="s", purposes=("*",))

    def test_structures_rows_and_plain_values(self):
        assert handling.encode(Query(5), self.GRANT, 100).body == b'{"size":5}'
        assert handling.encode({"中": [1, None]}, self.GRANT, 100).body == '{"中":[1,null]}'.encode()
        assert handling.encode(Rows([{"a": 1, "b": 2}]), bare(fields=("a",)), 100).body == b'{"rows":[{"a":1}]}'

    def test_a_problem_keeps_its_status_and_code(self):
        found = handling.refused(Problem(NOT_FOUND, field="x", what="y"))
        assert (found.status, found.outcome, found.media_type) == (404, "not-found", "application/problem+json")
        assert orjson.loads(found.body)["field"] == "x"


def bare(**changes: Any) -> rules.Grant:
    return msgspec.structs.replace(TestEncoding.GRANT, **changes)
