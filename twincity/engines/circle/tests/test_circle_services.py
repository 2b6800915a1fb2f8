"""Writes of the circle, in a node that is open: what ends in its public log, and what is refused before it does."""

from __future__ import annotations

import asyncio
import hashlib

import msgspec
import pytest

from twincity.engines.circle import facade, services
from twincity.engines.circle.membership import signing
from twincity.engines.circle.membership.holder import circle as current
from twincity.engines.circle.services import Card
from twincity.engines.circle.tests.opened import OTHER, opened
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import Member
from twincity.engines.circle.trust.keys import to_jwk
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, jws
from twincity.kernel.home import Config, Home
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem

ME, COUNTY = "cq.test", "dianjiang.cq.test"
DAY = 86_400


def make(folder, name: str, division: str) -> Home:
    config = Config(
        id=name, title=LocalText(f"成员 {name}", f"Member {name}"), division=division, address=f"http://{name}"
    )
    return Home.create(folder / name, config)


@pytest.fixture
def mine(tmp_path):
    """Chongqing's node, open, in a circle with another province."""
    with opened(make(tmp_path, ME, "500000"), tmp_path) as made:
        yield made


@pytest.fixture
def county(tmp_path) -> Home:
    return make(tmp_path, COUNTY, "500231")


@pytest.fixture
def card(county) -> Card:
    return facade.card(county)


@pytest.fixture
def admitted(mine, card) -> Member:
    services.admit(node=card)
    return current().state.directory.members[COUNTY]


def entries() -> list[bytes]:
    return [record.data for record in ledger.public_log().records()]


def refused(work, said: str, field: str = "", code: str = "statement-refused") -> None:
    """Refused with this reason, and nothing is published."""
    before = len(entries())
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.field) == (code, field), caught.value
    assert said in caught.value.values["reason"]
    assert len(entries()) == before


def key_state(kid: str) -> str:
    try:
        current().state.directory.signing_key(kid, clock.unix())
    except Problem as problem:
        return problem.kind.code
    return "ok"


class TestCards:
    def test_a_card_is_what_a_node_says_of_itself(self, county, card):
        assert (card.id, card.title, card.division, card.address) == (
            COUNTY,
            county.config.title,
            "500231",
            f"http://{COUNTY}",
        )
        assert card.root == to_jwk(county.key("root").public)
        assert docs.parse(card.keys)[1].iss == COUNTY

    def test_it_travels_as_json(self, card):
        assert msgspec.json.decode(msgspec.json.encode(card), type=Card) == card


