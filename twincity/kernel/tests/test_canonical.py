"""Canonical JSON against RFC 8785: its printed examples, a second implementation, and all that must be refused."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import canonical
from twincity.kernel.canonical import MAX_DEPTH, MAX_INTEGER, CanonicalError

KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SHORT = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


def jcs(value: Any) -> str:
    """RFC 8785 section 3.2, written from its text for the types that are left when floats are."""
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case int():
            return str(value)
        case str():
            return f'"{"".join(map(character, value))}"'
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return "{" + ",".join(f"{jcs(name)}:{jcs(value[name])}" for name in names) + "}"
        case _:
            return "[" + ",".join(map(jcs, value)) + "]"


def character(one: str) -> str:
    code = ord(one)
    return SHORT.get(code) or (f"\\u{code:04x}" if code < 0x20 else one)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # RFC 8785 section 3.2.2: the string, and the literals, of its example.
        ("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ([None, True, False], "[null,true,false]"),
        ({"b": 1, "a": {}, "B": [], "": 0, "1": 2, "10": 3}, '{"":0,"1":2,"10":3,"B":[],"a":{},"b":1}'),
        # Section 3.2.2.2: only these are escaped, hexadecimal digits in lower case.
        ("\b\t\n\f\r\x00\x1f\x7f\u2028", '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"'),
        ("\U0001f602 重庆", '"\U0001f602 重庆"'),
        (-0, "0"),
        ((1, (2,)), "[1,[2]]"),
        (MAX_INTEGER, "9007199254740991"),
        (-MAX_INTEGER, "-9007199254740991"),
    ],
)
def test_printed_examples(value, expected):
    assert canonical.encode(value) == expected.encode()


@given(VALUES)
@settings(deadline=None)
def test_the_bytes_are_those_of_rfc_8785(value):
    assert canonical.encode(value) == jcs(value).encode()


@given(VALUES)
@settings(deadline=None)
def test_what_was_encoded_can_be_decoded_and_nothing_is_lost(value):
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert json.loads(data) == value


@given(st.dictionaries(KEYS, VALUES, min_size=2, max_size=5), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_in_which_members_were_added_does_not_matter(value, how: random.Random):
    shuffled = list(value.items())
    how.shuffle(shuffled)
    assert canonical.encode(dict(shuffled)) == canonical.encode(value)


@given(VALUES, VALUES)
@settings(deadline=None)
def test_different_values_have_different_bytes(one, other):
    # Python holds 1 and True for equal, JSON does not: its own text decides.
    assert (canonical.encode(one) == canonical.encode(other)) == (jcs(one) == jcs(other))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "$: floats have no canonical form here, write a string or a scaled integer"),
        ({"a": [0, float("nan")]}, "$.a[1]: floats have no canonical form here, write a string or a scaled integer"),
        (MAX_INTEGER + 1, "$: integer beyond 2^53 - 1, write it as a string"),
        ([-MAX_INTEGER - 1], "$[0]: integer beyond 2^53 - 1, write it as a string"),
        ({"山": 1}, "$: key '山' is not an ASCII string"),
        ({"a": {1: 2}}, "$.a: key 1 is not an ASCII string"),
        ({"a": Decimal(1)}, "$.a: Decimal is not JSON"),
        (b"bytes", "$: bytes is not JSON"),
        ([{1, 2}], "$[0]: set is not JSON"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_its_path(value, said):
    with pytest.raises(CanonicalError) as caught:
        canonical.encode(value)
    assert str(caught.value) == said


def test_lone_surrogates_are_refused():
    for broken in ("\ud800", {"a": "\udfff"}):
        with pytest.raises(CanonicalError):
            canonical.encode(broken)


def nested(depth: int) -> Any:
    value: Any = 0
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_nesting_has_a_limit():
    assert canonical.decode(canonical.encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(CanonicalError, match=f"nested deeper than {MAX_DEPTH}$"):
        canonical.encode(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',  # a duplicate, even of the same value
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b" 1",
        b"1\n",
        b"1.0",
        b"1e2",
        b"-0",
        b"01",
        b"9007199254740992",
        b"18446744073709551616",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000F"',
        b'"\\ud83d\\ude02"',
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b'{"\xe5\xb1\xb1":1}',
        b"[1,]",
        b"NaN",
        b"",
        b"[" * 2000 + b"]" * 2000,
    ],
)
def test_another_spelling_is_refused(data):
    with pytest.raises(CanonicalError):
        canonical.decode(data)


@given(VALUES, st.data())
@settings(deadline=None)
def test_no_byte_can_be_changed_without_changing_the_value(value, data):
    raw = bytearray(canonical.encode(value))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = canonical.decode(bytes(raw))
    except CanonicalError:
        return
    assert jcs(found).encode() == bytes(raw) != canonical.encode(value)
