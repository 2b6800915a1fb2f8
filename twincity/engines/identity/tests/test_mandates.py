"""Mandates as people give, use and withdraw them, on their pages and through the facade."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from twincity.engines.identity import facade
from twincity.kernel import clock
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"
FIRM = "urn:uscc:91500000MA5U000000"
PERSON = "urn:person:1"


@pytest.fixture(autouse=True)
def _world():
    cache.clear()
    facade.register_party(identifier=FIRM, kind="organisation", title="某某公司")
    facade.register_party(identifier=PERSON, kind="person", title="张三")
    facade.create_account(username="zhang", password=PASSWORD, title="张三", party=PERSON)
    facade.create_account(username="li", password=PASSWORD, title="李四")
    facade.create_account(username="wang", password=PASSWORD, title="王五", party=FIRM)


def signed_in(client, username):
    client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    return client


def user(client):
    return client.get("/me/mandates/").wsgi_request.user


def refused(code, **given):
    with pytest.raises(Problem) as caught:
        facade.give_mandate(**given)
    assert caught.value.kind.code == code


def test_a_person_lets_somebody_act_and_takes_it_back_at_once(client, django_user_model):
    zhang = signed_in(client, "zhang")
    zhang.post("/me/mandates/", {"agent": "li", "scope": "casework.apply", "evidence": "委托书 12 号"})
    li = django_user_model.objects.get(username="li")
    assert facade.may_act(account=li, principal=PERSON, act="casework.apply")
    assert not facade.may_act(account=li, principal=PERSON, act="casework.withdraw")
    page = zhang.get("/me/mandates/").content.decode()
    assert "委托书 12 号" in page
    (given,) = facade.mandates(principal=PERSON)
    zhang.post(f"/me/mandates/{given.id}/revoke/")
    assert not facade.may_act(account=li, principal=PERSON, act="casework.apply")
    assert "已撤回" in zhang.get("/me/mandates/").content.decode()


def test_an_act_is_noted_with_both_names_and_refused_without_mandate(django_user_model):
    li = django_user_model.objects.get(username="li")
    with pytest.raises(Problem, match="no-mandate"):
        facade.act(account=li, principal=PERSON, act="casework.apply")
    mandate = facade.give_mandate(principal=PERSON, agent="li", scope=["casework.*"])
    done = facade.act(account=li, principal=PERSON, act="casework.apply", reference="2026-1")
    assert (done.agent_title, done.principal_title, done.mandate) == ("李四", "张三", mandate.id)


def test_the_session_acts_for_somebody_visibly_until_the_mandate_ends(client):
    mandate = facade.give_mandate(principal=FIRM, agent="li", scope=["casework.*"])
    li = signed_in(client, "li")
    li.post("/me/acting/", {"principal": FIRM})
    assert "您正在代表 某某公司 办理" in li.get("/").content.decode()
    facade.revoke_mandate(mandate=mandate.id)
    assert "您正在代表" not in li.get("/").content.decode()
    assert li.post("/me/acting/", {"principal": FIRM}, headers={"accept": "application/json"}).status_code == 404


def test_who_stands_for_an_organisation_cannot_give_its_mandates_alone(client):
    refused("no-mandate", principal=FIRM, agent="li", scope=["*"], given_by="wang")
    assert "确认委托" not in signed_in(client, "wang").get("/me/mandates/").content.decode()


def test_a_mandate_for_a_party_is_one_for_those_who_stand_for_it(django_user_model):
    facade.give_mandate(principal=PERSON, agent=FIRM, scope=["casework.*"])
    wang = django_user_model.objects.get(username="wang")
    assert facade.may_act(account=wang, principal=PERSON, act="casework.apply")


def test_part_of_a_mandate_is_passed_on_and_falls_with_it(client, django_user_model):
    end = clock.now() + timedelta(days=9)
    above = facade.give_mandate(principal=FIRM, agent="li", scope=["casework.*"], until=end, may_pass_on=True)
    li = signed_in(client, "li")
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    wide = li.post("/me/mandates/", {"parent": above.id, "agent": "zhang", "scope": "*", "until": day})
    assert "wider than the mandate" in wide.content.decode()
    li.post("/me/mandates/", {"parent": above.id, "agent": "zhang", "scope": "casework.apply", "until": day})
    zhang = django_user_model.objects.get(username="zhang")
    assert facade.may_act(account=zhang, principal=FIRM, act="casework.apply")
    facade.revoke_mandate(mandate=above.id)
    assert not facade.may_act(account=zhang, principal=FIRM, act="casework.apply")


def test_a_mandate_of_others_is_nobody_s_to_pass_on_or_withdraw(client):
    mandate = facade.give_mandate(principal=FIRM, agent="li", scope=["casework.*"], may_pass_on=True)
    refused("not-found", principal=FIRM, agent="wang", scope=["casework.apply"], parent=mandate.id, given_by="zhang")
    answer = signed_in(client, "zhang").post(f"/me/mandates/{mandate.id}/revoke/", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert facade.mandates(principal=FIRM)[0].revoked is None


def test_an_agent_may_lay_it_down(client):
    mandate = facade.give_mandate(principal=FIRM, agent="li", scope=["casework.*"])
    signed_in(client, "li").post(f"/me/mandates/{mandate.id}/revoke/")
    assert facade.mandates(agent=mandate.agent)[0].revoked


def test_unknown_fields_are_refused(client):
    zhang = signed_in(client, "zhang")
    answer = zhang.post("/me/mandates/", {"agent": "li", "scope": "casework.apply", "given_by": "wang"})
    assert answer.status_code == 200
    assert facade.mandates() == []
    assert zhang.post("/me/acting/", {"principal": "", "x": "1"}, headers={"accept": "text/html"}).status_code == 400


def test_a_role_with_a_term_ends_with_it(django_user_model):
    facade.set_roles(username="li", roles=["official"])
    until = clock.now() + timedelta(hours=1)
    facade.set_role_term(username="li", role="official", until=until, department=FIRM)
    assert facade.account(username="li").roles == {"official"}
    clock.shift(3700)
    assert facade.account(username="li").roles == frozenset()
    assert not facade.has_role(account=django_user_model.objects.get(username="li"), role="official")


def test_a_term_has_an_end_after_its_beginning_and_a_role_that_is_held():
    for given, code in (({"until": clock.now() - timedelta(1)}, "invalid"), ({}, "not-found")):
        with pytest.raises(Problem, match=code):
            facade.set_role_term(username="li", role="official", **given)
