"""Which regular expressions a standard may hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.rules.patterns import LONGEST, pattern_fault

TAKEN = [
    "",
    "[0-9]{6}",
    "[0-9]{6}(?:[0-9]{3})?",
    r"1\d{10}",
    "[^a-z]+",
    "[]a]*",
    r"[\]a]{2,5}",
    "a|bc|def",
    "(ab){3}",
    "[0-9]{15}|[0-9]{17}[0-9X]",
    "9[1-3][0-9]{6}[0-9A-Z]{10}",
    r"\{\}\(\)",
    "(?:川|渝)[A-Z][A-Z0-9]{5,6}",
]
SLOW = [
    "(a+)+",
    "(a*)*b",
    "(a|a)*",
    "(?:a{0,9}){0,9}",
    "([a-z]+[0-9]?){2,}",
    ".*.*x",
    "a{0,200}b{0,200}",
    "(?:(?:a?){9}){9}",
]
UNSUPPORTED = ["[[a]", "[a--b]", r"(a)\1", "(?=a)b", "(?P<n>a)", "a+?", "a*+", "(?i)a"]
BROKEN = ["(", "[a", "a{3,1}", "a{99999999999}", "*a", "\\"]


@pytest.mark.parametrize("pattern", TAKEN)
def test_taken(pattern):
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", [*SLOW, "x" * (LONGEST + 1)])
def test_slow_or_long_ones_are_refused(pattern):
    fault = pattern_fault(pattern)
    assert fault is not None
    assert "long" in fault.en


@pytest.mark.parametrize("pattern", UNSUPPORTED)
def test_unsupported_ones_are_refused(pattern):
    fault = pattern_fault(pattern)
    assert fault is not None
    assert "look-around" in fault.en


@pytest.mark.parametrize("pattern", BROKEN)
def test_broken_ones_are_refused(pattern):
    fault = pattern_fault(pattern)
    assert fault is not None
    assert fault.en == "is not a regular expression"


@given(st.text(alphabet="ab()[]{}|*+?.\\^-,0123456789:&~", max_size=20))
def test_what_is_taken_compiles(pattern):
    assert pattern_fault(pattern) is not None or re.compile(pattern)


@given(st.lists(st.sampled_from(["a", "[ab]", "a?", "(?:ab?)", "a{0,3}", "(a|b)", "b*", "(a{0,2}b){0,2}"]), max_size=9))
def test_what_is_taken_fails_a_hostile_text_in_few_steps(parts):
    """A taken pattern is run against the kind of text that makes backtracking matchers slow; it has to return."""
    pattern = "".join(parts)
    if pattern_fault(pattern) is None:
        assert re.fullmatch(pattern, "a" * 400 + "!") is None
