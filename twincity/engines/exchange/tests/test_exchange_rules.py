"""Grants: what is decided is what a plain reading of the rules says, and what leaves is what they let through."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.exchange.rules import (
    BAD_GRANT,
    LONGEST,
    Grant,
    GrantIndex,
    Request,
    RowFilter,
    allows,
    check,
    explain,
    path_matches,
    purpose_covered,
)
from twincity.kernel.canonical import MAX_INTEGER
from twincity.kernel.problems import Problem

MEMBERS = ["dianjiang.cq.example", "linshui.sc.example", "cq.example"]


SYSTEMS = ["", "gis", "tax"]


DIVISIONS = ["500231", "511623", "500000", ""]


SERVICES = ["divisions", "persons", "roads"]


METHODS = ["GET", "POST", "PUT", "DELETE"]


PURPOSES = ["planning", "planning.transport", "planning.transport.rail", "plan", "tax", "*"]


TEMPLATES = ["/*", "/", "/units", "/units/*", "/units/{code}", "/units/{code}/towns", "/{any}", "/{a}/{b}/*"]


PATHS = [
    "/",
    "/units",
    "/units/",
    "/units/511623",
    "/units/511623/towns",
    "/roads/7",
    "/units/../towns",
    "/units//towns",
]


MARKS = ["cq.example/grade-3", "sc.example/grade-3"]


SUBJECTS = [
    "any",
    *(f"member:{member}" for member in MEMBERS),
    *(f"member:{member}#{system}" for member in MEMBERS for system in SYSTEMS[1:]),
    *(f"mark:{mark}" for mark in MARKS),
    *(f"division:{prefix}" for prefix in ("50", "51", "5002", "500231", "511623")),
]


def grant(**changes: Any) -> Grant:
    return check(Grant(**({"id": "g", "subject": "any", "service": "divisions", "purposes": ("planning",)} | changes)))


def request(**changes: Any) -> Request:
    plain = {"member": MEMBERS[0], "service": "divisions", "method": "GET", "path": "/units", "purpose": "planning"}
    return Request(**(plain | {"now": 1000} | changes))


def random_grant(how: random.Random, number: int) -> Grant:
    begin = how.choice([0, 0, 500, 2000])
    return grant(
        id=f"g{number}",
        subject=how.choice(SUBJECTS),
        service=how.choice(SERVICES),
        methods=tuple(how.sample(METHODS, how.randrange(1, 3))),
        path=how.choice(TEMPLATES),
        purposes=tuple(how.sample(PURPOSES, how.randrange(1, 3))),
        not_before=begin,
        not_after=how.choice([begin + 1, 1500, 3000]) if begin < 1500 else 3000,
        effect=how.choices(["allow", "deny"], [8, 1])[0],
    )


def random_request(how: random.Random) -> Request:
    return Request(
        member=how.choice([*MEMBERS, "nobody.example"]),
        service=how.choice(SERVICES),
        method=how.choice(METHODS),
        path=how.choice(PATHS),
        purpose=how.choice(PURPOSES[:-1]),
        now=how.choice([0, 499, 500, 1000, 1499, 1500, 2999]),
        system=how.choice(SYSTEMS),
        division=how.choice(DIVISIONS),
        marks=tuple(how.sample(MARKS, how.randrange(3))),
    )


def answers_to(one: Request, subject: str) -> bool:
    """Whether a caller is the subject of a grant, by the words of the specification."""
    kind, _, value = subject.partition(":")
    member, _, system = value.partition("#")
    return {
        "any": True,
        "member": member == one.member and system in {"", one.system},
        "mark": value in one.marks,
        "division": bool(value) and one.division.startswith(value),
    }[kind]


def applies(each: Grant, one: Request) -> bool:
    """A grant applies if its subject is the caller, service and method are named, path, purpose and time fit."""
    return (
        answers_to(one, each.subject)
        and each.service == one.service
        and one.method in each.methods
        and path_matches(each.path, one.path)
        and purpose_covered(each.purposes, one.purpose)
        and each.not_before <= one.now < each.not_after
    )


def allowed(grants: Iterable[Grant], one: Request) -> bool:
    """Some grant allows it and none denies it: read off every grant, without index or order."""
    effects = {each.effect for each in grants if applies(each, one)}
    return effects == {"allow"}


class TestDeciding:
    def test_among_ten_thousand_grants_as_by_reading_them_all(self):
        how = random.Random(10_000)
        grants = [random_grant(how, number) for number in range(10_000)]
        for part in (grants, grants[:3000], grants[:300], grants[:30]):
            index = GrantIndex(part)
            verdicts = set()
            for _ in range(25 if part is grants else 150):
                one = random_request(how)
                assert allows(index, one) == allowed(part, one), one
                verdicts.add(allowed(part, one))
            assert verdicts == {True, False} or part is grants

    @given(st.integers(0, 2**32), st.integers(0, 12))
    @settings(deadline=None, max_examples=200)
    def test_the_grant_that_is_given_is_one_that_applies(self, seed, count):
        how = random.Random(seed)
        grants = [random_grant(how, number) for number in range(count)]
        one = random_request(how)
        index = GrantIndex(grants)
        if allowed(grants, one):
            found = index.decide(one)
            assert found in grants
            assert applies(found, one)
            assert found.effect == "allow"
        else:
            with pytest.raises(Problem) as caught:
                index.decide(one)
            assert (caught.value.kind.code, caught.value.kind.status) == ("grant-missing", 403)

    @given(st.integers(0, 2**32), st.randoms(use_true_random=False))
    @settings(deadline=None)
    def test_the_order_in_which_grants_were_made_does_not_matter(self, seed, shuffle):
        how = random.Random(seed)
        grants = [random_grant(how, number) for number in range(10)]
        one = random_request(how)
        before = explain(GrantIndex(grants), one)
        shuffle.shuffle(grants)
        assert explain(GrantIndex(grants), one) == before

    def test_nothing_is_allowed_that_no_grant_allows(self):
        assert not allows(GrantIndex(), request())
        assert not allows(GrantIndex([grant(effect="deny")]), request())

    def test_a_denial_beats_every_grant_that_allows(self):
        wide = [grant(id="a", purposes=("*",)), grant(id="b", subject=f"member:{MEMBERS[0]}")]
        assert allows(GrantIndex(wide), request())
        for subject in ("any", f"member:{MEMBERS[0]}", "division:50"):
            denied = GrantIndex([*wide, grant(id="d", subject=subject, effect="deny")])
            assert allows(denied, request(division="500231")) is False

    def test_a_denial_that_does_not_apply_denies_nothing(self):
        for changes in ({"methods": ("POST",)}, {"path": "/roads"}, {"purposes": ("tax",)}, {"not_after": 1000}):
            index = GrantIndex([grant(), grant(id="d", effect="deny", **changes)])
            assert index.decide(request()).id == "g"

    def test_the_most_particular_subject_is_named(self):
        grants = [grant(id=subject, subject=subject) for subject in SUBJECTS]
        one = request(system="gis", division="500231", marks=(MARKS[0],))
        left = list(grants)
        order = []
        while allowed(left, one):
            found = GrantIndex(left).decide(one)
            order.append(found.subject)
            left.remove(found)
        assert order == [
            f"member:{MEMBERS[0]}#gis",
            f"member:{MEMBERS[0]}",
            f"mark:{MARKS[0]}",
            "division:500231",
            "division:5002",
            "division:50",
            "any",
        ]

    def test_a_grant_for_a_system_is_for_no_other(self):
        index = GrantIndex([grant(subject=f"member:{MEMBERS[0]}#gis")])
        assert [allows(index, request(system=system)) for system in ("gis", "", "tax", "GIS")] == [
            True,
            False,
            False,
            False,
        ]

    @pytest.mark.parametrize(("now", "verdict"), [(499, False), (500, True), (999, True), (1000, False)])
    def test_its_time_begins_with_one_second_and_ends_before_another(self, now, verdict):
        assert allows(GrantIndex([grant(not_before=500, not_after=1000)]), request(now=now)) is verdict

    def test_the_version_of_the_policy_is_told(self):
        assert GrantIndex([], version="abc").version == "abc"


class TestExplaining:
    @given(st.integers(0, 2**32), st.integers(0, 10))
    @settings(deadline=None, max_examples=200)
    def test_it_agrees_with_the_decision(self, seed, count):
        """Each grant's conditions are told up to its first miss; the last of them says whether it applies."""
        how = random.Random(seed)
        grants = {each.id: each for each in (random_grant(how, number) for number in range(count))}
        one = random_request(how)
        steps = explain(GrantIndex(grants.values()), one)
        runs: dict[str, list] = {}
        for step in steps:
            runs.setdefault(step.grant, []).append(step)
        named = {each.id for each in grants.values() if each.service == one.service and answers_to(one, each.subject)}
        assert set(runs) == (named or {""})
        for name, run in runs.items():
            assert all(step.holds for step in run[:-1])
            if name:
                each = grants[name]
                assert (run[-1].condition == "effect") == applies(each, one)
                assert run[-1].holds == (applies(each, one) and each.effect == "allow")
        denied = any(run[-1].condition == "effect" and not run[-1].holds for run in runs.values())
        verdict = any(run[-1].holds for run in runs.values()) and not denied
        assert verdict == allows(GrantIndex(grants.values()), one)

    @given(st.integers(0, 2**32), st.integers(0, 10))
    @settings(deadline=None, max_examples=200)
    def test_a_refusal_names_the_denial_or_the_nearest_miss_of_what_would_allow(self, seed, count):
        how = random.Random(seed)
        grants = {each.id: each for each in (random_grant(how, number) for number in range(count))}
        one = random_request(how)
        try:
            GrantIndex(grants.values()).decide(one)
        except Problem as problem:
            blamed = grants.get(problem.rule)
            if problem.field == "effect":
                assert blamed.effect == "deny"
                assert applies(blamed, one)
            elif blamed is not None:
                assert blamed.effect == "allow"
                assert not applies(blamed, one)
            else:
                assert not any(
                    answers_to(one, each.subject) and each.service == one.service and each.effect == "allow"
                    for each in grants.values()
                )

    @pytest.mark.parametrize(
        ("changes", "condition", "zh", "en"),
        [
            ({"service": "roads"}, "subject", "没有授权同时指名服务 roads", "no grant names both service roads"),
            ({"method": "POST"}, "method", "方法 POST, 授权 GET", "method POST, granted GET"),
            ({"path": "/roads"}, "path", "路径 /roads, 授权 /units", "path /roads, granted /units"),
            ({"purpose": "tax"}, "purpose", "用途 tax, 授权 planning", "purpose tax, granted planning"),
            ({"now": 0}, "validity", "有效期 500 至 2000, 现在 0", "valid from 500 to 2000, now 0"),
        ],
    )
    def test_in_both_languages(self, changes, condition, zh, en):
        index = GrantIndex([grant(path="/units", not_before=500, not_after=2000)])
        with pytest.raises(Problem) as caught:
            index.decide(request(**changes))
        problem = caught.value
        assert problem.field == condition
        assert problem.rule == ("" if condition == "subject" else "g")
        assert zh in problem.text("zh-Hans")
        assert en in problem.text("en")
        assert MEMBERS[0] in problem.text("en")

    def test_a_denial_says_that_it_denies(self):
        with pytest.raises(Problem) as caught:
            GrantIndex([grant(), grant(id="d", effect="deny")]).decide(request())
        assert (caught.value.field, caught.value.rule) == ("effect", "d")
        assert "denies" in caught.value.text("en")

    def test_a_denial_that_missed_is_no_reason(self):
        """What would be allowed by another purpose is not put down to a denial that has run out."""
        index = GrantIndex([grant(), grant(id="d", effect="deny", not_after=10)])
        with pytest.raises(Problem) as caught:
            index.decide(request(purpose="tax"))
        assert (caught.value.field, caught.value.rule) == ("purpose", "g")