class TestCharters:
    def test_a_draft_names_the_anchors_of_the_cards(self, tmp_path):
        homes = [make(tmp_path, name, code) for name, code in (("a.test", "500000"), ("b.test", "510000"))]
        document = facade.draft_charter("c", 2, [facade.card(each) for each in homes], [])
        assert document["signatures"] == []
        found = charters.read(document)
        assert (found.circle, found.version, found.threshold) == ("c", 1, 2)
        assert found.expires - found.issued == services.CHARTER_LIFE
        for anchor, home in zip(found.anchors, homes, strict=True):
            assert (anchor.id, anchor.address) == (home.config.id, home.config.address)
            for use in ("root", "log", "witness"):
                assert getattr(anchor, use) == to_jwk(home.key(use).public)

    def test_a_draft_that_breaks_a_rule_is_none(self, card):
        refused_without_log(lambda: facade.draft_charter("c", 2, [card], []), "threshold")
        refused_without_log(lambda: facade.draft_charter("c", 1, [card, card], []), "anchors")

    def test_a_card_must_carry_keys(self, card):
        token = jws.sign(
            {"iss": "a", "sub": "b", "id": "c", "iat": 1, "exp": 2}, PrivateKey.generate(), typ=docs.TRUST_MARK
        )
        with pytest.raises(Problem, match="a card carries a key statement"):
            facade.draft_charter("c", 1, [msgspec.structs.replace(card, keys=token)], [])

    def test_each_anchor_signs_with_its_root_key_and_may_do_so_again(self, county, card):
        document = facade.draft_charter("c", 1, [card], [])
        for _ in range(2):
            document = facade.sign_charter(county, document)
        assert len(document["signatures"]) == 1
        assert charters.verify_first(document).anchors[0].id == COUNTY

    def test_nothing_is_signed_unread(self, county):
        refused_without_log(lambda: facade.sign_charter(county, {"payload": "e30", "signatures": []}), "malformed")

    def test_what_an_operator_adopts_must_have_been_signed(self, county, card):
        document = facade.draft_charter("c", 1, [card], [])
        refused_without_log(lambda: facade.adopt_charter(county, document), "threshold")
        assert facade.load_chain(county) == []

    def test_an_adopted_charter_has_a_digest_to_compare(self, mine):
        payload = facade.charter_chain()[0]["payload"]
        assert facade.pinned_digest(mine.home) == hashlib.sha256(payload.encode()).hexdigest()

    def successor(self, mine, **changes):
        chain = facade.charter_chain()
        cards = [facade.card(mine.home), facade.card(mine.other)]
        document = facade.draft_charter("test-circle", changes.get("threshold", 2), cards, chain)
        for home in changes.get("signers", (mine.home, mine.other)):
            document = facade.sign_charter(home, document)
        return document

    def test_a_successor_is_published_and_taken_over(self, mine):
        document = self.successor(mine, threshold=1)
        index = services.publish_charter(document)
        assert entries()[index] == canonical.encode(document)
        assert facade.directory().charter.version == 2
        assert facade.charter_chain() == facade.load_chain(mine.home)
        assert len(facade.charter_chain()) == 2

    def test_one_without_its_signatures_is_not(self, mine):
        unsigned = self.successor(mine, signers=(mine.home,))
        refused(lambda: services.publish_charter(unsigned), "threshold", code="charter-refused")

    def test_a_charter_that_has_ended_can_be_followed_by_hand(self, mine):
        """A node that was off while the others agreed on the next one."""
        clock.shift(services.CHARTER_LIFE + DAY)
        chain = facade.charter_chain()
        with pytest.raises(Problem, match="ended at"):
            charters.verify_chain(chain, clock.unix())
        adopted = facade.adopt_charter(mine.home, self.successor(mine))
        assert adopted.version == 2
        assert len(facade.load_chain(mine.home)) == 2

    def test_but_not_by_one_that_has_ended_too(self, mine):
        document = self.successor(mine)
        clock.shift(services.CHARTER_LIFE + DAY)
        refused_without_log(lambda: facade.adopt_charter(mine.home, document), "expires")
        assert len(facade.load_chain(mine.home)) == 1


def refused_without_log(work, rule: str) -> None:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.rule) == ("charter-refused", rule), caught.value


class TestAdmitting:
    def test_statement_and_keys_enter_the_log(self, mine, card, county):
        before = len(entries())
        token = services.admit(node=card, admits=2)
        assert entries()[before:] == [token.encode(), card.keys.encode()]
        member = facade.directory().members[COUNTY]
        assert (member.issuer, member.node.admits, member.root) == (ME, 2, county.key("root").public)
        assert key_state(county.key("tc1").public.kid) == "ok"

    def test_admitting_again_renews_the_statement_alone(self, mine, card, admitted):
        clock.shift(10 * DAY)
        before = len(entries())
        services.admit(node=msgspec.structs.replace(card, address="http://moved"))
        assert len(entries()) == before + 1
        member = facade.directory().members[COUNTY]
        assert member.node.address == "http://moved"
        assert member.exp > admitted.exp

    @pytest.mark.parametrize(
        ("changes", "said", "field"),
        [
            ({"id": "dianjiang.sc.test"}, "is not a name one label below", "sub"),
            ({"id": "Dianjiang.cq.test"}, "is not a name one label below", "sub"),
            ({"division": "510100"}, "lies outside 500000", "division"),
            ({"root": {}}, "malformed", "root"),
            ({"root": {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "x"}}, "malformed", "root"),
            ({"keys": "x"}, "malformed", ""),
            ({"id": "other.cq.test"}, f"the keys on the card belong to {COUNTY}", "keys"),
        ],
    )
    def test_a_card_that_breaks_a_rule(self, mine, card, changes, said, field):
        refused(lambda: services.admit(node=msgspec.structs.replace(card, **changes)), said, field)

    def test_keys_signed_by_another_root_key(self, mine, card, tmp_path):
        other = make(tmp_path, "x.cq.test", "500000")
        forged = msgspec.structs.replace(card, root=to_jwk(other.key("root").public))
        refused(lambda: services.admit(node=forged), "signed by an unknown key", "keys")

    def test_keys_of_a_node_that_has_already_rotated(self, mine, card, county):
        _, known = docs.parse(card.keys)
        later = msgspec.structs.replace(card, keys=signing.next_statement(county, COUNTY, known))
        refused(lambda: services.admit(node=later), "the first key statement has seq 1", "seq")

    def test_a_document_in_the_place_of_keys(self, mine, card):
        token = jws.sign(
            {"iss": COUNTY, "sub": "b", "id": "c", "iat": 1, "exp": 2}, PrivateKey.generate(), typ=docs.TRUST_MARK
        )
        refused(
            lambda: services.admit(node=msgspec.structs.replace(card, keys=token)),
            "a card carries a key statement",
            "keys",
        )

    def test_no_more_levels_than_it_has(self, mine, card):
        refused(lambda: services.admit(node=card, admits=4), "may admit fewer than 4 levels", "admits")


