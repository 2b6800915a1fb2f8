"""The home node's side: codes are redeemed once, by their member, in time; visits end when they should."""

from __future__ import annotations

import pytest

from twincity.apps.visitors import queries, rules, services
from twincity.apps.visitors.models import Visit
from twincity.apps.visitors.rules import Asking
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"
VERIFIER = rules.secret()
ASKING = Asking("sc.example", "cq.example", 0, 600, rules.secret(), rules.digest(VERIFIER))


@pytest.fixture(autouse=True)
def _wang():
    identity.create_account(username="wang", password=PASSWORD, roles=["official", "steward"], title="王敏")


def code(*, name=False, roles=()):
    given = services.Consent("wang", name=name, roles=list(roles), second_factor=True, authenticated=1)
    return services.consent(ASKING, given)


def redeem(token, member="sc.example", verifier=VERIFIER):
    return services.redeem(member=member, code=token, verifier=verifier)


def refused(token, reason, **given):
    with pytest.raises(Problem) as caught:
        redeem(token, **given)
    assert caught.value.values["reason"] == reason


def test_what_was_not_agreed_to_is_not_told():
    shown = redeem(code())
    assert (shown.name, shown.roles, shown.second_factor) == ("", [], True)
    shown = redeem(code(name=True, roles=["official"]))
    assert (shown.name, shown.roles) == ("王敏", ["official"])


def test_roles_that_are_not_held_cannot_be_shown():
    assert redeem(code(roles=["operator", "steward"])).roles == ["steward"]


def test_the_pseudonym_is_the_same_again_and_another_for_another_member():
    assert redeem(code()).sub == redeem(code()).sub
    other = services.consent(
        Asking("ls.example", "cq.example", 0, 600, rules.secret(), rules.digest(VERIFIER)),
        services.Consent("wang", name=False, roles=[], second_factor=False, authenticated=1),
    )
    assert redeem(other, member="ls.example").sub != redeem(code()).sub


def test_a_code_works_once_and_its_second_use_ends_the_visit():
    token = code()
    visit = redeem(token).visit
    assert services.check(member="sc.example", visit=visit).active
    refused(token, "used before")
    assert not services.check(member="sc.example", visit=visit).active


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"member": "ls.example"}, "made for another node"), ({"verifier": rules.secret()}, "the verifier does not fit")],
)
def test_in_wrong_hands_a_code_is_refused_and_spoilt(given, reason):
    token = code()
    refused(token, reason, **given)
    refused(token, "used before")


def test_a_code_is_good_for_a_minute():
    token = code()
    clock.shift(rules.CODE_SECONDS + 1)
    refused(token, "out of time")


def test_an_unknown_code_is_refused():
    refused(rules.secret(), "unknown code")


def test_an_account_that_is_closed_is_signed_in_nowhere(django_user_model):
    visit, late = redeem(code()).visit, code()
    django_user_model.objects.update(is_active=False)
    refused(late, "account closed")
    assert not services.check(member="sc.example", visit=visit).active


def test_a_role_that_is_lost_is_lost_elsewhere_too():
    visit = redeem(code(roles=["official", "steward"])).visit
    identity.set_roles(username="wang", roles=["steward"])
    assert services.check(member="sc.example", visit=visit).roles == ["steward"]


def test_a_visit_is_one_member_s_and_has_an_end():
    visit = redeem(code()).visit
    assert not services.check(member="ls.example", visit=visit).active
    assert not services.check(member="sc.example", visit=rules.secret()).active
    clock.shift(rules.VISIT_SECONDS + 1)
    assert not services.check(member="sc.example", visit=visit).active


def test_a_code_that_nobody_redeemed_is_no_visit():
    token = code()
    assert not services.check(member="sc.example", visit=rules.visit_of(token)).active
    assert queries.visits("wang") == []


def test_its_owner_ends_it_and_nobody_else():
    visit = redeem(code()).visit
    (row,) = queries.visits("wang")
    with pytest.raises(Problem, match="not-found"):
        services.end(account="li", visit=row.pk)
    services.end(account="wang", visit=row.pk)
    assert not services.check(member="sc.example", visit=visit).active


def test_the_table_signs_nobody_in():
    token = code()
    kept = Visit.objects.get()
    assert token not in {kept.code, kept.handle}
    refused(kept.code, "unknown code")