class TestPurposes:
    @pytest.mark.parametrize(
        ("granted", "purpose", "covered"),
        [
            (("planning",), "planning", True),
            (("planning",), "planning.transport", True),
            (("planning",), "planning.transport.rail", True),
            (("planning.transport",), "planning", False),
            (("planning",), "planning-transport", False),
            (("planning",), "planningtransport", False),
            (("planning",), "plan", False),
            (("planning",), "", False),
            (("tax", "planning"), "planning.x", True),
            (("*",), "anything", True),
            (("*",), "", True),
            ((), "planning", False),
        ],
    )
    def test_one_covers_those_below_it(self, granted, purpose, covered):
        assert purpose_covered(granted, purpose) is covered

    @given(st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=4), st.integers(0, 4))
    @settings(deadline=None)
    def test_the_order_is_that_of_the_tree(self, labels, cut):
        whole, above = ".".join(labels), ".".join(labels[:cut])
        assert purpose_covered((whole,), whole)
        if above:
            assert purpose_covered((above,), whole)
        assert purpose_covered((whole,), above) == (above == whole)


class TestPaths:
    @pytest.mark.parametrize(
        ("template", "path", "fits"),
        [
            ("/units/{code}", "/units/511623", True),
            ("/units/{code}", "/units/", False),
            ("/units/{code}", "/units/.", False),
            ("/units/{code}", "/units/..", False),
            ("/units/{code}", "/units/...", True),
            ("/units/{code}", "/units/a/b", False),
            ("/units/{code}", "/units", False),
            ("/units/{code}", "units/511623", False),
            ("/units", "/Units", False),
            ("/units/*", "/units/a/b/c", True),
            ("/units/*", "/units", True),
            ("/units/*", "/unit", False),
            ("/*", "/", True),
            ("/*", "", True),
            ("/", "/", True),
            ("/", "/a", False),
            ("/{a}/{b}/*", "/x/y", True),
            ("/{a}/{b}/*", "/x", False),
            ("/{a}/{b}/*", "/x//z", False),
        ],
    )
    def test_segments(self, template, path, fits):
        assert path_matches(template, path) is fits

    @given(
        st.lists(st.sampled_from(["a", "b", "{x}"]), max_size=4), st.lists(st.sampled_from(["a", "b", "c"]), max_size=4)
    )
    @settings(deadline=None)
    def test_a_template_fits_segment_by_segment(self, wanted, given_):
        fits = len(wanted) == len(given_) and all(w in {"{x}", g} for w, g in zip(wanted, given_, strict=False))
        assert path_matches("/" + "/".join(wanted), "/" + "/".join(given_)) is fits
        begins = len(wanted) <= len(given_) and all(w in {"{x}", g} for w, g in zip(wanted, given_, strict=False))
        assert path_matches("/".join(["", *wanted, "*"]), "/".join(["", *given_])) is begins


