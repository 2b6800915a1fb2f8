"""Calls under a consent, through the provider's door: what is refused, and what a withdrawal in the middle does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import services
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.tests import consent_world as w
from twincity.engines.exchange.tests.paper_peer import ledger_records
from twincity.engines.exchange.wire import consents, runtime
from twincity.engines.exchange.wire.registry import Call, Rows, Service

pytestmark = pytest.mark.django_db
WHILE_ANSWERING: list[Any] = []


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """Whose data."""

    person: str


@pytest.fixture
def consent(mine, _offered) -> docs.Consent:
    """One that stands, and a service of the probe's kind."""
    probe = Service("people", w.TEXT)

    @probe.get("/rows", subject="person")
    def rows(call: Call, given: Person) -> Rows:
        for work in WHILE_ANSWERING:
            work()
        return Rows([{"person": given.person, "name": "N", "born": 1}, {"person": "wang", "name": "W", "born": 2}])

    @probe.get("/stream", subject="person", stream=True)
    async def stream(call: Call, given: Person) -> AsyncIterator[bytes]:
        yield b"one"
        for work in WHILE_ANSWERING:
            await runtime.current().in_thread(lambda _, work=work: work(), None)
        yield b"two"

    @probe.get("/plain", inline=True)
    def plain(call: Call) -> dict[str, Any]:
        return {}

    WHILE_ANSWERING.clear()
    w.linked()
    row = w.proposed(service="people")
    grant = Grant(id="p", subject=f"member:{OTHER}", service="people", purposes=("welfare",), consent=row.identifier)
    services.add_grants([grant])
    made = w.document(row)
    w.told(mine, made)
    return made


def call(caller, consent: str, path: str = "rows"):
    return caller.call(f"people/{path}", extra={"tc-purpose": "welfare", "tc-consent": consent or None})


def test_the_person_s_own_rows_and_fields_leave_and_the_record_names_a_pseudonym(caller, consent):
    heard = call(caller, consent.id)
    assert heard.json() == {"rows": [{"name": "N"}]}
    record = ledger_records()[-1]
    assert (record.consent, record.subject, record.fields) == (consent.id, w.SUBJECT, ("name",))


@pytest.mark.parametrize("name", ["", "another"])
def test_without_one_that_is_known_nothing_leaves(caller, consent, name):
    assert (call(caller, name).status, call(caller, name).code) == (403, "consent-missing")


def test_an_answer_does_not_leave_under_a_consent_that_was_withdrawn_while_it_was_made(mine, caller, consent):
    WHILE_ANSWERING.append(lambda: w.told(mine, replace(consent, state="withdrawn")))
    heard = call(caller, consent.id)
    assert (heard.status, heard.code) == (403, "consent-withdrawn")
    assert ledger_records()[-1].outcome == "consent-withdrawn"


def test_a_stream_breaks_off_when_its_consent_is_withdrawn(mine, caller, consent, monkeypatch):
    monkeypatch.setattr(consents, "STREAM_SECONDS", -1.0)
    WHILE_ANSWERING.append(lambda: w.told(mine, replace(consent, state="withdrawn")))
    heard = call(caller, consent.id, "stream")
    assert heard.code == "consent-withdrawn"
    broken = next(record for record in ledger_records() if record.path == "/stream")
    assert (broken.outcome, broken.res, broken.size) == ("broken", None, 3)  # of two pieces only the first has left


def test_a_home_that_has_been_silent_for_too_long_cannot_be_relied_on(mine, caller, consent):
    mine.witnessed(3600)
    heard = call(caller, consent.id)
    assert (heard.status, heard.code) == (503, "consent-unconfirmed")


def test_an_endpoint_that_names_no_person_answers_under_no_consent(caller, consent):
    assert call(caller, consent.id, "plain").code == "consent-narrower"


def test_services_of_the_protocol_know_no_consent(caller, consent):
    heard = caller.call("tc.evidence/records/x", extra={"tc-purpose": "protocol", "tc-consent": consent.id})
    assert heard.code == "consent-missing"


def test_a_consent_s_name_has_bounds(caller, consent):
    assert call(caller, "x" * 65).code == "bad-request"
