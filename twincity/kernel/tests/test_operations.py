"""Operations: typed parameters, one table of names, and code in a thread that waits for the node's loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import msgspec
import pytest

from twincity.kernel import background, operations
from twincity.kernel.operations import Operation, operation, perform
from twincity.kernel.problems import NOT_FOUND, Problem


class Give(msgspec.Struct, forbid_unknown_fields=True):
    """What the operation of these tests takes."""

    name: str
    count: int = 1
    inner: list[dict[str, int]] = []


@pytest.fixture(autouse=True)
def _own_operations(monkeypatch):
    """No operation but those of the test."""
    monkeypatch.setattr(operations, "_operations", {})


@pytest.fixture
def given_to() -> list[Give]:
    """What the operation ``test.give`` has been run with."""
    seen: list[Give] = []

    @operation("test.give")
    def give(given: Give) -> dict[str, Any]:
        """Give something away.

        More about it, which is no summary.
        """
        seen.append(given)
        if given.name == "nobody":
            raise Problem(NOT_FOUND, field="name", what=given.name)
        return {"given": given, "names": (given.name,)}

    return seen


class TestPerform:
    def test_arguments_become_parameters_and_the_result_is_json(self, given_to):
        result = perform("test.give", {"name": "a", "inner": [{"x": 1}]})
        assert given_to == [Give("a", 1, [{"x": 1}])]
        # Tuples are lists in JSON; msgspec leaves them, and orjson writes them so.
        assert result == {"given": {"name": "a", "count": 1, "inner": [{"x": 1}]}, "names": ("a",)}

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ({}, "Object missing required field `name`"),
            ({"name": 5}, "Expected `str`, got `int` - at `$.name`"),
            ({"name": "a", "count": "1"}, "Expected `int`, got `str` - at `$.count`"),
            ({"name": "a", "count": True}, "Expected `int`, got `bool` - at `$.count`"),
            ({"name": "a", "inner": [{"x": None}]}, "Expected `int`, got `null` - at `$.inner[0][...]`"),
            ({"name": "a", "nmae": "b"}, "Object contains unknown field `nmae`"),
            ([], "Expected `object`, got `array`"),
            (None, "Expected `object`, got `null`"),
        ],
    )
    def test_wrong_arguments_are_refused_before_anything_is_done(self, given_to, arguments, reason):
        with pytest.raises(Problem) as caught:
            perform("test.give", arguments)
        assert caught.value.kind.code == "invalid"
        assert caught.value.field == "test.give"
        assert caught.value.values == {"name": "test.give", "reason": reason}
        assert given_to == []

    @pytest.mark.parametrize("name", ["", "test", "test.giv", "TEST.GIVE", "test.give ", "__class__"])
    def test_an_unknown_name(self, given_to, name):
        with pytest.raises(Problem) as caught:
            perform(name, {"name": "a"})
        assert (caught.value.kind.code, caught.value.field) == ("not-found", "operation")
        assert given_to == []

    def test_what_the_operation_refuses_is_handed_on(self, given_to):
        with pytest.raises(Problem) as caught:
            perform("test.give", {"name": "nobody"})
        assert (caught.value.kind.code, caught.value.field) == ("not-found", "name")
        assert len(given_to) == 1


class TestTable:
    def test_a_registered_function_stays_what_it_is(self):
        def plain(given: Give) -> None:
            """Do nothing."""

        assert operation("test.plain")(plain) is plain
        assert operations.operations() == [Operation("test.plain", plain, Give, "Do nothing.")]

    def test_they_are_listed_by_name_with_the_first_line_of_their_documentation(self, given_to):
        @operation("a.first")
        def first(given: Give) -> int:
            """Come first."""
            return given.count

        listed = operations.operations()
        assert [(each.name, each.summary) for each in listed] == [
            ("a.first", "Come first."),
            ("test.give", "Give something away."),
        ]
        assert perform("a.first", {"name": "a", "count": 7}) == 7

    def test_a_name_means_one_operation(self, given_to):
        def other(given: Give) -> None:
            """Be in the way."""

        with pytest.raises(ValueError, match=r"^operation test\.give is registered twice$"):
            operation("test.give")(other)
        assert perform("test.give", {"name": "a"})["names"] == ("a",)


@pytest.fixture
def loop():
    """A loop that serves in a thread of its own, as the node's does."""
    serving = asyncio.new_event_loop()
    thread = threading.Thread(target=serving.run_forever)
    thread.start()
    background.serve_on(serving)
    yield serving
    background.serve_on(None)
    serving.call_soon_threadsafe(serving.stop)
    thread.join()
    serving.close()


class TestWaitingForTheLoop:
    def test_the_result_comes_back_to_the_thread(self, loop):
        async def work() -> tuple[bool, int]:
            return asyncio.get_running_loop() is loop, 7

        assert background.wait(work()) == (True, 7)

    def test_so_does_what_was_raised(self, loop):
        async def work() -> None:
            raise Problem(NOT_FOUND, field="x", what="x")

        with pytest.raises(Problem) as caught:
            background.wait(work())
        assert caught.value.field == "x"

    def test_waiting_has_an_end_but_what_was_begun_is_finished(self, loop):
        """A call that was sent must still be recorded when nobody waits for its answer any more."""
        release, ended = asyncio.Event(), threading.Event()

        async def work() -> None:
            await release.wait()
            ended.set()

        with pytest.raises(TimeoutError):
            background.wait(work(), seconds=0.01)
        assert not ended.is_set()
        loop.call_soon_threadsafe(release.set)
        assert ended.wait(10)

    def test_without_a_served_node_nothing_is_begun(self):
        begun = []

        async def work() -> None:
            begun.append(True)

        with pytest.raises(RuntimeError, match=r"^the node is not being served by this process$"):
            background.wait(work())
        assert begun == []
