"""The relying node's side: a visitor's session and what ends it."""

from __future__ import annotations

import msgspec
import pytest

from twincity.apps.visitors import queries, rules, services
from twincity.apps.visitors.services import relying
from twincity.apps.visitors.services.relying import VISIT, Kept
from twincity.engines.circle import facade as circle
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.problems import UNAVAILABLE, Problem

pytestmark = pytest.mark.django_db


class Home:
    """What the home node answers, and whether it is a member."""

    def __init__(self):
        self.standing = rules.Standing(active=True, roles=["official"])
        self.asked = 0
        self.member = True
        self.revoked = False

    def call(self, member, path, body):
        self.asked += 1
        if self.standing is None:
            raise Problem(UNAVAILABLE, reason="down")
        return msgspec.json.encode(self.standing)


@pytest.fixture
def home(monkeypatch):
    made = Home()
    monkeypatch.setattr(circle, "is_open", lambda: True)
    monkeypatch.setattr(relying, "_call", made.call)
    monkeypatch.setattr(relying, "_revoked", lambda kids: made.revoked)
    monkeypatch.setattr(queries, "home_node", lambda member: object() if made.member else None)
    return made


@pytest.fixture
def visitor(client, home, django_user_model):
    account = identity.visitor(member="cq.example", subject="s" * 43, title="", roles=["auditor"])
    client.force_login(django_user_model.objects.get(username=account.username))
    session = client.session
    session[VISIT] = msgspec.to_builtins(Kept("cq.example", "v" * 43, ["kid"], clock.unix()))
    session.save()
    return client


def is_in(client):
    return client.get("/me/").status_code == 200


def test_a_session_goes_on_without_asking_home_each_time(visitor, home):
    assert is_in(visitor)
    assert is_in(visitor)
    assert home.asked == 0


def test_a_member_that_is_expelled_or_whose_key_is_revoked_takes_its_visitors_along(visitor, home):
    home.revoked = True
    assert not is_in(visitor)


def test_a_member_no_longer_in_the_circle(visitor, home):
    home.member = False
    assert not is_in(visitor)


def test_home_is_asked_after_an_hour_and_roles_follow(visitor, home):
    services.give_role(member="cq.example", there="official", here="steward")
    clock.shift(rules.CHECK_SECONDS + 1)
    assert is_in(visitor)
    assert is_in(visitor)
    assert home.asked == 1
    (account,) = identity.accounts()
    assert account.roles == {"steward"}


def test_an_account_closed_at_home_is_out_within_the_hour(visitor, home):
    home.standing = rules.Standing(active=False)
    assert is_in(visitor)
    clock.shift(rules.CHECK_SECONDS + 1)
    assert not is_in(visitor)


def test_while_home_is_out_of_reach_a_session_goes_on_for_an_hour_more(visitor, home):
    home.standing = None
    clock.shift(rules.CHECK_SECONDS + 1)
    assert is_in(visitor)
    clock.shift(rules.CHECK_SECONDS + rules.GRACE_SECONDS + 1)
    assert not is_in(visitor)


def test_a_visitor_gets_no_credentials_of_this_node(visitor):
    for path in ("/accounts/2fa/", "/accounts/2fa/webauthn/add/", "/accounts/password/change/", "/accounts/3rdparty/"):
        assert visitor.get(path).status_code == 403, path


def test_a_role_that_the_policy_loses_is_lost_at_once(visitor):
    services.give_role(member="*", there="official", here="auditor")
    services.take_role(member="*", there="official", here="auditor")
    (account,) = identity.accounts()
    assert account.roles == frozenset()


@pytest.mark.parametrize("given", [{"here": "king"}, {"here": ""}])
def test_only_roles_of_this_node_are_given(given):
    with pytest.raises(Problem, match="invalid"):
        services.give_role(member="*", there="official", **given)


def test_what_was_not_given_is_not_taken():
    with pytest.raises(Problem, match="not-found"):
        services.take_role(member="*", there="official", here="auditor")
