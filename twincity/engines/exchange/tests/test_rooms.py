"""Rooms on one node, on both databases: numbers without gaps, each event once, retention with a typed end."""

from __future__ import annotations

import pytest

from twincity.engines.exchange import facade
from twincity.engines.exchange.models import Room
from twincity.engines.exchange.services import rooms
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

TITLE = LocalText("水情", "Water")


def event(number: int, **more) -> dict:
    return {"specversion": "1.0", "id": str(number), "source": "/g", "type": "level", "data": number} | more


def put(*numbers: int, room: str = "water") -> list[int]:
    return [facade.publish(room=room, event=event(n), member="m.example", message=f"x{n}") for n in numbers]


@pytest.fixture
def water(mine) -> Room:
    return rooms.create(name="water", title=TITLE, keep_seconds=3600, keep_events=4)


def test_events_are_numbered_without_gaps_and_the_same_one_keeps_its_number(water) -> None:
    assert put(7, 8, 7, 9) == [1, 2, 1, 3]
    found = facade.fetch(room="water", after=0)
    assert [(each["number"], each["event"]["data"]) for each in found["events"]] == [(1, 7), (2, 8), (3, 9)]
    assert (found["cursor"], found["first"], found["last"]) == (3, 1, 3)


def test_the_same_id_from_another_source_is_another_event(water) -> None:
    put(1)
    assert facade.publish(room="water", event=event(1, source="/h"), member="m.example", message="y") == 2


def test_a_room_forgets_by_number_and_says_so_to_who_is_too_late(water) -> None:
    put(*range(1, 8))
    assert rooms.forget() == 3
    with pytest.raises(Problem) as caught:
        facade.fetch(room="water", after=2)
    assert (caught.value.kind.code, caught.value.kind.status, caught.value.values["first"]) == ("cursor-lost", 410, 4)
    assert [each["number"] for each in facade.fetch(room="water", after=3)["events"]] == [4, 5, 6, 7]
    assert rooms.forget() == 0


def test_a_room_forgets_by_age(water) -> None:
    put(1, 2)
    clock.shift(1800)
    put(3)
    clock.shift(3700)
    assert rooms.forget() == 2
    assert facade.fetch(room="water", after=2)["first"] == 3
    clock.shift(9000)
    assert rooms.forget() == 1
    assert facade.fetch(room="water", after=3) == {"events": [], "cursor": 3, "first": 4, "last": 3}


def test_each_subscriber_lags_by_itself_and_may_go_back(water) -> None:
    put(1, 2, 3)
    facade.subscribe(room="water", member="a.example", system="one")
    facade.acknowledge(room="water", member="a.example", system="two", cursor=3)
    facade.acknowledge(room="water", member="a.example", system="two", cursor=2)
    told = facade.rooms_of_this_member()[0]["subscribers"]
    assert [(each["system"], each["cursor"], each["lag"]) for each in told] == [("one", 0, 3), ("two", 2, 1)]


@pytest.mark.parametrize("name", ["", "Water", "a b", "a/b", ".a", "x" * 61])
def test_rooms_have_plain_names(mine, name) -> None:
    with pytest.raises(Problem) as caught:
        facade.create_room(name=name, title=TITLE)
    assert caught.value.field == "name"


def test_a_name_is_taken_once(water) -> None:
    with pytest.raises(Problem):
        facade.create_room(name="water", title=TITLE)


def test_a_room_that_is_not_there_is_named(mine) -> None:
    for act in (
        lambda: facade.fetch(room="none", after=0),
        lambda: facade.acknowledge(room="none", member="a", system="", cursor=0),
        lambda: put(1, room="none"),
    ):
        with pytest.raises(Problem) as caught:
            act()
        assert caught.value.kind.code == "not-found"
