"""Terms of agreements: what is accepted as narrower lets through nothing that was not asked for; how they read."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twincity.engines.exchange import rules
from twincity.engines.exchange.agreement import text
from twincity.engines.exchange.agreement.terms import LAST, Terms, check_narrower, compile_grant
from twincity.engines.exchange.rules import RowFilter
from twincity.engines.exchange.tests.test_exchange_rules import METHODS, PATHS, PURPOSES, SYSTEMS, TEMPLATES
from twincity.engines.exchange.tests.test_exchange_shaping import VALUES
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

CONSUMER = "dianjiang.cq.example"
REASON = LocalText("规划公交", "planning buses")
ASKED = Terms(
    service="divisions",
    purpose="planning",
    reason=REASON,
    not_after=2000,
    not_before=500,
    methods=("GET", "POST"),
    path="/units/{code}",
    fields=("code", "name"),
    rows=(RowFilter("code", "prefix", ("50",)),),
    rate=600,
    system="gis",
)
FIELDS = ["a", "b", "c"]
FILTERS = st.builds(
    RowFilter,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["in", "prefix", "min", "max"]),
    st.lists(st.text("ab1", max_size=2), min_size=1, max_size=2).map(tuple),
).filter(lambda each: each.op in {"in", "prefix"} or len(each.values) == 1)
TERMS = st.builds(
    Terms,
    service=st.just("divisions"),
    purpose=st.sampled_from([code for code in PURPOSES if code != "tax"]),
    reason=st.just(REASON),
    not_after=st.sampled_from([1500, 2000]),
    not_before=st.sampled_from([0, 500]),
    methods=st.lists(st.sampled_from(METHODS[:2]), min_size=1, unique=True).map(tuple),
    path=st.sampled_from(TEMPLATES),
    fields=st.lists(st.sampled_from(FIELDS), unique=True, max_size=2).map(tuple),
    rows=st.lists(FILTERS, max_size=2).map(tuple),
    rate=st.sampled_from([0, 60, 600]),
    system=st.sampled_from(SYSTEMS[:2]),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3), max_size=6)


def changed(**changes: Any) -> Terms:
    return msgspec.structs.replace(ASKED, **changes)


def calls(how: random.Random) -> list[rules.Request]:
    return [
        rules.Request(
            member=how.choice([CONSUMER, "nobody.example"]),
            service="divisions",
            method=how.choice(METHODS),
            path=how.choice(PATHS),
            purpose=how.choice(PURPOSES[:-1]),
            now=how.choice([0, 499, 500, 1000, 1499, 1500, 1999, 2000]),
            system=how.choice(SYSTEMS),
        )
        for _ in range(30)
    ]


def narrower(asked: Terms, given_: Terms) -> bool:
    try:
        check_narrower(asked, given_)
    except Problem:
        return False
    return True


class TestNarrower:
    @given(TERMS, st.data(), ROWS, st.integers(0, 2**32))
    @settings(deadline=None, max_examples=100)
    def test_what_is_accepted_lets_through_nothing_that_was_not_asked_for(self, asked, data, rows, seed):
        """Neither a call nor a row nor a field nor a call more a minute."""
        parts = {name: getattr(data.draw(TERMS), name) for name in data.draw(st.sets(st.sampled_from(PARTS)))}
        given_ = msgspec.structs.replace(asked, **parts)
        assume(narrower(asked, given_))
        wide, narrow = (compile_grant(each, agreement="a", consumer=CONSUMER) for each in (asked, given_))
        for one in calls(random.Random(seed)):
            assert rules.allows(rules.GrantIndex([wide]), one) or not rules.allows(rules.GrantIndex([narrow]), one), one
        left = rules.shape_rows(narrow, rows)
        full = rules.shape_rows(wide, rows)
        assert all(any(row.items() <= whole.items() for whole in full) for row in left)
        assert len(left) <= len(full)
        assert not wide.rate or 0 < narrow.rate <= wide.rate

    @given(TERMS)
    @settings(deadline=None)
    def test_what_was_asked_for_is_never_too_wide(self, asked):
        assert check_narrower(asked, asked) is asked

    @given(TERMS, TERMS, TERMS)
    @settings(deadline=None, max_examples=300)
    def test_narrower_than_narrower_is_narrower(self, one, two, three):
        if narrower(one, two) and narrower(two, three):
            assert narrower(one, three)

    @pytest.mark.parametrize(
        "changes",
        [
            {"purpose": "planning.transport"},
            {"methods": ("GET",)},
            {"fields": ("code",)},
            {"fields": ("name", "code")},
            {"rows": (RowFilter("code", "prefix", ("5002", "5001")),)},
            {"rows": (RowFilter("code", "in", ("500231",)),)},
            {"rows": (RowFilter("code", "prefix", ("50",)), RowFilter("n", "min", ("1",)))},
            {"rate": 1},
            {"not_after": 1999},
            {"not_before": 501},
            {"reason": LocalText("另一个说法", "said differently")},
        ],
    )
    def test_what_a_provider_may_change(self, changes):
        assert check_narrower(ASKED, changed(**changes)) == changed(**changes)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"service": "persons"}, "service"),
            ({"purpose": "*"}, "purpose"),
            ({"purpose": "plan"}, "purpose"),
            ({"purpose": "planning-transport"}, "purpose"),
            ({"methods": ("GET", "PUT")}, "methods"),
            ({"path": "/*"}, "path"),
            ({"path": "/units/500231"}, "path"),
            ({"fields": ()}, "fields"),
            ({"fields": ("code", "population")}, "fields"),
            ({"rows": ()}, "rows"),
            ({"rows": (RowFilter("code", "prefix", ("5",)),)}, "rows"),
            ({"rows": (RowFilter("name", "prefix", ("50",)),)}, "rows"),
            ({"rows": (RowFilter("code", "in", ("500231", "511623")),)}, "rows"),
            ({"rows": (RowFilter("code", "min", ("50",)),)}, "rows"),
            ({"rate": 601}, "rate"),
            ({"rate": 0}, "rate"),
            ({"not_after": 2001}, "not_after"),
            ({"not_before": 499}, "not_before"),
            ({"system": ""}, "system"),
            ({"system": "tax"}, "system"),
        ],
    )
    def test_what_it_may_not(self, changes, field):
        with pytest.raises(Problem) as caught:
            check_narrower(ASKED, changed(**changes))
        assert (caught.value.kind.code, caught.value.kind.status, caught.value.field) == ("terms-wider", 422, field)

    @pytest.mark.parametrize(
        ("outer", "inner", "within"),
        [
            (("in", ("1", "2")), ("in", ("2",)), True),
            (("in", ("1", "2")), ("prefix", ("1",)), False),
            (("in", ("1", "2")), ("in", ("3",)), False),
            (("prefix", ("50", "51")), ("prefix", ("501",)), True),
            (("prefix", ("50", "51")), ("in", ("501", "511")), True),
            (("prefix", ("50", "51")), ("prefix", ("5",)), False),
            (("prefix", ("50",)), ("min", ("50",)), False),
            (("min", ("5",)), ("min", ("6",)), True),
            (("min", ("5",)), ("min", ("4",)), False),
            (("min", ("5",)), ("in", ("6",)), False),
            (("max", ("5",)), ("max", ("4",)), True),
            (("max", ("5",)), ("max", ("6",)), False),
            (("max", ("5",)), ("min", ("4",)), False),
        ],
    )
    def test_conditions_on_rows(self, outer, inner, within):
        asked = changed(rows=(RowFilter("f", *outer),))
        assert narrower(asked, changed(rows=(RowFilter("f", *inner),))) is within

    def test_where_nothing_was_limited_anything_may_be(self):
        wide = Terms(service="s", purpose="*", reason=REASON, not_after=10, rate=0)
        limited = msgspec.structs.replace(
            wide, purpose="a", path="/x", fields=("f",), rows=ASKED.rows, rate=5, system="gis"
        )
        assert check_narrower(wide, limited) is limited


PARTS = ["purpose", "not_after", "not_before", "methods", "path", "fields", "rows", "rate", "system"]


class TestCompiling:
    def test_terms_become_one_grant(self):
        assert compile_grant(ASKED, agreement="A", consumer=CONSUMER) == rules.Grant(
            id="A.1",
            subject=f"member:{CONSUMER}#gis",
            service="divisions",
            methods=("GET", "POST"),
            path="/units/{code}",
            purposes=("planning",),
            fields=("code", "name"),
            rows=ASKED.rows,
            rate=600,
            not_before=500,
            not_after=2000,
            agreement="A",
        )

    def test_without_a_system_for_the_whole_member(self):
        assert compile_grant(changed(system=""), agreement="A", consumer=CONSUMER).subject == f"member:{CONSUMER}"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"purpose": ""}, "purposes"),
            ({"purpose": "Planning"}, "purposes"),
            ({"path": "units"}, "path"),
            ({"methods": ()}, "methods"),
            ({"service": ""}, "service"),
            ({"rows": (RowFilter("f", "in", ()),)}, "rows"),
            ({"rate": -1}, "rate"),
            ({"not_after": 500}, "not_after"),
            ({"not_after": LAST + 1}, "not_after"),
            ({"not_before": -1}, "not_before"),
            ({"system": "a b"}, "subject"),
            ({"system": "a#b"}, "subject"),
        ],
    )
    def test_what_cannot_be_carried_out_as_written(self, changes, field):
        with pytest.raises(Problem) as caught:
            compile_grant(changed(**changes), agreement="A", consumer=CONSUMER)
        assert (caught.value.kind.code, caught.value.field) == ("grant-invalid", field)

    def test_terms_have_no_other_members(self):
        told = msgspec.to_builtins(ASKED)
        assert msgspec.convert(told, Terms) == ASKED
        with pytest.raises(msgspec.ValidationError, match="unknown field `fee`"):
            msgspec.convert(told | {"fee": []}, Terms)


class TestReading:
    def test_all_that_limits_it_is_said_in_both_languages(self):
        found = text.render(ASKED, provider="sc.example", consumer=CONSUMER)
        for words in (found.zh, found.en):
            for part in (
                "sc.example",
                CONSUMER,
                "GET/POST",
                "divisions/units/{code}",
                "planning",
                "50",
                "code, name",
                "600",
            ):
                assert part in words
            assert "1970-01-01" in words
        assert "规划公交" in found.zh
        assert "planning buses" in found.en
        assert found.en.isascii()

    def test_so_is_what_is_not_limited(self):
        found = text.render(changed(fields=(), rows=(), rate=0), provider="p", consumer="c")
        assert all(part in found.zh for part in ("全部记录", "标准所列全部字段", "不限"))
        assert all(part in found.en for part in ("all records", "all of the standard", "any number of"))

    @pytest.mark.parametrize(
        ("op", "zh", "en"),
        [
            ("in", "f 为 1, 2", "f is one of 1, 2"),
            ("prefix", "f 以此开头: 1, 2", "f starts with 1, 2"),
            ("min", "f 不小于 1", "f is at least 1"),
            ("max", "f 不大于 1", "f is at most 1"),
        ],
    )
    def test_conditions(self, op, zh, en):
        values = ("1", "2") if op in {"in", "prefix"} else ("1",)
        found = text.render(changed(rows=(RowFilter("f", op, values),)), provider="p", consumer="c")
        assert zh in found.zh
        assert en in found.en

    def test_to_the_end_of_the_calendar(self):
        found = text.render(changed(not_after=LAST), provider="p", consumer="c")
        assert "9999-12-31" in found.zh
        assert "9999-12-31" in found.en
