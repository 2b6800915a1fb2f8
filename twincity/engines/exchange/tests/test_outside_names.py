"""Identifiers of other protocols, what they stand for, and what of a service a caller's grants reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.exchange import queries, services
from twincity.engines.exchange.names import book, identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.queries import names
from twincity.engines.exchange.rules import Grant, GrantIndex, Request, check, common_path, path_matches, reach
from twincity.engines.identity import facade as identity
from twincity.kernel.problems import Problem

PART = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", codec="utf-8"), min_size=1, max_size=20)
SEGMENT = st.sampled_from(["units", "a", "b", "{code}"])
TEMPLATE = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(PART, min_size=3, max_size=5))
def test_whatever_is_written_is_read_back(parts: list[str]) -> None:
    text = identifiers.write(parts)
    assert text.isascii()
    assert list(identifiers.read(text)) == parts


def test_a_slash_within_a_part_is_encoded_and_one_between_is_not() -> None:
    assert identifiers.read("I/C/M/S/BAR%2FSERVICE")[-1] == "BAR/SERVICE"
    with pytest.raises(Problem, match="parts"):
        identifiers.read("I%2FC%2FM%2FS%2FBAR")


@pytest.mark.parametrize("text", ["", "I//M", "I/C/%zz", "I/C/%", "I/C/%ff", "I/C/%00", "I/C/" + "x" * 800, "I/C"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="is no identifier"):
        identifiers.read(text)


@pytest.mark.parametrize(("part", "old", "fine"), [
    ("EHR-1.a'()+,=?", False, True), ('"x"', False, False), ('"x"', True, True), ("a:b", True, False),
    ("a;b", True, False), ("a/b", True, False), ("..", True, False), ("a%b", True, False), ("档案", True, True),
])  # fmt: skip
def test_new_names_keep_to_few_characters_and_old_ones_to_more(part: str, old: bool, fine: bool) -> None:
    if fine:
        identifiers.check([part], old=old)
    else:
        with pytest.raises(Problem):
            identifiers.check([part], old=old)


def test_a_member_and_an_own_system_have_names_by_themselves() -> None:
    known = {"circle": "cy", "own": "cq.test", "members": ["cq.test", "sc.test"], "systems": ["gis"]}
    assert book.implied(("cy", "GOV", "sc.test", "services"), **known) == OutsideName(
        ("cy", "GOV", "sc.test", "services"), "sc.test"
    )
    mine = book.implied(("cy", "GOV", "cq.test", "gis"), **known)
    assert mine is not None
    assert (mine.system, mine.service("divisions"), mine.codes("divisions")) == ("gis", "", [])
    for parts in (("cy", "GOV", "sc.test", "gis"), ("cy", "COM", "sc.test", "services"), ("xx", "GOV", "sc.test")):
        assert book.implied(parts, **known) is None


@given(TEMPLATE, TEMPLATE)
def test_a_common_path_fits_both_templates(one: str, other: str) -> None:
    found = common_path(one, other)
    if found:
        assert path_matches(one, found)
        assert path_matches(other, found)
    elif one == other:
        pytest.fail("a template has itself in common with itself")


def asked(path: str, purpose: str = "") -> Request:
    return Request(member="sc.test", service="s", method="GET", path=path, purpose=purpose, now=10)


def test_a_grant_reaches_as_far_as_its_path_and_purposes_and_no_denial_covers() -> None:
    allow = Grant(id="a", subject="member:sc.test", service="s", path="/units/511623/*", purposes=("planning",))
    index = GrantIndex([allow])
    assert reach(index, asked("/units/{code}/towns")) == ["/units/511623/towns"]
    assert reach(index, asked("/units/{code}/towns", "planning.road")) == ["/units/511623/towns"]
    assert reach(index, asked("/units/{code}/towns", "tax")) == []
    assert reach(index, asked("/units")) == []
    deny = Grant(id="d", subject="any", service="s", path="/units/*", purposes=("*",), effect="deny")
    assert reach(GrantIndex([allow, deny]), asked("/units/{code}/towns")) == []


def test_a_caller_from_outside_is_let_in_by_grants_that_name_it_and_no_others() -> None:
    def outside(client: str) -> Request:
        return Request("x", "s", "GET", "/rows", "p", 10, outside=f"xroad:{client}")

    named = check(Grant(id="n", subject="xroad:EE/GOV/7/maps", service="s", purposes=("p",)))
    any_member = Grant(id="y", subject="any", service="s", purposes=("p",))
    assert GrantIndex([named]).decide(outside("EE/GOV/7/maps")) == named
    with pytest.raises(Problem, match="No grant"):
        GrantIndex([named, any_member]).decide(outside("EE/GOV/7/other"))
    whole = check(Grant(id="w", subject="xroad:EE/GOV/7", service="s", purposes=("p",)))
    assert GrantIndex([whole]).decide(outside("EE/GOV/7/other")) == whole
    with pytest.raises(Problem):
        check(Grant(id="b", subject="xroad:EE/GOV", service="s", purposes=("p",)))


@pytest.mark.django_db
def test_a_name_is_given_changed_and_taken_away_and_the_ledger_knows(mine) -> None:
    own = queries.circle.member_id()
    identity.issue_system_token(name="gis", purposes=["planning"])
    parts = ("CY", "GOV", "500000", "GIS")
    services.give_name(OutsideName(parts, own, system="gis", addresses=("127.0.0.1",)))
    services.give_name(OutsideName(parts, own, system="gis", purposes={"*": "planning"}))
    found = names.outside_name(parts)
    assert found is not None
    assert (found.purposes, found.addresses) == ({"*": "planning"}, ())
    services.take_name(parts)
    assert names.outside_name(parts) is None
    with pytest.raises(Problem, match="There is no"):
        services.take_name(parts)


@pytest.mark.django_db
@pytest.mark.parametrize(("more", "field"), [
    ({"system": "nobody"}, "system"), ({"member": "sc.test", "system": "gis"}, "system"),
    ({"addresses": ("127.0.0.1",)}, "addresses"), ({"system": "gis", "addresses": ("home",)}, "addresses"),
    ({"member": "stranger.test"}, "member"), ({"services": {"a/b": "divisions"}}, "name"),
])  # fmt: skip
def test_a_name_that_stands_for_nothing_is_refused(mine, more, field) -> None:
    identity.issue_system_token(name="gis", purposes=["planning"])
    given = {"parts": ("CY", "GOV", "500000", "GIS"), "member": queries.circle.member_id()} | more
    with pytest.raises(Problem) as refused:
        services.give_name(OutsideName(**given))
    assert refused.value.field == field
