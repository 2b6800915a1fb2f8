from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import ENDORSEMENT, document_of, payload_of
from twincity.engines.catalogue.models import Endorsement
from twincity.engines.catalogue.rules.signoff import Word, sign_off
from twincity.engines.catalogue.tests.examples import COUNTY, ME, OTHER, a_standard
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

WHY = LocalText("不合适", "does not fit")
ID = "https://cq.example/standard/division/1.0"
pytestmark = pytest.mark.django_db


def word(identifier=ID, **changes):
    """What Sichuan's anchor says."""
    payload = {"iss": OTHER, "iat": 1_700_000_000, "id": identifier, "stance": "endorsed"}
    found = queries.entry(identifier)
    payload["digest"] = queries.digest_of(found) if found else "0" * 64
    return payload | changes


def heard(circle, payload, owner=OTHER, **more):
    circle.publish_as(owner, ENDORSEMENT, payload, **more)
    return services.take_in_endorsements()


def state(identifier=ID):
    return queries.sign_off_of(queries.entry(identifier))


@pytest.fixture
def proposed(circle):
    facade.publish_standard(standard=a_standard())
    return facade.endorse(identifier=ID)


class TestTwoAnchors:
    def test_one_signature_proposes_and_the_second_puts_it_in_force(self, circle, proposed):
        assert (proposed.sign_off.state, proposed.sign_off.signed, proposed.sign_off.threshold) == (
            "proposed",
            (ME,),
            2,
        )
        heard(circle, word())
        assert (state().state, state().signed) == ("in-force", (ME, OTHER))

    def test_signing_twice_publishes_once(self, circle, proposed):
        before = len(circle.logs[ME])
        assert facade.endorse(identifier=ID).sign_off == proposed.sign_off
        assert len(circle.logs[ME]) == before

    def test_the_same_word_twice_counts_once(self, circle, proposed):
        heard(circle, word())
        heard(circle, word())
        assert state().signed == (ME, OTHER)
        assert Endorsement.objects.count() == 2

    def test_a_refusal_shows_with_its_reason(self, circle, proposed):
        heard(circle, word(stance="refused", reason={"zh-Hans": "缺字段", "en": "a field is missing"}))
        assert state().state == "refused"
        assert [each.reason for each in state().words] == [None, LocalText("缺字段", "a field is missing")]

    def test_a_signature_taken_back_ends_its_force(self, circle, proposed):
        heard(circle, word())
        facade.withdraw_endorsement(identifier=ID, reason=WHY)
        assert (state().state, state().signed) == ("proposed", (OTHER,))
        facade.endorse(identifier=ID)
        assert state().state == "in-force"

    def test_an_owner_that_withdraws_the_standard_ends_its_force(self, circle, proposed):
        heard(circle, word())
        facade.withdraw(identifier=ID, reason=WHY)
        assert state().state == "proposed"

    def test_replaying_the_logs_rebuilds_the_same_state(self, circle, proposed):
        heard(circle, word())
        before = list(Endorsement.objects.order_by("anchor").values_list("anchor", "digest", "stance", "log_index"))
        Endorsement.objects.all().delete()
        circle.replay()
        services.take_in()
        assert services.take_in_endorsements() == 2
        assert (
            list(Endorsement.objects.order_by("anchor").values_list("anchor", "digest", "stance", "log_index"))
            == before
        )

    def test_a_word_that_arrives_before_the_standard_counts_once_that_is_there(self, circle):
        document = document_of("standard", OTHER, "1.0", 1_700_000_000, a_standard())
        identifier = document.identifier
        heard(circle, word(identifier, digest=queries.signoff.contents_digest(document)))
        circle.publish_as(OTHER, "tc-standard+jwt", payload_of(document))
        services.take_in()
        assert state(identifier).state == "proposed"


class TestWhatDoesNotCount:
    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": ME},
            {"digest": "f" * 63},
            {"stance": "maybe"},
            {"stance": "refused"},
            {"stance": "withdrawn", "reason": {"zh-Hans": "", "en": ""}},
            {"id": "https://cq.example/dataset/division/1.0"},
            {"more": 1},
            {"iat": -1},
        ],
    )
    def test_a_malformed_word_is_passed_over(self, circle, proposed, changes):
        assert heard(circle, word(**changes)) == 0
        assert state().signed == (ME,)

    def test_another_key_of_nobody(self, circle, proposed):
        assert heard(circle, word(), key=PrivateKey.generate()) == 0

    def test_a_member_that_is_no_anchor(self, circle, proposed):
        assert heard(circle, word(iss=COUNTY), owner=COUNTY) == 0
        assert state().signed == (ME,)

    def test_a_word_about_other_contents(self, circle, proposed):
        heard(circle, word(digest="0" * 64))
        assert (state().state, state().signed) == ("proposed", (ME,))
        assert [each.anchor for each in state().words] == [ME, OTHER]

    def test_an_older_word_does_not_undo_a_newer(self, circle, proposed):
        heard(circle, word(stance="withdrawn", reason={"zh-Hans": "撤", "en": "back"}))
        heard(circle, word())
        circle.replay()
        services.take_in_endorsements()
        assert state().signed == (ME, OTHER)

    def test_an_anchor_that_left_the_charter(self, circle, proposed):
        heard(circle, word())
        circle.charter = type(circle.charter)("chuan-yu", 2, 1, 0, 1, circle.charter.anchors[:1])
        assert (state().state, state().signed, state().threshold) == ("in-force", (ME,), 1)


class TestRefusals:
    def test_only_an_anchor_signs(self, circle, proposed):
        circle.me = COUNTY
        with pytest.raises(Problem) as refused:
            facade.endorse(identifier=ID)
        assert refused.value.kind.code == "endorsement-not-anchor"
        assert not circle.logs[COUNTY]

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (lambda: facade.endorse(identifier="https://cq.example/standard/none/1"), "not-found"),
            (lambda: facade.withdraw_endorsement(identifier=ID, reason=WHY), "endorsement-missing"),
            (lambda: facade.refuse_standard(identifier=ID, reason=LocalText("", "")), "document-refused"),
        ],
    )
    def test_what_would_be_refused_does_not_enter_the_log(self, circle, act, code):
        facade.publish_standard(standard=a_standard())
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.kind.code == code
        assert len(circle.logs[ME]) == 1

    def test_a_withdrawn_standard_is_not_signed(self, circle):
        facade.publish_standard(standard=a_standard())
        facade.withdraw(identifier=ID, reason=WHY)
        with pytest.raises(Problem, match="endorsement-withdrawn-standard"):
            facade.endorse(identifier=ID)


WORDS = st.lists(
    st.builds(
        Word,
        anchor=st.sampled_from(["a", "b", "c", "x"]),
        digest=st.sampled_from(["1", "2"]),
        stance=st.sampled_from(["endorsed", "refused", "withdrawn"]),
        at=st.just(0),
        place=st.integers(0, 9),
    ),
    unique_by=lambda each: each.anchor,
)


@given(WORDS, st.integers(1, 3))
def test_in_force_means_that_enough_anchors_signed_these_contents(words, threshold):
    found = sign_off(words, digest="1", anchors={"a", "b", "c"}, threshold=threshold)
    right = {each.anchor for each in words if each.anchor in "abc" and each.digest == "1" and each.stance == "endorsed"}
    assert set(found.signed) == right
    assert (found.state == "in-force") == (len(right) >= threshold)
