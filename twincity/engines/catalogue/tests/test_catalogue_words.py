from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.documents.words import MAX_TERMS, texts_in, words


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("行政区划", ["行政", "政区", "区划"]),
        ("区", ["区"]),
        ("GB/T 2260—2007", ["gb", "t", "2260", "2007"]),
        ("ＧＢ　２２６０", ["gb", "2260"]),
        ("重庆2025年度", ["重庆", "2025", "年度"]),
        ("valid_from", ["valid", "from"]),
        ("Straße STRASSE", ["strasse"]),
        ("县级县级", ["县级", "级县"]),
        ("。！", []),
    ],
)
def test_terms(text, terms):
    assert words(text) == terms


@given(st.text(alphabet="行政区划重庆 ab1,", max_size=30), st.text(alphabet="行政区划重庆 ab1,", max_size=30))
def test_a_text_has_the_terms_of_its_parts(first, second):
    assert set(words(first)) | set(words(second)) == set(words(first, second)) == set(words(f"{first} {second}"))


@given(st.text(max_size=50))
def test_terms_hold_no_space_and_come_once(text):
    found = words(text)
    assert len(found) == len(set(found))
    assert not any(set(term) & {" ", "\n", "_"} for term in found)


def test_a_document_has_a_limited_number_of_terms():
    assert len(words(*(str(number) for number in range(MAX_TERMS + 10)))) == MAX_TERMS


def test_all_texts_of_a_value_are_found_in_their_order():
    assert list(texts_in({"b": ["one", {"c": "two"}], "a": 3, "d": None, "e": "three"})) == ["one", "two", "three"]
