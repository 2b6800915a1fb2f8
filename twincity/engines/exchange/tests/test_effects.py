"""Taking in and handling on one node, on both databases: once, in order, all or nothing, under the grants in force."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from django.db import connection

from twincity.engines.exchange import services
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import BODY_LIMIT, Envelope, body_of
from twincity.engines.exchange.models import GrantRow, InboxMessage, OutboxMessage, Room
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.services import effects as module
from twincity.engines.exchange.services import inbox, results, rooms
from twincity.engines.exchange.services.effects import Effects
from twincity.engines.exchange.services.results import Results
from twincity.engines.exchange.tests.messages_world import OTHER, envelope
from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.engines.exchange.wire.runtime import current
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNAVAILABLE, Problem


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """What to write."""

    text: str


@pytest.fixture(autouse=True)
def _service(mine, monkeypatch) -> None:
    monkeypatch.setattr(registry, "_services", {})
    notes = Service("notes", LocalText("记", "Notes"))

    @notes.post("/write")
    def write(call: Call, given: Text) -> dict[str, Any]:
        rooms.create(name=given.text, title=LocalText("间", "Room"))
        if given.text.startswith("fail"):
            raise RuntimeError("asked to")
        if given.text.startswith("busy"):
            raise Problem(UNAVAILABLE, retry_after=1, reason="busy")
        return {"id": call.id}

    services.add_grants(
        [Grant(id="g", subject=f"member:{OTHER}", service="notes", methods=("POST",), purposes=("planning",))]
    )


def take(mine, *given: tuple[str, int, int], **more: str) -> list[lanes.Verdict]:
    """Take in messages of (text, number, after)."""
    from twincity.engines.exchange.delivery.envelope import open_envelope

    async def opened() -> list[inbox.Arrived]:
        found = []
        for text, number, after in given:
            message = envelope(mine, {"text": text}, tc_number=str(number), tc_message_id=f"m-{text}", **more)
            found.append(inbox.Arrived(await open_envelope(message, sender=OTHER, now=clock.unix()), after))
        return found

    arrived = asyncio.run(opened())
    with connection.cursor() as cursor:
        return inbox.take(cursor, arrived)


def handler() -> Effects:
    numbers = lanes.Numbers()
    return Effects(current(), lambda: numbers.next(clock.millis()), lambda _: None)


def settle(acting: Effects) -> None:
    """Handle all that is due, however long one of them takes."""
    while acting.round():
        pass


def told(sent: OutboxMessage) -> list[results.Result]:
    """The results in a message that goes back."""
    return msgspec.json.decode(body_of(msgspec.json.decode(bytes(sent.request), type=Envelope)), type=Results).results


def states() -> dict[str, str]:
    return dict(InboxMessage.objects.values_list("id", "state"))


def made() -> set[str]:
    return set(Room.objects.values_list("name", flat=True))


def test_each_is_taken_once_and_only_in_its_turn(mine) -> None:
    assert take(mine, ("a", 1, 0), ("b", 2, 1)) == ["new", "new"]
    assert take(mine, ("a", 1, 0), ("d", 4, 3), ("c", 3, 2)) == ["known", "early", "new"]
    assert take(mine, ("d", 4, 3)) == ["new"]
    assert take(mine, ("late", 3, 0)) == ["early"], "after later ones of its lane"
    assert take(mine, ("z", 1, 0), tc_lane="interactive/other") == ["new"]


def test_effect_mark_and_result_come_together(mine) -> None:
    take(mine, ("a", 1, 0), ("b", 2, 1))
    settle(handler())
    assert (states(), made()) == ({"m-a": "done", "m-b": "done"}, {"a", "b"})
    sent = OutboxMessage.objects.get()
    assert (sent.destination, sent.service, sent.path) == (OTHER, "tc.inbox", "/results")
    assert [each.message for each in told(sent)] == ["m-a", "m-b"]
    assert not handler().round()


def test_one_that_fails_among_many_costs_the_others_nothing_but_time(mine) -> None:
    take(mine, ("a", 1, 0))
    take(mine, ("fail", 1, 0), tc_lane="interactive/other")
    take(mine, ("b", 2, 1))
    settle(handler())
    assert (states(), made()) == ({"m-a": "done", "m-fail": "taken", "m-b": "done"}, {"a", "b"})
    back = [each.message for sent in OutboxMessage.objects.order_by("number") for each in told(sent)]
    assert back == ["m-a", "m-b"]


def test_results_share_messages_within_the_limits_of_one() -> None:
    large = [msgspec.json.encode(results.Result(str(number), 200, "", "x" * 100_000)) for number in range(5)]
    small = [msgspec.json.encode(results.Result(str(number), 200, "", "")) for number in range(201)]
    assert [len(msgspec.json.decode(body, type=Results).results) for body in results.bodies(large)] == [2, 2, 1]
    assert [len(msgspec.json.decode(body, type=Results).results) for body in results.bodies(small)] == [200, 1]
    assert all(len(body) <= BODY_LIMIT for body in results.bodies(large))


def test_a_handler_that_fails_leaves_nothing_and_holds_up_its_own_lane_only(mine, monkeypatch) -> None:
    take(mine, ("fail", 1, 0), ("b", 2, 1))
    take(mine, ("c", 1, 0), tc_lane="interactive/other")
    acting = handler()
    settle(acting)
    assert (states(), made()) == ({"m-fail": "taken", "m-b": "taken", "m-c": "done"}, {"c"})
    for _ in range(lanes.HANDLER_ATTEMPTS - 1):
        acting.unblock()
        settle(acting)
    assert InboxMessage.objects.get(id="m-fail").error == "RuntimeError: asked to"
    assert (states()["m-fail"], states()["m-b"], made()) == ("dead", "done", {"b", "c"})


def test_one_that_cannot_be_handled_now_is_tried_again_without_end(mine) -> None:
    take(mine, ("busy", 1, 0))
    acting = handler()
    for _ in range(lanes.HANDLER_ATTEMPTS + 2):
        acting.round()
        acting.unblock()
    found = InboxMessage.objects.get()
    assert (found.state, found.attempts, found.error) == ("taken", 0, "unavailable")
    assert made() == set()


def test_a_grant_withdrawn_meanwhile_lets_nothing_in(mine) -> None:
    take(mine, ("a", 1, 0))
    GrantRow.objects.filter(pk="g").delete()
    services.reload_grants()
    settle(handler())
    found = InboxMessage.objects.get()
    assert (found.state, found.status, made()) == ("done", 403, set())


def test_a_crash_within_a_round_undoes_all_of_it(mine, monkeypatch) -> None:
    take(mine, ("a", 1, 0), ("b", 2, 1))

    def crash(*_: Any, **__: Any) -> None:
        raise SystemExit

    acting = handler()
    monkeypatch.setattr(module.inbox, "finish", crash)
    with pytest.raises(SystemExit):
        acting.round()
    assert (states(), made()) == ({"m-a": "taken", "m-b": "taken"}, set())
    monkeypatch.undo()
