"""Problems: the shape of RFC 9457, both languages, the field and the rule; nothing of it can be overwritten."""

from __future__ import annotations

import string

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import problems
from twincity.kernel.problems import INVALID, MEDIA_TYPE, NOT_FOUND, TYPE_PREFIX, Kind, Problem

STANDARD = {"type", "title", "status", "code", "i18n"}
VALUES = st.dictionaries(
    st.sampled_from(["type", "title", "status", "code", "i18n", "field_", "what", "reason", "detail"]),
    st.text(max_size=5) | st.integers(0, 99) | st.lists(st.integers(0, 9), max_size=2),
    max_size=5,
)


@pytest.fixture
def defined(monkeypatch) -> Kind:
    """A kind that only this test knows."""
    monkeypatch.setattr(problems, "_kinds", dict(problems._kinds))
    return problems.define("test-kind", 418, zh="没有 {what}", en="There is no {what}")


def body(problem: Problem, language: str = "zh-Hans") -> dict:
    return orjson.loads(problem.body(language))


def test_the_body_is_that_of_rfc_9457(defined):
    assert MEDIA_TYPE == "application/problem+json"
    assert body(Problem(defined, what="tea")) == {
        "type": "urn:twincity:problem:test-kind",
        "title": "没有 tea",
        "status": 418,
        "code": "test-kind",
        "i18n": {"zh-Hans": "没有 tea", "en": "There is no tea"},
        "what": "tea",
    }


def test_field_and_rule_are_told_where_they_are_known(defined):
    told = body(Problem(defined, field="rows.0.op", rule="only-in", what="x"))
    assert (told["field"], told["rule"]) == ("rows.0.op", "only-in")
    assert not {"field", "rule"} & body(Problem(defined, what="x")).keys()


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh-Hans", "没有 x"), ("zh", "没有 x"), ("en", "There is no x"), ("en-GB", "There is no x"), ("fr", "没有 x")],
)
def test_the_title_is_in_the_readers_language(defined, language, title):
    problem = Problem(defined, what="x")
    assert problem.text(language) == body(problem, language)["title"] == title


def test_it_reads_well_in_a_log(defined):
    assert str(Problem(defined, what="x")) == "test-kind: There is no x"


def test_a_value_that_was_forgotten_is_seen_and_breaks_nothing(defined):
    assert Problem(defined).text("en") == "There is no <what>"
    assert body(Problem(defined))["title"] == "没有 <what>"


def test_values_are_shown_as_they_are(defined):
    """They come from strangers: braces in them are text."""
    for text in ("{what}", "{", "{0.__class__}", "%s"):
        assert Problem(defined, what=text).text("en") == f"There is no {text}"


@given(VALUES)
@settings(deadline=None)
def test_no_value_can_take_the_place_of_a_standard_member(values):
    told = body(Problem(NOT_FOUND, field="f", rule="r", **values))
    assert told["type"] == TYPE_PREFIX + "not-found"
    assert (told["status"], told["code"], told["field"], told["rule"]) == (404, "not-found", "f", "r")
    assert told["i18n"].keys() == {"zh-Hans", "en"}
    assert told["title"] == told["i18n"]["zh-Hans"]
    assert {name: told[name] for name in values.keys() - STANDARD} == {
        name: value for name, value in values.items() if name not in STANDARD
    }


def test_only_plain_values_leave(defined):
    told = body(Problem(defined, what="x", number=3, names=["a"], pairs={"a": 1}, cause=ValueError("secret"), raw=b"s"))
    assert told.keys() == STANDARD | {"what", "number", "names", "pairs"}


def test_when_to_come_back_is_told_in_the_body_too(defined):
    """A peer reads it there when the answer is signed and its headers are not."""
    assert body(Problem(defined, what="x", retry_after=1.5))["retry_after"] == 1.5
    assert "retry_after" not in body(Problem(defined, what="x"))


def test_a_problem_is_an_exception_with_all_it_was_given(defined):
    problem = Problem(defined, field="f", rule="r", retry_after=2.0, what="x")
    assert isinstance(problem, Exception)
    assert (problem.kind, problem.field, problem.rule) == (defined, "f", "r")
    assert (problem.retry_after, problem.values) == (2.0, {"what": "x"})


def test_a_code_means_one_thing(defined):
    assert problems.define("test-kind", 418, zh=defined.zh, en=defined.en) == defined
    for changed in ({"status": 400}, {"zh": "别的"}, {"en": "other"}):
        given_ = {"status": 418, "zh": defined.zh, "en": defined.en} | changed
        with pytest.raises(ValueError, match="'test-kind' is defined twice"):
            problems.define("test-kind", given_["status"], zh=given_["zh"], en=given_["en"])
    assert [kind for kind in problems.kinds() if kind.code == "test-kind"] == [defined]


def test_every_kind_there_is_speaks_both_languages_of_the_same_things():
    """Of all kinds that any part of the node defines."""
    kinds = problems.kinds()
    assert [kind.code for kind in kinds] == sorted({kind.code for kind in kinds})
    assert INVALID in kinds
    for kind in kinds:
        assert kind.code.replace("-", "").isalnum(), kind
        assert kind.code == kind.code.lower(), kind
        assert 400 <= kind.status < 600, kind
        assert kind.zh, kind
        assert kind.en.isascii(), kind
        assert fields(kind.zh) - {"reason_zh"} == fields(kind.en) - {"reason_en"}, kind


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
