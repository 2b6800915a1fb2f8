"""Consents as a provider takes them in: whose word counts, what a withdrawal does, what cannot be undone."""

from __future__ import annotations

import orjson
import pytest
from msgspec.structs import replace

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import services
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.models import Consent, ConsentDelivery, DataAgreementRow, Link, Linked, Obligation
from twincity.engines.exchange.services.links import pseudonym
from twincity.engines.exchange.tests import consent_world as w
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


def refused(code: str, work, field: str = "") -> None:
    before = list(Consent.objects.values())
    with pytest.raises(Problem) as caught:
        work()
    assert caught.value.kind.code == code
    assert caught.value.field == field or not field
    assert list(Consent.objects.values()) == before


@pytest.fixture
def row(mine) -> DataAgreementRow:
    w.linked()
    return w.proposed()


def test_a_consent_is_held_with_the_key_of_the_person_it_is_about(mine, row):
    made = w.told(mine, w.document(row))
    held = services.People().held(made.pk)
    assert held is not None
    assert (held.person_key, held.document.state) == ("zhang", "given")


def test_the_same_document_twice_is_one_consent_and_one_entry_of_the_ledger(mine, row):
    document = w.document(row)
    w.told(mine, document)
    size = ledger.exchange_log().size
    w.told(mine, document)
    assert (Consent.objects.count(), ledger.exchange_log().size) == (1, size)
    last = orjson.loads(ledger.exchange_log().record(size - 1).data)
    assert (last["kind"], last["id"]) == ("consent", document.id)


def test_an_old_consent_replayed_after_its_withdrawal_stays_withdrawn(mine, row):
    document = w.document(row)
    w.told(mine, document)
    w.told(mine, replace(document, state="withdrawn"))
    w.told(mine, document)
    w.told(mine, replace(document, iat=document.iat + 100))
    held = services.People().held(document.id)
    assert held is not None
    assert held.document.state == "withdrawn"


def test_a_withdrawal_that_overtakes_its_consent_holds(mine, row):
    document = w.document(row)
    w.told(mine, replace(document, state="withdrawn"))
    assert w.told(mine, document).state == "withdrawn"


def test_nobody_but_the_home_node_speaks_for_a_consent(mine, row):
    document = w.document(row)
    refused("not-party", lambda: w.told(mine, replace(document, iss="other.test")))
    own = docs.sign(document, mine.home.key("tc1"))
    refused("consent-refused", lambda: services.receive_consent(sender=OTHER, token=own, person=w.PERSON))
    w.told(mine, document)
    w.linked("wang", "W" * 43, home=circle.member_id())
    hijacked = replace(document, iss=circle.member_id(), state="withdrawn")
    token = docs.sign(hijacked, mine.home.key("tc1"))
    refused(
        "consent-refused",
        lambda: services.receive_consent(sender=circle.member_id(), token=token, person="W" * 43),
        "id",
    )


def test_a_consent_for_a_person_who_is_not_linked_is_refused(mine, row):
    refused("not-linked", lambda: w.told(mine, w.document(row), person="X" * 43))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fields": ("name", "grade")}, "fields"),
        ({"fields": ()}, "fields"),
        ({"recipients": (OTHER, "third.test")}, "recipients"),
        ({"purpose": "planning"}, "purpose"),
        ({"digest": "0" * 64}, "digest"),
        ({"not_after": 2**40}, "not_after"),
        ({"subject": "zhang"}, "subject"),
        ({"id": "x" * 37}, "id"),
    ],
)
def test_a_consent_wider_than_its_agreement_is_refused(mine, row, changes, field):
    refused("consent-refused", lambda: w.told(mine, w.document(row, **changes)), field)


def test_one_under_an_agreement_that_has_not_arrived_is_to_be_sent_again(mine, row):
    refused("not-found", lambda: w.told(mine, w.document(row, revision=2)), "agreement")


