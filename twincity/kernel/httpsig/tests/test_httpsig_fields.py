"""Structured fields: rules that hold for every value and every text."""

from __future__ import annotations

import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twincity.kernel.httpsig import fields
from twincity.kernel.httpsig.fields import Date, DisplayString, FieldError, InnerList, Item, Token

KEYS = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,8}", fullmatch=True)
INTEGERS = st.integers(-(10**15) + 1, 10**15 - 1)
TOKEN_TAIL = string.ascii_letters + string.digits + "!#$%&'*+.^_`|~:/-"
BARE = st.one_of(
    st.booleans(),
    INTEGERS,
    st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: Decimal(n) / 1000),
    st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    st.binary(),
    st.builds(lambda head, tail: Token(head + tail), st.sampled_from(string.ascii_letters + "*"), st.text(TOKEN_TAIL)),
    INTEGERS.map(Date),
    st.text(st.characters(exclude_categories=["Cs"])).map(DisplayString),
)
PARAMS = st.dictionaries(KEYS, BARE, max_size=3)
ITEMS = st.builds(Item, BARE, PARAMS)
INNER = st.builds(InnerList, st.lists(ITEMS, max_size=3).map(tuple), PARAMS)
MEMBERS = ITEMS | INNER
FIELDISH = st.text('abc*019 \t,;=()"\\:?@%.-+/_~\n\x7fé', max_size=40)


@settings(deadline=None)
@given(ITEMS)
def test_item_round_trip(item: Item):
    text = fields.serialize_item(item)
    read = fields.parse_item(text)
    assert fields.serialize_item(read) == text
    assert read == item
    assert type(read.value) is type(item.value)
    assert [(key, type(value)) for key, value in read.params.items()] == [
        (key, type(value)) for key, value in item.params.items()
    ]


@settings(deadline=None)
@given(st.lists(MEMBERS, max_size=4))
def test_list_round_trip(members: list[fields.Member]):
    text = fields.serialize_list(members)
    assert fields.parse_list(text) == members


@settings(deadline=None)
@given(st.lists(INTEGERS, min_size=1), st.text(" \t", max_size=3), st.text(" \t", max_size=3))
def test_whitespace_around_commas_does_not_matter(numbers: list[int], before: str, after: str):
    text = f"{before},{after}".join(map(str, numbers))
    assert fields.parse_list(f"  {text} ") == [Item(number) for number in numbers]


@settings(deadline=None)
@given(st.dictionaries(KEYS, MEMBERS, max_size=4))
def test_dictionary_round_trip(members: dict[str, fields.Member]):
    text = fields.serialize_dictionary(members)
    read = fields.parse_dictionary(text.encode(), unique=True)
    assert read == members
    assert list(read) == list(members)


@settings(deadline=None)
@given(FIELDISH)
@example('"\\')
@example("(" * 30)
@example(":a:")
@example("@-")
@example('%"%ff"')
def test_hostile_text_is_read_or_refused_and_what_is_read_has_one_text(text: str):
    for parse, serialize in (
        (fields.parse_item, fields.serialize_item),
        (fields.parse_list, fields.serialize_list),
        (fields.parse_dictionary, fields.serialize_dictionary),
    ):
        try:
            value = parse(text)
        except FieldError:
            continue
        canonical = serialize(value)
        assert serialize(parse(canonical)) == canonical


@settings(deadline=None)
@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126)), max_size=5))
def test_lists_of_strings_read_the_same_in_both_ways(names: list[str]):
    # One space between plain strings takes the short way, two spaces the general one.
    inner = InnerList(tuple(Item(name) for name in names))
    text = fields.serialize_inner_list(inner)
    spread = "(  " + text[1:]
    assert fields.parse_list(text) == fields.parse_list(spread) == [inner]


def test_kinds_stay_apart():
    assert Token("a") != DisplayString("a")
    assert Token("1") != Date(1)
    assert fields.parse_item("a").value == Token("a") != "a"
    assert fields.parse_item("1").value is not True


def test_length_is_bounded():
    assert fields.parse_item("1" * 15, limit=15).value == 111111111111111
    for raw in ("1 ", b"1 "):
        with pytest.raises(FieldError, match="longer"):
            fields.parse_item(raw, limit=1)
    with pytest.raises(FieldError, match="longer"):
        fields.parse_list("a," * fields.MAX_LENGTH)


def test_duplicate_keys():
    assert fields.parse_dictionary("a=1, b, a=2") == {"a": Item(2), "b": Item(True)}
    assert list(fields.parse_dictionary("a=1, b, a=2")) == ["a", "b"]
    assert fields.parse_item("x;a=1;b;a=2").params == {"a": 2, "b": True}
    with pytest.raises(FieldError, match="twice"):
        fields.parse_dictionary("a=1, b, a=2", unique=True)


@pytest.mark.parametrize(
    ("parse", "text", "position"),
    [
        (fields.parse_item, "a b", 1),
        (fields.parse_item, "a;b=é", 3),
        (fields.parse_list, "(a\tb)", 2),
        (fields.parse_list, "a,", 1),
        (fields.parse_dictionary, "a=1 b=2", 3),
        (fields.parse_dictionary, "a=1, B=2", 5),
    ],
)
def test_refusals_name_the_position(parse: Any, text: str, position: int):
    with pytest.raises(FieldError, match=f"position {position}$"):
        parse(text)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        None,
        [1],
        10**15,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("999999999999.9995"),
        Decimal("1e12"),
        DisplayString("\ud800"),
    ],
)
def test_values_without_a_text(value: Any):
    with pytest.raises(FieldError):
        fields.serialize_bare(value)


def test_decimals():
    assert fields.serialize_bare(Decimal("-0.0004")) == "0.0"
    assert fields.serialize_bare(Decimal("-0.0005001")) == "-0.001"
    assert fields.serialize_bare(Decimal("1.100")) == "1.1"
    assert fields.serialize_bare(Decimal(10)) == "10.0"
    assert fields.serialize_bare(Decimal("999999999999.9994")) == "999999999999.999"


@pytest.mark.parametrize("text", [":AAA=:", ":AAA:", ":AA==:", ":AA:", "::"])
def test_base64_with_and_without_padding(text: str):
    assert isinstance(fields.parse_item(text).value, bytes)


@pytest.mark.parametrize("text", [":A:", ":A===:", ":AA=:", ":AAA==:", ":=:", ":==:", ":AA=A:", ":AA-_:", ":AA\nA=:"])
def test_base64_that_is_none(text: str):
    with pytest.raises(FieldError):
        fields.parse_item(text)
