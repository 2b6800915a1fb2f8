from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.documents import Piece, matches, pieces
from twincity.engines.catalogue.documents.words import MAX_TERMS, terms, texts_in

TEXTS = st.text(alphabet="行政区划重庆 ab1,", max_size=30)


def between(*texts):
    return f" {' '.join(terms(*texts))} "


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("行政区划", ["行政", "政区", "区划", "划"]),
        ("区", ["区"]),
        ("GB/T 2260—2007", ["gb", "t", "2260", "2007"]),
        ("ＧＢ　２２６０", ["gb", "2260"]),
        ("重庆2025年度", ["重庆", "庆", "2025", "年度", "度"]),
        ("valid_from", ["valid", "from"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("。！", []),
        ("f" * 64, []),
    ],
)
def test_terms(text, found):
    assert terms(text) == found


@given(TEXTS, TEXTS)
def test_a_text_has_the_terms_of_its_parts_in_their_order(first, second):
    assert terms(first) + terms(second) == terms(first, second) == terms(f"{first} {second}")


@given(st.text(max_size=50))
def test_terms_hold_nothing_that_a_query_language_could_mistake(text):
    assert not any(set(term) & {" ", "\n", "_", '"', "'", "\\", "*"} for term in terms(text))


def test_a_document_has_a_limited_number_of_terms():
    assert len(terms(*(str(number) for number in range(MAX_TERMS + 10)))) == MAX_TERMS


def test_all_texts_of_a_value_are_found_in_their_order():
    assert list(texts_in({"b": ["one", {"c": "two"}], "a": 3, "d": None, "e": "three"})) == ["one", "two", "three"]


class TestQuestions:
    def test_a_dictionary_cuts_what_has_no_spaces(self):
        assert [piece.terms for piece in pieces("重庆市不动产登记")] == [
            ("重庆", "庆市"),
            ("不动", "动产"),
            ("登记",),
        ]

    def test_what_is_quoted_stays_whole(self):
        assert pieces("“重庆市不动产” x") == (
            Piece(("重庆", "庆市", "市不", "不动", "动产")),
            Piece(("x",), prefix=True),
        )
        assert pieces('"bus stops"') == (Piece(("bus", "stops")),)

    @pytest.mark.parametrize(
        ("question", "text", "found"),
        [
            ("不动产登记", "重庆市渝中区不动产权登记信息", True),
            ("重庆市不动产", "不动产在重庆", False),
            ("区", "渝中区", True),
            ("渝区", "渝中区", False),
            ("divis", "Divisions", True),
            ("ision", "Divisions", False),
            ('"divis"', "Divisions", False),
            ("行政 代码", "行政区划代码", True),
        ],
    )
    def test_what_answers_a_question(self, question, text, found):
        assert matches(pieces(question), between(text)) is found

    @given(st.text(alphabet="行政区划重庆市渝中瀼渡镇", min_size=1, max_size=12), TEXTS, TEXTS)
    def test_a_text_is_found_by_any_part_of_its_chinese(self, part, before, after):
        assert matches(pieces(part), between(f"{before}{part}{after}"))