class TestForm:
    @pytest.mark.parametrize(
        "changes",
        [
            {"subject": "member:a.b-c#gis"},
            {"subject": "mark:cq.example/grade-3"},
            {"subject": "division:50"},
            {"subject": "division:5002"},
            {"subject": "division:500231"},
            {"methods": ("GET", "POST", "PUT", "DELETE")},
            {"path": "/a~b/{some_name}/x.y/*"},
            {"path": "/"},
            {"purposes": ("*",)},
            {"purposes": ("a.b-c.d0", "p" * LONGEST)},
            {"service": "s" * LONGEST},
            {"rate": 0},
            {"rate": MAX_INTEGER},
            {"not_before": 0, "not_after": 1},
            {"not_after": MAX_INTEGER},
            {"rows": (RowFilter("n", "in", ("1", "2")), RowFilter("n", "min", ("1",)))},
        ],
    )
    def test_what_is_well_formed(self, changes):
        assert grant(**changes).id == "g"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            *(
                ({"subject": text}, "subject")
                for text in ("", "all", "member:", "member:A", "member:a#", "mark:", "mark:a b")
            ),
            *(
                ({"subject": f"division:{text}"}, "subject")
                for text in ("", "5", "500", "50023", "5002311", "五十", "5O", "٥٠")
            ),
            *(({"service": text}, "service") for text in ("", "s" * (LONGEST + 1))),
            *(({"methods": given_}, "methods") for given_ in ((), ("get",), ("GET", "PATCH"), ("*",))),
            *(
                ({"path": text}, "path")
                for text in ("", "units", "/units/", "//", "/*/a", "/{Code}", "/{a}b", "/a b", "/%41", "/é")
            ),
            *(
                ({"purposes": given_}, "purposes")
                for given_ in ((), ("",), ("Planning",), ("a.",), (".a",), ("a..b",), ("a.*",))
            ),
            ({"purposes": ("planning", "p" * (LONGEST + 1))}, "purposes"),
            ({"rows": (RowFilter("n", "in", ()),)}, "rows"),
            ({"rows": (RowFilter("n", "min", ("1", "2")),)}, "rows"),
            ({"rows": (RowFilter("n", "max", ("1", "2")),)}, "rows"),
            ({"rate": -1}, "rate"),
            ({"rate": MAX_INTEGER + 1}, "rate"),
            ({"not_before": -1}, "not_before"),
            ({"not_before": 5, "not_after": 5}, "not_after"),
            ({"not_before": 6, "not_after": 5}, "not_after"),
            ({"not_after": MAX_INTEGER + 1}, "not_after"),
        ],
    )
    def test_what_is_not(self, changes, field):
        with pytest.raises(Problem) as caught:
            grant(**changes)
        assert (caught.value.kind, caught.value.field) == (BAD_GRANT, field)
        assert caught.value.kind.status == 422