class TestRenewing:
    @pytest.mark.parametrize(("age", "count"), [(0, 0), (20 * DAY, 0), (20 * DAY + 1, 1), (40 * DAY, 1)])
    def test_at_two_thirds_of_its_life(self, mine, admitted, age, count):
        now = admitted.exp - docs.STATEMENT_LIFE + age
        clock.shift(0)
        assert services.renew_statements(now) == count
        assert facade.directory().members[COUNTY].exp == admitted.exp + (age if count else 0)

    def test_a_renewed_statement_says_the_same(self, mine, admitted):
        services.renew_statements(admitted.exp - 1)
        renewed = facade.directory().members[COUNTY]
        assert (renewed.node, renewed.root, renewed.keys) == (admitted.node, admitted.root, admitted.keys)

    def test_members_of_others_are_theirs_to_renew(self, mine):
        assert services.renew_statements(clock.unix() + 1000 * DAY) == 0


class TestKeysFromBelow:
    def rotation(self, county: Home) -> str:
        known = facade.directory().members[COUNTY].keys
        return signing.next_statement(county, COUNTY, known)

    def test_they_enter_the_log(self, mine, admitted, county):
        token = self.rotation(county)
        index = services.accept_keys(token)
        assert entries()[index] == token.encode()
        assert facade.directory().members[COUNTY].keys.seq == 2

    def test_the_same_statement_twice_is_entered_once(self, mine, admitted, county):
        """The answer to the first was lost, and the member sends it again."""
        token = self.rotation(county)
        services.accept_keys(token)
        before = len(entries())
        assert services.accept_keys(token) == 0
        assert len(entries()) == before

    def test_only_of_own_members(self, mine, admitted):
        own = signing.first_statement(mine.home, ME)
        refused(lambda: services.accept_keys(own), f"{ME} is not admitted by {ME}", "iss")
        refused(
            lambda: services.accept_keys(signing.first_statement(mine.other, OTHER)),
            f"{OTHER} is not admitted by",
            "iss",
        )

    def test_of_a_stranger(self, mine, card):
        refused(lambda: services.accept_keys(card.keys), f"{COUNTY} is not admitted by {ME}", "iss")

    def test_signed_by_another_key(self, mine, admitted, county):
        payload = jws.payload(self.rotation(county))
        refused(
            lambda: services.accept_keys(jws.sign(payload, county.key("tc1-old"), typ=docs.KEYS)),
            "signed by an unknown key",
        )

    def test_out_of_turn(self, mine, admitted, county):
        payload = jws.payload(self.rotation(county)) | {"seq": 3}
        refused(
            lambda: services.accept_keys(jws.sign(payload, county.key("root"), typ=docs.KEYS)),
            "seq 3 does not follow 1",
            "seq",
        )

    @pytest.mark.parametrize("token", ["", "x", "a.b.c"])
    def test_what_is_no_statement(self, mine, token):
        refused(lambda: services.accept_keys(token), "malformed")

    def test_another_document(self, mine, admitted):
        refused(lambda: services.accept_keys(admitted.statement), "a key statement is expected")


