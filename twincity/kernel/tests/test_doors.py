"""Machine doors: the longest prefix of a path answers, and each prefix has one door."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import doors

PATHS = st.lists(st.sampled_from(["a", "b", "a.b", ""]), max_size=4).map(lambda parts: "/" + "/".join(parts))


@pytest.fixture(autouse=True)
def _own_doors(monkeypatch):
    """No door but those of the test."""
    monkeypatch.setattr(doors, "_doors", {})


def register(*prefixes: str) -> None:
    for prefix in prefixes:
        doors.door(prefix, f"what {prefix} is for")(answer)


async def answer(scope, receive, send) -> None:
    """Never called: only who would be is asked."""


def matched(path: str) -> tuple[str, str] | None:
    found = doors.match(path)
    return (found[0].prefix, found[1]) if found else None


def slowly(prefixes: set[str], path: str) -> tuple[str, str] | None:
    """The rule as its documentation has it, tried on every prefix."""
    fitting = [each for each in prefixes if path == each or (each.endswith("/") and path.startswith(each))]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, path[len(longest) :])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/log/", ("/log/", "")),
        ("/log/public/checkpoint", ("/log/", "public/checkpoint")),
        ("/log/private/", ("/log/private/", "")),
        ("/log/private/x/y", ("/log/private/", "x/y")),
        ("/health", ("/health", "")),
        ("/log", None),
        ("/health/", None),
        ("/healthy", None),
        ("/logs/x", None),
        ("/x/log/", None),
        ("//log/", None),
        ("/", None),
        ("", None),
    ],
)
def test_the_longest_prefix_answers(path, expected):
    register("/log/", "/log/private/", "/health")
    assert matched(path) == expected


@given(st.sets(PATHS, max_size=5), PATHS)
@settings(deadline=None)
def test_it_is_the_longest_of_any_set_of_doors(prefixes, path):
    doors._doors.clear()
    register(*prefixes)
    assert matched(path) == slowly(prefixes, path)


def test_a_prefix_has_one_door():
    register("/log/")
    with pytest.raises(ValueError, match=r"^door /log/ is registered twice$"):
        register("/log/")
    assert len(doors.doors()) == 1


def test_registering_leaves_the_function_as_it_is():
    assert doors.door("/x", "X")(answer) is answer
    assert doors.match("/x")[0] == doors.Door("/x", answer, "X")


def test_they_are_listed_longest_first():
    register("/a/", "/a/b/c", "/a/b/", "/")
    assert [each.prefix for each in doors.doors()] == ["/a/b/c", "/a/b/", "/a/", "/"]
    assert all(each.summary == f"what {each.prefix} is for" for each in doors.doors())
