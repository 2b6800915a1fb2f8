"""Calls that a gateway brings from outside the circle: same decision, handler and shaping, and a record."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import orjson
import pytest

from twincity.engines.exchange import services
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.wire import outside, registry, runtime
from twincity.engines.exchange.wire.outside import OutsideCall
from twincity.engines.ledger import facade as ledger

pytestmark = pytest.mark.django_db
GRANT = Grant(
    id="ee", subject="xroad:EE/GOV/7", service="towns", methods=("GET", "POST"), purposes=("xroad",), fields=("name",)
)


def call(path: str = "/rows", **more: Any) -> tuple[int, dict[str, Any]]:
    given = {"kind": "xroad", "client": "EE/GOV/7/maps", "gateway": "192.0.2.7", "service": "towns", "method": "GET",
             "path": path, "purpose": "xroad"} | more  # fmt: skip
    answer = asyncio.run(outside.answer(runtime.current(), OutsideCall(**given)))
    return answer.status, orjson.loads(answer.body) if answer.media_type != "text/plain" else {"text": answer.body}


def last_record() -> dict[str, Any]:
    log = ledger.exchange_log()
    found: dict[str, Any] = orjson.loads(log.record(log.size - 1).data)
    return found


def test_the_grant_s_fields_and_no_others_leave_and_the_ledger_says_by_whom_it_was_brought(mine) -> None:
    services.add_grants([GRANT])
    status, body = call(reference="r-1")
    assert (status, [set(row) for row in body["rows"]]) == (200, [{"name"}, {"name"}])
    record = last_record()
    wanted = {"client": "EE/GOV/7/maps", "gateway": "192.0.2.7", "reference": "r-1", "outcome": "ok", "grant": "ee"}
    assert (record["kind"], wanted.items() <= record["facts"].items()) == ("xroad", True)


@pytest.mark.parametrize(("more", "code"), [
    ({"client": "EE/GOV/8/maps"}, "grant-missing"), ({"purpose": "tax"}, "grant-missing"),
    ({"service": "nothing"}, "not-found"), ({"service": "tc.agreements"}, "not-found"),
    ({"path": "/%72ows"}, "bad-request"), ({"path": "/nowhere"}, "not-found"), ({"query": "a=1"}, "unknown-parameter"),
])  # fmt: skip
def test_refusals_are_answers_and_on_record(mine, more, code) -> None:
    services.add_grants([GRANT])
    assert call(**more)[1]["code"] == code
    assert last_record()["facts"]["outcome"] == code


def test_what_is_for_any_member_is_not_for_a_caller_from_outside(mine) -> None:
    services.add_grants([msgspec.structs.replace(GRANT, id="any", subject="any")])
    assert call()[1]["code"] == "grant-missing"


def test_what_needs_a_person_s_consent_never_leaves_this_way(mine) -> None:
    @registry.find("towns").get("/person", inline=True, subject="person")
    def person(call: registry.Call) -> registry.Rows:
        raise AssertionError("the handler must not be reached")

    services.add_grants([GRANT])
    assert call("/person")[1]["code"] == "consent-missing"
    services.add_grants([msgspec.structs.replace(GRANT, consent=True)])
    assert call()[1]["code"] == "consent-missing"


def test_a_stream_is_collected_within_the_limit(mine) -> None:
    services.add_grants([GRANT])
    assert call("/stream", query="size=3") == (200, {"text": b"000000\n000001\n000002\n"})
    runtime.current().body_limit = 10
    assert call("/stream", query="size=3")[1]["code"] == "too-large"