class TestRevoking:
    def test_a_members_key(self, mine, admitted, county):
        kid = county.key("tc1").public.kid
        index = services.revoke(member=COUNTY, kid=kid, index=7, reason="laptop lost")
        assert key_state(kid) == "key-revoked"
        found = facade.directory().keys[kid].revocation
        assert (found.iss, found.sub, found.origin, found.index) == (ME, COUNTY, f"{COUNTY}/exchange", 7)
        assert docs.parse(entries()[index].decode()) == (docs.REVOCATION, found)

    def test_the_own_key_even_when_it_is_the_one_that_signs(self, mine):
        """It is signed by the root key: a key cannot revoke itself."""
        kid = mine.home.key("tc1").public.kid
        assert key_state(kid) == "ok"
        services.revoke(member=ME, kid=kid, index=0, reason="stolen")
        assert key_state(kid) == "key-revoked"

    def test_not_a_key_of_somebody_else(self, mine, admitted, county):
        kid = county.key("tc1").public.kid
        refused(lambda: services.revoke(member=ME, kid=kid, index=0, reason="x"), f"{ME} has no key", "kid")
        refused(lambda: services.revoke(member=COUNTY, kid="x", index=0, reason="x"), f"{COUNTY} has no key", "kid")

    def test_not_of_another_province(self, mine):
        kid = mine.other.key("tc1").public.kid
        assert key_state(kid) == "ok"
        refused(lambda: services.revoke(member=OTHER, kid=kid, index=0, reason="x"), "does not stand above", "member")


class TestMarks:
    def test_a_member_is_marked_for_a_time(self, mine, admitted):
        index = services.mark(member=COUNTY, mark_id="dsmm-3", life=DAY)
        assert docs.parse(entries()[index].decode())[0] == docs.TRUST_MARK
        member = facade.directory().members[COUNTY]
        assert member.marks_at(clock.unix()) == (f"{ME}/dsmm-3",)
        assert member.marks_at(clock.unix() + DAY + 1) == ()

    def test_members_of_other_provinces_too(self, mine):
        services.mark(member=OTHER, mark_id="partner", life=DAY)
        assert facade.directory().members[OTHER].marks_at(clock.unix()) == (f"{ME}/partner",)

    def test_a_stranger_is_not(self, mine):
        refused(lambda: services.mark(member="nobody.test", mark_id="x", life=1), "is not a member", "member")


class TestOwnKeys:
    def test_an_anchor_announces_them_once(self, mine):
        before = len(entries())
        services.announce_own_keys()
        assert len(entries()) == before

    def test_an_anchor_rotates_in_its_own_log(self, mine):
        old, promised = mine.home.key("tc1").public, mine.home.key("tc1-next").public
        asyncio.run(services.rotate())
        assert facade.directory().members[ME].keys.seq == 2
        assert mine.home.key("tc1").public == promised
        assert facade.signer().kid == old.kid, "the new one waits until all have heard of it"
        clock.shift(signing.SETTLE)
        assert facade.signer().kid == promised.kid
        assert key_state(old.kid) == key_state(promised.kid) == "ok"

    def test_a_node_that_nobody_knows_cannot_rotate(self, mine):
        current().me.keys = None
        refused(services.next_key_statement, "this node's keys are not in the directory yet", "keys")


class TestOperations:
    """The same by name, as command line and pages do it."""

    def test_admit_mark_revoke(self, mine, card, county):
        told = msgspec.json.decode(msgspec.json.encode(card))
        assert perform("circle.admit", {"card": told, "admits": 1})["statement"]
        assert perform("circle.mark", {"member": COUNTY, "mark": "m", "days": 1})["entry"] == len(entries()) - 1
        kid = county.key("tc1").public.kid
        given = {"member": COUNTY, "kid": kid, "index": 3, "reason": "x"}
        assert perform("circle.revoke", given)["entry"] == len(entries()) - 1
        told = {each["id"]: each for each in perform("circle.status", {})["members"]}
        assert told[COUNTY]["keys"] == told[COUNTY]["revoked"] == [kid]
        assert told[COUNTY]["issuer"] == ME
        assert told[ME]["issuer"] == ""

    def test_status_tells_what_was_ignored(self, mine):
        mine.hear("junk")
        told = perform("circle.status", {})
        assert (told["circle"], told["version"], told["member"]) == ("test-circle", 1, ME)
        assert [(each["owner"], each["index"]) for each in told["ignored"]] == [(OTHER, 1)]

    def test_publishing_a_charter(self, mine):
        document = TestCharters().successor(mine)
        assert perform("circle.publish-charter", {"charter": document})["entry"] == len(entries()) - 1
        assert perform("circle.announce", {}) == {"size": len(entries())}
        assert perform("circle.status", {})["version"] == 2

    def test_wrong_parameters(self, mine):
        with pytest.raises(Problem, match="invalid"):
            perform("circle.revoke", {"member": COUNTY})
