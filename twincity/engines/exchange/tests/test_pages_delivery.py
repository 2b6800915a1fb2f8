"""The pages of delivery: who sees them, what they show, and that only operators decide."""

from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange.models import InboxMessage, OutboxMessage
from twincity.engines.exchange.services import rooms
from twincity.engines.exchange.tests.pages_world import exchanging, page
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

INDEX = "/deliveries/"


@pytest.fixture
def circle(node_home, tmp_path, db):
    with exchanging(node_home, tmp_path) as made:
        yield made


@pytest.fixture
def browser(client):
    def signed_in(*roles: str):
        identity.create_account(username="someone", password="a long password 7", roles=list(roles))
        client.login(username="someone", password="a long password 7")
        return client

    return signed_in


def dead(**more) -> OutboxMessage:
    values = {
        "id": "m1", "destination": OTHER, "lane": "interactive/default", "number": 1, "state": "dead", "priority": 1,
        "service": "towns", "method": "POST", "path": "/notes", "purpose": "planning", "system": "s", "request": b"{}",
        "size": 2, "queued": clock.millis(), "expires": clock.millis(), "error": "message-expired", "attempts": 3,
    }  # fmt: skip
    return OutboxMessage.objects.create(**values | more)


def taken(**more) -> InboxMessage:
    values = {
        "peer": OTHER, "id": "m2", "lane": "interactive/default", "number": 1, "state": "dead", "service": "towns",
        "method": "POST", "path": "/notes", "query": "", "headers": '{"tc-purpose":"planning"}', "body": b"",
        "taken": clock.millis(), "expires": clock.millis(), "error": "grant-missing", "attempts": 6,
    }  # fmt: skip
    return InboxMessage.objects.create(**values | more)


def test_strangers_and_accounts_without_a_role_see_nothing(circle, client, browser) -> None:
    assert client.get(INDEX).status_code == 302
    assert browser().get(INDEX).status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("在途消息", "有效期内未送达", "没有授权", "水情")),
        ("en", ("Messages on their way", "No grant", "Water")),
    ],
)
def test_backlog_letters_and_rooms_are_shown_in_both_languages(circle, browser, language, words) -> None:
    dead()
    dead(id="m3", number=2, state="queued")
    taken()
    rooms.create(name="water", title=LocalText("水情", "Water"))
    rooms.acknowledge(room="water", member=OTHER, system="reader", cursor=0)
    shown = page(browser("auditor"), INDEX, language)
    assert all(word in shown for word in words)
    assert 'type="file"' not in shown, "an auditor carries no bundles"


def test_unknown_parameters_are_refused(circle, browser) -> None:
    page(browser("operator"), INDEX, status=400, colour="red")


def test_an_operator_drops_a_message_with_a_reason_and_the_ledger_says_who(circle, browser) -> None:
    row, operator = dead(), browser("operator")
    address = reverse("exchanges-letter", args=["out", row.seq])
    assert 'type="radio"' in page(operator, address)
    assert operator.post(address, {"act": "drop"}).status_code == 200
    row.refresh_from_db()
    assert row.state == "dead", "without a reason nothing happens"
    assert operator.post(address, {"act": "drop", "reason": "no longer needed"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason, row.decided_by) == ("dropped", "no longer needed", "someone")
    assert b'"by":"someone"' in circle_log()
    page(operator, address, status=404)


def circle_log() -> bytes:
    from twincity.engines.ledger import facade as ledger

    log = ledger.exchange_log()
    return log.record(log.size - 1).data


def test_who_is_no_operator_sees_a_letter_and_decides_nothing(circle, browser) -> None:
    row, auditor = taken(), browser("auditor")
    address = reverse("exchanges-letter", args=["in", row.seq])
    assert 'type="radio"' not in page(auditor, address)
    assert auditor.post(address, {"act": "drop", "reason": "x"}).status_code == 403
    for name in ("exchanges-export", "exchanges-import"):
        assert auditor.post(reverse(name), {}).status_code == 403
    row.refresh_from_db()
    assert row.state == "dead"


def test_a_bundle_is_neither_made_for_nobody_nor_taken_without_a_file(circle, browser) -> None:
    operator = browser("operator")
    assert operator.post(reverse("exchanges-export"), {"to": ""}).status_code == 422
    assert operator.post(reverse("exchanges-import"), {}).status_code == 422


def test_the_reason_of_a_dropped_message_is_needed_by_the_service_too(circle) -> None:
    from twincity.engines.exchange.services import deadletters

    dead()
    with pytest.raises(Problem) as caught:
        deadletters.drop_sending(message="m1", by="x", reason=" ")
    assert caught.value.field == "reason"
