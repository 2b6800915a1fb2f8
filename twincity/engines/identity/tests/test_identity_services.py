"""Writes and the facade, with a database."""

from __future__ import annotations

import hashlib

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from twincity.engines.identity import facade, services
from twincity.engines.identity.models import Account, LocalSystem
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db

PASSWORD = "seven green tractors"
PARTY = "https://bureau.example/party"


def account(username="wang", roles=(), **more):
    return facade.create_account(username=username, password=PASSWORD, roles=roles, **more)


def user(username="wang"):
    return Account.objects.get(username=username)


def refused(code, call, **values):
    with pytest.raises(Problem) as caught:
        call(**values)
    assert caught.value.kind.code == code
    return caught.value


class TestAccounts:
    def test_an_account_is_made_with_its_roles_and_party(self):
        facade.register_party(identifier=PARTY, kind="organisation", title="Bureau")
        made = account(" Wang ", roles=["official", "steward"], title="Wang Min", party=PARTY)
        assert (made.username, made.title, made.party) == ("wang", "Wang Min", PARTY)
        assert made.roles == {"official", "steward"}
        assert facade.accounts() == [made]
        assert user().check_password(PASSWORD)

    def test_a_name_is_taken_in_any_spelling(self):
        account("wang")
        assert refused("name-taken", account, username="WANG").field == "username"

    @pytest.mark.parametrize("password", ["short", "password12345", "wang-min-2026"])
    def test_a_weak_password_is_refused(self, password):
        values = {"username": "wang-min-2026", "password": password}
        assert refused("weak-password", facade.create_account, **values).field == "password"

    def test_a_name_with_forbidden_characters_is_refused(self):
        assert refused("invalid", account, username="wang/min").field == "username"

    @pytest.mark.parametrize(
        ("values", "code"), [({"roles": ["king"]}, "unknown-role"), ({"party": "urn:nobody"}, "not-found")]
    )
    def test_a_refusal_leaves_nothing_behind(self, values, code):
        refused(code, account, **values)
        assert not Account.objects.exists()

    def test_set_roles_gives_exactly_these(self):
        account(roles=["official", "auditor"])
        assert facade.set_roles(username="Wang", roles=["auditor", "operator"]).roles == {"auditor", "operator"}
        assert facade.set_roles(username="wang", roles=[]).roles == frozenset()

    def test_a_new_password_replaces_the_old(self):
        account()
        before = user().get_session_auth_hash()
        facade.set_password(username="wang", password="nine quiet harbours")
        assert user().check_password("nine quiet harbours")
        assert user().get_session_auth_hash() != before

    @pytest.mark.parametrize("call", [facade.set_roles, facade.set_password])
    def test_nobody_is_not_found(self, call):
        values = {"roles": []} if call is facade.set_roles else {"password": PASSWORD}
        refused("not-found", call, username="nobody", **values)

    def test_djangos_own_command_makes_an_operator(self):
        get_user_model().objects.create_superuser("root", PASSWORD)
        assert facade.has_role(account=user("root"), role="operator")


class TestPower:
    @pytest.mark.parametrize(
        ("role", "staff", "view", "change"),
        [
            ("operator", True, True, True),
            ("auditor", True, True, False),
            ("steward", False, False, False),
            ("official", False, False, False),
        ],
    )
    def test_power_comes_from_roles(self, role, staff, view, change):
        account(roles=[role])
        found = user()
        assert found.is_staff is staff
        assert found.has_perm("identity.view_account") is view
        assert found.has_perm("identity.change_account") is change
        assert found.has_module_perms("identity") is staff

    def test_an_account_switched_off_has_no_power(self):
        account(roles=["operator"])
        Account.objects.update(is_active=False)
        assert not user().is_staff
        assert not user().has_perm("identity.view_account")
        assert not facade.has_role(account=user(), role="operator")

    def test_visitors_hold_no_role(self):
        assert not facade.has_role(account=AnonymousUser(), role="operator")

    def test_pages_are_guarded_by_role(self):
        page = facade.role_required("steward", "operator")(lambda request: HttpResponse("in"))
        request = RequestFactory().get("/data/?q=1")
        request.user = AnonymousUser()
        assert page(request).url == "/accounts/login/?next=/data/%3Fq%3D1"
        account("li", roles=["official"])
        request.user = user("li")
        with pytest.raises(PermissionDenied):
            page(request)
        account("wang", roles=["steward"])
        request.user = user("wang")
        assert page(request).content == b"in"


class TestParties:
    def test_a_party_is_known_by_its_identifier(self):
        made = facade.register_party(identifier=PARTY, kind="organisation", title="Bureau")
        assert facade.party(identifier=PARTY) == made
        assert facade.party(identifier="urn:other") is None

    def test_registering_again_corrects_the_name(self):
        facade.register_party(identifier=PARTY, kind="organisation", title="Buro")
        assert facade.register_party(identifier=PARTY, kind="organisation", title="Bureau").title == "Bureau"

    def test_kinds_are_three(self):
        values = {"identifier": PARTY, "kind": "robot", "title": "R"}
        assert refused("invalid", facade.register_party, **values).field == "kind"


class TestSystems:
    def issue(self, name="hospital-1", purposes=("care",)):
        return facade.issue_system_token(name=name, purposes=purposes)

    def test_only_the_hash_of_a_token_is_kept(self):
        token = self.issue(purposes=["care", "audit"])
        (record,) = facade.systems()
        assert record.token_sha256 == hashlib.sha256(token.encode()).digest()
        assert (record.name, record.purposes) == ("hospital-1", {"care", "audit"})
        assert token not in str(LocalSystem.objects.values())

    def test_a_new_token_stops_the_old(self):
        old, new = self.issue(), self.issue(purposes=["audit"])
        (record,) = facade.systems()
        assert record.token_sha256 == hashlib.sha256(new.encode()).digest() != hashlib.sha256(old.encode()).digest()
        assert record.purposes == {"audit"}

    def test_a_revoked_system_is_gone_until_it_gets_a_new_token(self):
        self.issue()
        facade.revoke_system(name="hospital-1")
        assert facade.systems() == []
        self.issue()
        assert len(facade.systems()) == 1

    def test_revoking_nobody_is_not_found(self):
        refused("not-found", facade.revoke_system, name="nobody")

    @pytest.mark.parametrize("name", ["", "two words", "医院"])
    def test_names_are_plain(self, name):
        assert refused("invalid", self.issue, name=name).field == "name"

    def test_the_version_moves_with_each_committed_change(self, django_capture_on_commit_callbacks):
        seen = [facade.version()]
        for change in (self.issue, self.issue, lambda: facade.revoke_system(name="hospital-1")):
            with django_capture_on_commit_callbacks(execute=True):
                change()
            seen.append(facade.version())
        assert seen == sorted(set(seen))

    def test_the_version_stays_when_nothing_was_committed(self, django_capture_on_commit_callbacks):
        before = services.version()
        with django_capture_on_commit_callbacks(execute=True):
            refused("invalid", self.issue, purposes=[])
        assert services.version() == before


def test_pseudonyms_come_from_the_nodes_secret(settings):
    one = facade.pseudonym(person_id="p", purpose="care")
    assert one == facade.pseudonym(person_id="p", purpose="care")
    settings.SECRET_KEY = "another node's secret"
    assert one != facade.pseudonym(person_id="p", purpose="care")
