"""Pages about consent: a person sees their own and nobody else's; the office sees numbers."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, PASSWORD, sign_in
from twincity.engines.exchange.models import AccessSeen, Consent, Link, Obligation
from twincity.engines.exchange.services.links import pseudonym
from twincity.engines.exchange.tests import consent_world as w
from twincity.engines.exchange.tests.pages_world import page
from twincity.engines.identity import facade as identity
from twincity.kernel import clock

pytestmark = pytest.mark.django_db
MINE = ("/mine/", "/mine/accesses/", "/mine/accesses/all.csv", "/mine/accesses/latest/")
OFFICE = ("/consents/", "/consents/proposal/", "/consents/ask/", "/consents/code/")


@pytest.fixture
def zhang(client, mine):
    """A citizen of this node, whose data this node holds as well; the session, and the party."""
    made = identity.create_citizen(username="zhang", password=PASSWORD, title="张三")
    client.force_login(get_user_model().objects.get(username="zhang"))
    me = circle.member_id()
    w.linked("zhang", pseudonym(made.party, me), home=me)
    Link.objects.create(person=made.party, provider=me, at=clock.now())
    w.proposed()
    return client, made.party


def give(client, **changes):
    """Consent by the page."""
    name = f"https://{circle.member_id()}/data-agreement/check"
    chosen = {"fields_given": ["name"], "recipients": [OTHER], "days": "30", "understood": "on", "act": "give"}
    return client.post(f"{reverse('mine-give')}?agreement={name}", chosen | changes)


@pytest.mark.parametrize("address", [*MINE, *OFFICE])
def test_visitors_are_sent_to_sign_in(client, mine, address):
    answer = client.get(address)
    assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


@pytest.mark.parametrize("address", MINE)
def test_whoever_stands_for_no_person_has_no_such_page(client, mine, address):
    page(sign_in(client, "steward", "official", "auditor", "operator"), address, status=403)


@pytest.mark.parametrize("address", OFFICE)
def test_citizens_do_not_see_the_office(zhang, address):
    page(zhang[0], address, status=403)


def test_only_stewards_write_data_agreements_and_auditors_hand_out_no_codes(client, mine):
    auditor = sign_in(client, "auditor")
    assert page(auditor, "/consents/")
    for address in OFFICE[1:]:
        page(auditor, address, status=403)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "only for: check the insurance"), ("zh-hans", "只用于: 核对参保")]
)
def test_the_person_reads_it_in_plain_words_before_deciding(zhang, language, words):
    name = f"https://{circle.member_id()}/data-agreement/check"
    assert words in page(zhang[0], "/mine/give/", language, agreement=name)


def test_consent_is_given_with_a_clear_word_and_withdrawn_again(zhang):
    client, person = zhang
    assert give(client, understood="").status_code == 422
    assert not Consent.objects.exists()
    answer = give(client)
    made = Consent.objects.get()
    assert answer["Location"] == f"/mine/consents/{made.pk}/"
    assert (made.person, made.state, made.body["fields"]) == (person, "given", ["name"])
    client.post(f"/mine/consents/{made.pk}/")
    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert "Withdrawn" in page(client, f"/mine/consents/{made.pk}/", "en")


def test_forms_refuse_what_they_do_not_know(zhang):
    answer = give(zhang[0], person="wang")
    assert answer.status_code == 400
    assert not Consent.objects.exists()


def test_fields_and_recipients_outside_the_agreement_are_refused(zhang):
    assert give(zhang[0], fields_given=["grade"]).status_code == 422
    assert give(zhang[0], recipients=["third.test"]).status_code == 422
    assert not Consent.objects.exists()


def test_others_consents_and_accesses_are_not_found(zhang, client):
    give(zhang[0])
    made = Consent.objects.get()
    seen = AccessSeen.objects.create(
        link=Link.objects.get(), index=1, message="m", at=clock.now(), consumer=OTHER, service="probe",
        purpose="welfare", outcome="ok", proven=True, evidence={},
    )  # fmt: skip
    identity.create_citizen(username="wang", password=PASSWORD, title="王五")
    own = [f"/mine/consents/{made.pk}/", f"/mine/consents/{made.pk}.json", f"/mine/accesses/{seen.pk}/"]
    own.append(f"/mine/accesses/{seen.pk}.json")
    for address in own:
        assert zhang[0].get(address).status_code == 200
    client.force_login(get_user_model().objects.get(username="wang"))
    for address in own:
        page(client, address, status=404)
    assert client.post(own[0]).status_code == 404
    made.refresh_from_db()
    assert made.state == "given"


def test_a_name_that_a_spreadsheet_would_run_is_made_inert(zhang):
    AccessSeen.objects.create(
        link=Link.objects.get(), index=1, message="=1+1", at=clock.now(), consumer=OTHER, service="probe",
        purpose="welfare", outcome="ok", proven=False, evidence={},
    )  # fmt: skip
    assert "'=1+1" in zhang[0].get("/mine/accesses/all.csv").content.decode()


def test_the_copy_to_keep_has_the_standard_s_names_and_no_name_of_the_person(zhang):
    give(zhang[0])
    kept = zhang[0].get(f"/mine/consents/{Consent.objects.get().pk}.json").json()
    assert {"schema_version", "record_id", "pii_principal_id", "pii_processing", "events"} <= set(kept)
    assert "zhang" not in str(kept)


def test_a_steward_writes_and_revises_a_data_agreement(client, mine):
    steward = sign_in(client, "steward")
    written = {
        "name": "check", "title_zh": "核对", "title_en": "Check", "service": "probe", "purpose": "welfare",
        "why_zh": "核对", "why_en": "to check", "attributes": "name | 姓名 | name\n*born | 出生 | born",
        "recipients": [OTHER], "basis": "consent", "valid_days": "180", "retention_days": "30", "active": "on",
    }  # fmt: skip
    for revision in (1, 2):
        assert steward.post("/consents/proposal/", written).status_code == 302
        assert f">{revision}<" in page(steward, "/consents/", "en")
    assert "*born | 出生 | born" in page(steward, "/consents/proposal/", revise="check")
    assert steward.post("/consents/proposal/", written | {"attributes": "name"}).status_code == 422


def test_an_official_asks_a_person_and_hands_out_codes(client, mine):
    w.proposed(recipients=(circle.member_id(),))
    official = sign_in(client, "official")
    name = f"https://{circle.member_id()}/data-agreement/check"
    asked = {"agreement": name, "days": "30", "reason_zh": "核对", "case": "C-1"}
    assert "tc-code" in official.post("/consents/ask/", asked).content.decode()
    assert "C-1" in page(official, "/consents/")
    answer = official.post("/consents/code/", {"person": "zhang"})
    assert "tc-code" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_a_deletion_owed_is_noted_with_what_was_done(client, mine):
    row = w.proposed(recipients=(circle.member_id(),))
    w.linked()
    document = w.document(row, recipients=(circle.member_id(),))
    w.told(mine, document)
    w.told(mine, w.replace(document, state="withdrawn"))
    official = sign_in(client, "official")
    owed = Obligation.objects.get()
    official.post("/consents/settle/", {"obligation": owed.pk, "note": ""})
    owed.refresh_from_db()
    assert owed.done_at is None
    official.post("/consents/settle/", {"obligation": owed.pk, "note": "all rows"})
    owed.refresh_from_db()
    assert (owed.done_by, owed.note) == ("official", "all rows")
