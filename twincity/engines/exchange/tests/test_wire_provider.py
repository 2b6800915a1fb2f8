"""The provider's side: every step from a signed request to its signed answer, in order, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import orjson
import pytest
from django.db import connections

from twincity.engines.circle import facade as circle
from twincity.engines.circle import services as circle_services
from twincity.engines.circle.tests.opened import OTHER, Opened, opened
from twincity.engines.circle.trust import documents as docs
from twincity.engines.exchange import facade, rules, services
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.tests.paper_peer import Caller, Heard, ledger_records, proven
from twincity.engines.exchange.wire import handling, registry, runtime
from twincity.engines.exchange.wire.registry import Call, Rows, Service
from twincity.engines.ledger import facade as ledger
from twincity.kernel import chunks, clock, jws
from twincity.kernel.http.client import Client
from twincity.kernel.keys import PrivateKey
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db
TITLE = LocalText("测试", "Test")
TOWNS = [{"code": "500231100", "name": "桂溪", "people": 7}, {"code": "511623100", "name": "鼎屏", "people": 9}]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """Parameters of the service of these tests."""

    size: int = 0


@pytest.fixture
def mine(node_home, tmp_path, monkeypatch) -> Iterator[Opened]:
    """This node with a service of its own, in a circle with another province."""
    own = {name: found for name, found in registry._services.items() if name.startswith("tc.")}
    monkeypatch.setattr(registry, "_services", own)
    offer()
    with opened(node_home, tmp_path) as made:
        started, shared = facade.start(node_home.config, Client()), connections["default"]
        # The thread of handlers sees what the test has written and not committed, and leaves no connection behind.
        shared.inc_thread_sharing()
        started.pool.submit(connections.__setitem__, "default", shared).result()
        yield made
        facade.stop()
        shared.dec_thread_sharing()


def offer() -> None:  # noqa: C901  one short handler for each way to answer
    """A service that does what services do, well and badly."""
    towns = Service("towns", TITLE)
    critical = Service("alarms", TITLE, service_class="critical")

    @towns.get("/rows")
    def rows(call: Call) -> Rows:
        return Rows([dict(row) for row in TOWNS])

    @towns.get("/call", inline=True)
    def told(call: Call, given: Query) -> dict[str, Any]:
        return {"member": call.member, "purpose": call.purpose, "system": call.system, "grant": call.grant.id}

    @towns.post("/later")
    async def later(call: Call, given: Query) -> Query:
        await asyncio.sleep(0)
        return given

    @towns.get("/large", inline=True)
    def large(call: Call, given: Query) -> str:
        return "x" * given.size

    @towns.get("/refuses", inline=True)
    def refuses(call: Call) -> None:
        raise Problem(NOT_FOUND, field="code", what="such a town")

    @towns.get("/fails")
    def fails(call: Call) -> None:
        raise ZeroDivisionError("a secret")

    @towns.get("/odd", inline=True)
    def odd(call: Call) -> object:
        return object()

    @towns.get("/stream", stream=True, media_type="text/plain")
    async def stream(call: Call, given: Query) -> AsyncIterator[bytes]:
        for number in range(given.size):
            yield b"%06d\n" % number
            if number == 50:
                raise ZeroDivisionError("a secret")

    @critical.get("/now", inline=True)
    def now(call: Call) -> list[str]:
        return []


@pytest.fixture
def caller(mine) -> Caller:
    return Caller(mine)


@pytest.fixture
def granted(mine) -> Grant:
    """Everything of both services, for planning."""
    given = Grant(id="g", subject=f"member:{OTHER}", service="towns", methods=("GET", "POST"), purposes=("planning",))
    alarms = msgspec.structs.replace(given, id="a", service="alarms")
    services.add_grants([given, alarms])
    return given


def answered(heard: Heard, code: str, field: str = "") -> None:
    """A refusal that is signed and on record, like any answer."""
    assert (heard.problem, heard.code, heard.field) == (None, code, field), heard.body
    proven(heard)
    record = ledger_records()[-1]
    assert (record.side, record.outcome, record.status, record.id) == (
        "provider",
        code,
        heard.status,
        heard.asked["tc-message-id"],
    )


def turned_away(heard: Heard, code: str, field: str = "") -> None:
    """A refusal that is unsigned and leaves no record but a note for the administrator."""
    assert heard.problem is not None, heard
    assert (heard.code, heard.problem.field) == (code, field), heard.problem
    assert ledger_records() == []
    assert runtime.current().turned[-1].problem is heard.problem


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


class TestBeforeAnybodyIsKnown:
    """Steps 1 to 8: unsigned, unrecorded."""

    def send(self, caller: Caller, **changes: str | None) -> Heard:
        target = "/tc1/towns/call"
        headers = caller.headers(target) | {name.replace("_", "-"): value for name, value in changes.items()}
        return caller.send(target, {name: value for name, value in headers.items() if value is not None})

    @pytest.mark.parametrize(
        "name",
        ["signature", "signature-input", "content-digest", "content-type", "tc-purpose", "tc-x", "tc-message-id"],
    )
    def test_a_field_that_is_repeated(self, caller, granted, name):
        target = "/tc1/towns/call"
        headers = caller.headers(target, extra={"content-type": "text/plain", "tc-x": "1"})
        pair = (name.encode(), headers[name].encode())
        turned_away(caller.send(target, headers, pairs=[pair]), "bad-request", name)

    def test_others_may_be_repeated(self, caller, granted):
        target = "/tc1/towns/call"
        assert caller.send(target, caller.headers(target), pairs=[(b"via", b"a"), (b"via", b"b")]).code == "ok"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("tc-priority", "urgent"), ("tc-priority", "EMERGENCY"), ("tc-deadline", "0"), ("tc-deadline", "600001")]
        + [("tc-deadline", value) for value in ("", "-1", "1.5", "1e3", "soon", "²")],
    )
    def test_a_class_or_deadline_that_is_none(self, caller, granted, name, value):
        heard = self.send(caller, **{name: value})
        turned_away(heard, "invalid", name)

    @pytest.mark.parametrize("value", ["emergency", "interactive", "batch"])
    def test_classes_there_are(self, caller, granted, value):
        assert caller.call("towns/call", extra={"tc-priority": value, "tc-deadline": "600000"}).code == "ok"

    def test_a_full_node_says_when_to_come_back(self, mine, caller, granted, monkeypatch):
        monkeypatch.setattr(runtime.current(), "gate", Gate(AdaptiveLimit(maximum=64), rate=0.5, burst=1))
        assert caller.call("towns/call").code == "ok"
        heard = caller.call("towns/call")
        assert heard.problem is not None
        assert heard.code == "rate-exceeded"
        assert 0 < heard.problem.retry_after <= 2

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"signature": None}, "signature-missing", "signature"),
            ({"signature": "x"}, "signature-malformed", "signature"),
            ({"signature_input": "x"}, "signature-malformed", "signature-input"),
            ({"tc_x": "1"}, "signature-uncovered", "tc-x"),
            ({"content_type": "text/plain"}, "signature-uncovered", "content-type"),
            ({"tc_purpose": "tax"}, "signature-invalid", "signature"),
            ({"content_digest": message.content_digest(b"other")}, "digest-mismatch", "content-digest"),
            ({"content_digest": "sha-512=:AA==:"}, "signature-malformed", "content-digest"),
        ],
    )
    def test_a_signature_that_is_not_right(self, caller, granted, changes, code, field):
        turned_away(self.send(caller, **changes), code, field)

    @pytest.mark.parametrize(
        "target", ["/tc1/towns/call?size=1", "/tc1/towns/rows", "/tc1//towns/call", "/tc1/towns/call/"]
    )
    def test_another_target_than_was_signed(self, caller, granted, target):
        headers = caller.headers("/tc1/towns/call")
        turned_away(caller.send(target, headers), "signature-invalid", "signature")

    def test_another_method_than_was_signed(self, caller, granted):
        headers = caller.headers("/tc1/towns/call")
        turned_away(caller.send("/tc1/towns/call", headers, method="POST"), "signature-invalid", "signature")

    def test_another_body_than_was_signed(self, caller, granted):
        target = "/tc1/towns/later"
        headers = caller.headers(target, b'{"size":5}', method="POST")
        turned_away(caller.send(target, headers, b'{"size":6}', "POST"), "digest-mismatch", "content-digest")

    @pytest.mark.parametrize("age", [-3600, -6, 66, 3600])
    def test_out_of_its_time(self, caller, granted, age):
        turned_away(caller.call("towns/call", now=clock.unix() - age), "signature-expired", "created")

    def test_by_a_key_that_nobody_announced(self, caller, granted):
        for key in (PrivateKey.generate(), caller.mine.other.key("root"), caller.mine.other.key("tc1-next")):
            turned_away(caller.call("towns/call", key=key), "unknown-key", "keyid")

    def test_by_a_key_that_was_revoked(self, mine, caller, granted):
        kid = mine.other.key("tc1").public.kid
        mine.hear(revocation_of(mine, kid))
        turned_away(caller.call("towns/call"), "key-revoked", "keyid")

    def test_by_a_key_whose_term_is_over(self, mine, caller, granted):
        clock.shift(91 * 86_400)
        mine.witnessed(0)
        turned_away(caller.call("towns/call"), "key-out-of-time", "keyid")

    def test_twice(self, caller, granted):
        target = "/tc1/towns/call"
        headers = caller.headers(target)
        assert caller.send(target, headers).code == "ok"
        heard = caller.send(target, headers)
        assert (heard.code, heard.problem.field) == ("signature-replayed", "nonce")
        assert len(ledger_records()) == 1

    def test_a_nonce_counts_for_one_key(self, caller, granted):
        for nonce, code in (("n", "ok"), ("n", "signature-replayed"), ("m", "ok")):
            assert caller.call("towns/call", nonce=nonce).code == code

    def test_a_forgery_uses_up_nobodys_nonce(self, caller, granted):
        """Or a stranger could have a request refused by sending its nonce first."""
        target = "/tc1/towns/call"
        headers = caller.headers(target)
        forged = headers | {"tc-purpose": "tax"}
        turned_away(caller.send(target, forged), "signature-invalid", "signature")
        assert caller.send(target, headers).code == "ok"

    @pytest.mark.parametrize("name", ["tc-message-id", "tc-purpose", "tc-system", "tc-case"])
    def test_an_identifier_that_is_too_long(self, caller, granted, name):
        turned_away(caller.call("towns/call", extra={name: "x" * 65}), "bad-request", name)

    def test_a_message_without_a_name(self, caller, granted):
        turned_away(caller.call("towns/call", extra={"tc-message-id": ""}), "signature-malformed", "tc-message-id")

    def test_a_body_beyond_the_limit(self, mine, caller, granted, monkeypatch):
        monkeypatch.setattr(runtime.current(), "body_limit", 10)
        turned_away(caller.call("towns/later", b"x" * 11, method="POST"), "too-large", "body")

    def test_the_first_fault_is_the_one_that_is_told(self, caller, granted):
        """In the order of the specification, with more and more put right."""
        key, now = PrivateKey.generate(), clock.unix() - 600
        target = "/tc1/nothing/x"
        faults = caller.headers(target, b"signed", key=key, now=now, extra={"tc-message-id": "x" * 65})
        body = b"sent"
        told = [
            caller.send(
                target, faults | {"tc-priority": "x", "signature": "x"}, body, "GET", pairs=[(b"tc-x", b"")] * 2
            ).code
        ]
        told += [caller.send(target, faults | {"tc-priority": "x", "signature": "x"}, body).code]
        told += [caller.send(target, faults | {"tc-x": ""} | {"signature": "x"}, body).code]
        told += [caller.send(target, faults | {"tc-x": ""}, body).code]
        told += [caller.send(target, faults, body).code]
        faults = caller.headers(target, b"signed", key=key, extra={"tc-message-id": "x" * 65})
        told += [caller.send(target, faults, body).code]
        faults = caller.headers(target, b"signed", extra={"tc-message-id": "x" * 65})
        told += [caller.send(target, faults | {"tc-purpose": "tax"}, body).code]
        told += [caller.send(target, faults | {"tc-purpose": "tax"}, b"signed").code]
        told += [caller.send(target, faults, b"signed").code]
        assert told == [
            "bad-request",
            "invalid",
            "signature-malformed",
            "signature-uncovered",
            "signature-expired",
            "unknown-key",
            "digest-mismatch",
            "signature-invalid",
            "bad-request",
        ]

    def test_what_was_turned_away_is_noted_within_bounds(self, caller, granted):
        for number in range(510):
            caller.send(f"/tc1/towns/{'x' * 300}", {"tc-message-id": f"{number}" + "x" * 100})
        turned = runtime.current().turned
        assert len(turned) == 500
        last = turned[-1]
        assert (len(last.message), len(last.target), last.kid) == (64, 200, "")
        assert last.message.startswith("509")


def revocation_of(mine: Opened, kid: str) -> str:
    """The other anchor revokes its own key, by its root key."""
    payload = {"iss": OTHER, "sub": OTHER, "kid": kid, "origin": f"{OTHER}/exchange"}
    payload |= {"index": 0, "at": clock.unix(), "reason": "lost"}
    return jws.sign(payload, mine.other.key("root"), typ=docs.REVOCATION)


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


class TestStreams:
    def read(self, heard: Heard) -> tuple[bytes, dict[str, str]]:
        decoder = chunks.Decoder(10**6)
        data = b"".join(decoder.feed(heard.body))
        decoder.close()
        return data, orjson.loads(decoder.trailer)

    @pytest.mark.parametrize("size", [0, 1, 50])
    def test_the_signature_stands_at_the_end(self, caller, granted, size):
        heard = caller.call(f"towns/stream?size={size}")
        assert (heard.status, heard.headers["content-type"]) == (200, message.STREAM_TYPE)
        assert "signature" not in heard.headers
        data, trailer = self.read(heard)
        assert data == b"".join(b"%06d\n" % number for number in range(size))
        digest = chunks.ChunkDigest()
        digest.update(data)
        assert trailer["content-digest"] == message.chunk_digest(digest.root())
        assert (trailer["tc-stream-type"], trailer["tc-stream-size"]) == ("text/plain", str(len(data)))
        signed = message.read_response(status=200, headers=trailer, request=heard.asked)
        message.check_signature(signed, circle.keys_of(circle.member_id())[signed.kid])
        record = ledger_records()[-1]
        assert (record.outcome, record.size, record.res.base.encode()) == ("ok", len(data), signed.base)
        assert trailer["tc-receipt"] == f'"{circle.member_id()}/exchange";index=0'

    def test_one_that_breaks_off_has_no_end_and_is_on_record(self, caller, granted):
        with pytest.raises(ZeroDivisionError):
            caller.call("towns/stream?size=60")
        record = ledger_records()[-1]
        assert (record.outcome, record.size, record.res) == ("broken", 51 * 7, None)

    def test_so_is_one_that_nobody_hears_to_its_end(self, caller, granted):
        target = "/tc1/towns/stream?size=50"
        heard = caller.send(target, caller.headers(target), leaves_after=5)
        assert heard.status == 200
        record = ledger_records()[-1]
        assert record.outcome == "broken"
        assert 0 < record.size < 50 * 7

    def test_a_refusal_is_no_stream(self, caller, granted):
        answered(caller.call("towns/stream?size=x"), "invalid", "size")


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