def test_a_code_links_once_one_person_and_can_be_repeated_by_the_same_node(mine):
    code = services.issue_code(person_key="zhang", by="counter")
    first = services.accept_link(sender=OTHER, code=code, person=w.PERSON)
    assert services.accept_link(sender=OTHER, code=code, person=w.PERSON) == first
    refused("code-refused", lambda: services.accept_link(sender=OTHER, code=code, person="B" * 43))
    refused("code-refused", lambda: services.accept_link(sender="third.test", code=code, person=w.PERSON))
    refused("code-refused", lambda: services.accept_link(sender=OTHER, code="AAAA-AAA-AAA", person=w.PERSON))
    second = services.issue_code(person_key="wang", by="counter")
    refused("code-refused", lambda: services.accept_link(sender=OTHER, code=second, person=w.PERSON))
    assert Linked.objects.count() == 1


def test_a_request_for_consent_goes_to_one_node_only(mine):
    w.proposed(recipients=(circle.member_id(),))
    name = docs.identifier(circle.member_id(), "check")
    made = services.ask_consent(agreement=name, fields=("name",), days=30, reason=w.TEXT, case="C-1", by="clerk")
    assert services.hand_out_ask(sender=OTHER, code=made.code).fields == ("name",)
    assert services.hand_out_ask(sender=OTHER, code=made.code).consumer == circle.member_id()
    refused("code-refused", lambda: services.hand_out_ask(sender="third.test", code=made.code))


def test_who_used_the_data_is_told_to_the_linked_node_alone(mine, row):
    assert services.answer_accesses(sender=OTHER, person=w.PERSON, after=-1).records == []
    refused("not-linked", lambda: services.answer_accesses(sender="third.test", person=w.PERSON, after=-1))
    refused("not-linked", lambda: services.answer_accesses(sender=OTHER, person="X" * 43, after=-1))


class TestAtHome:
    """A citizen of this node; the node is the provider too, and the other the recipient."""

    PERSON = "urn:uuid:1"

    @pytest.fixture
    def given(self, mine, row) -> Consent:
        me = circle.member_id()
        w.linked("zhang", pseudonym(self.PERSON, me), home=me)
        Link.objects.create(person=self.PERSON, provider=me, at=clock.now())
        return services.give_consent(
            person=self.PERSON, agreement=row.identifier, fields=("name",), recipients=(OTHER,), days=30
        )

    def test_it_stands_here_at_once_and_is_due_to_the_recipient(self, given):
        held = services.People().held(given.pk)
        assert held is not None
        assert held.person_key == "zhang"
        assert list(ConsentDelivery.objects.values_list("peer", "due")) == [(OTHER, True)]

    def test_an_acknowledgement_of_the_state_before_leaves_the_withdrawal_due(self, given):
        delivery = ConsentDelivery.objects.get()
        services.withdraw_consent(person=self.PERSON, consent=given.pk)
        services.acknowledge(delivery=delivery.pk, state="given")
        assert ConsentDelivery.objects.get().due
        services.acknowledge(delivery=delivery.pk, state="withdrawn")
        assert not ConsentDelivery.objects.get().due

    def test_only_the_person_withdraws_and_only_once(self, given):
        for somebody in ("urn:uuid:2", ""):
            refused("not-found", lambda s=somebody: services.withdraw_consent(person=s, consent=given.pk))
        services.withdraw_consent(person=self.PERSON, consent=given.pk)
        refused("consent-withdrawn", lambda: services.withdraw_consent(person=self.PERSON, consent=given.pk))

    def test_two_agreements_know_the_person_by_two_names(self, given, row):
        services.propose(w.agreement(name="other"))
        other = services.give_consent(
            person=self.PERSON,
            agreement=docs.identifier(circle.member_id(), "other"),
            fields=("name",),
            recipients=(OTHER,),
            days=1,
        )
        assert other.subject != given.subject
        assert self.PERSON not in given.token


def test_a_recipient_owes_deletion_once_a_consent_is_withdrawn(mine):
    """This node is provider and recipient; the citizen is the other's."""
    row = w.proposed(recipients=(circle.member_id(),))
    w.linked()
    document = w.document(row, recipients=(circle.member_id(),))
    w.told(mine, document)
    assert not Obligation.objects.exists()
    w.told(mine, replace(document, state="withdrawn"))
    owed = Obligation.objects.get()
    assert (owed.due - owed.opened).days == 30
    services.settle_obligation(obligation=owed.pk, by="clerk", note="all rows")
    refused("not-found", lambda: services.settle_obligation(obligation=owed.pk, by="clerk", note="again"))
