"""The directory: who may enter what into which log, which keys may be used when, and what a thief cannot do."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.world import (
    ADMITTED,
    CQ,
    DAY,
    DJ,
    GZ,
    KID,
    LS,
    NOW,
    SC,
    TOWN,
    fold,
    key,
    keys,
    mark,
    refused,
    statement,
    terms,
    usable,
)
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import SKEW, Member, check_name, check_narrower
from twincity.kernel import jws
from twincity.kernel.problems import Problem


class TestAnchors:
    def test_the_charter_makes_them_members(self):
        found = fold([])
        assert list(found.members) == [CQ, SC]
        member = found.members[CQ]
        assert (member.issuer, member.node.admits, member.node.roles) == ("", 4, ("anchor",))
        assert (member.exp, member.root) == (NOW + 365 * DAY, key(f"{CQ}/root").public)
        assert found.issuers() == [CQ, SC]

    def test_they_are_there_until_the_charter_ends(self):
        found = fold([])
        end = NOW + 365 * DAY
        assert found.member(CQ, end + SKEW - 1).id == CQ
        with pytest.raises(Problem, match="member-expired"):
            found.member(CQ, end + SKEW)

    def test_they_announce_their_keys_in_their_own_log(self):
        found = fold([keys(CQ)])
        assert found.keys[KID[CQ]].member == CQ
        refused(found, (SC, keys(CQ, 2)[1]), "the keys of a member belong in the log of its issuer", "iss")

    def test_log_and_witness_keys_are_those_of_the_charter(self, found):
        """Whatever an anchor says of them itself."""
        other = fold([keys(CQ, keys=[*terms(SC)[:2], *terms(CQ, "tc1")[2:]])])
        assert other.key_for(CQ, "log") == found.key_for(CQ, "log") == key(f"{CQ}/log").public
        assert found.key_for(CQ, "witness") == key(f"{CQ}/witness").public


class TestAdmitting:
    def test_a_member_with_its_keys(self, found):
        member = found.member(DJ, NOW)
        assert (member.id, member.issuer, member.root) == (DJ, CQ, key(f"{DJ}/root").public)
        assert (member.node.division, member.exp) == ("500231", NOW + docs.STATEMENT_LIFE)
        assert [link.id for link in found.chain(DJ)] == [DJ, CQ]
        assert found.anchor_of(DJ) == CQ
        assert found.anchor_of("nobody.example") == ""
        assert found.issuers() == [CQ, SC]

    def test_each_change_is_counted(self, found):
        before = found.version
        found.apply(*mark(CQ, DJ))
        assert found.version == before + 1

    def test_the_root_key_may_sign_too(self):
        fold([keys(CQ), statement(DJ, f"{CQ}/root")])

    @pytest.mark.parametrize("signer", [f"{SC}/tc1", f"{CQ}/log", f"{CQ}/witness", f"{CQ}/tc1-2", f"{DJ}/root"])
    def test_nobody_else(self, signer):
        refused(fold([keys(CQ), keys(SC)]), statement(DJ, signer), "signed by an unknown key")

    def test_the_issuer_must_have_announced_the_key(self):
        refused(fold([]), statement(DJ), "signed by an unknown key")

    def test_only_in_the_issuers_own_log(self, found):
        for owner in (SC, DJ, "nobody.example"):
            refused(found, (owner, statement(DJ)[1]), f"{CQ} may not issue in the log of {owner}", "iss")

    def test_a_stranger_admits_nobody(self, found):
        refused(
            found,
            statement("x.gz.example", f"{GZ}/tc1", node={"division": "520100"}),
            f"{GZ} may not issue in the log of {GZ}",
            "iss",
        )

    def test_a_member_admits_only_if_it_was_allowed_to(self, found):
        refused(found, statement(TOWN), f"{DJ} may not issue in the log of {DJ}", "iss")
        found.apply(*statement(DJ, iat=NOW + 1, node={"admits": 1}))
        found.apply(*statement(TOWN))
        assert [link.id for link in found.chain(TOWN)] == [TOWN, DJ, CQ]
        assert found.anchor_of(TOWN) == CQ
        assert found.issuers() == [CQ, SC, DJ]

    @pytest.mark.parametrize(
        ("node", "said", "field"),
        [
            ({"division": "510100"}, "510100 lies outside 500000", "division"),
            ({"division": "5"}, "5 lies outside 500000", "division"),
            ({"division": ""}, " lies outside 500000", "division"),
            ({"admits": 4}, "may admit fewer than 4 levels", "admits"),
            ({"admits": -1}, "may admit fewer than 4 levels", "admits"),
            ({"roles": ["consumer", "anchor"]}, "only the charter makes anchors", "roles"),
        ],
    )
    def test_no_more_than_the_issuer_has(self, node, said, field):
        refused(fold([keys(CQ)]), statement(DJ, node=node), said, field)

    def test_levels_shrink_on_the_way_down(self, found):
        found.apply(*statement(DJ, iat=NOW + 1, node={"admits": 2}))
        refused(found, statement(TOWN, node={"admits": 2}), "may admit fewer than 2 levels", "admits")
        found.apply(*statement(TOWN, node={"admits": 1}))


class TestNames:
    @pytest.mark.parametrize("label", ["dianjiang", "a", "1", "a-b", "a--b", "x" * 63, "500231"])
    def test_one_label_below_the_issuer(self, label):
        check_name(f"{label}.{CQ}", CQ)

    @pytest.mark.parametrize(
        "name",
        [
            *("", CQ, f".{CQ}", f"a.b.{CQ}", f"a{CQ}", f"a.{CQ}.", f"a.{SC}", "a.example"),
            *(f"-a.{CQ}", f"a-.{CQ}", f"-.{CQ}", f"a_b.{CQ}", f"a b.{CQ}", f"a/.{CQ}", f"a\n.{CQ}"),
            *(f"垫江.{CQ}", f"Ａ.{CQ}", f"ａ.{CQ}", f"Dianjiang.{CQ}", f"DJ.{CQ}"),
        ],
    )
    def test_nothing_else(self, name):
        with pytest.raises(Problem) as caught:
            check_name(name, CQ)
        assert (caught.value.kind.code, caught.value.field) == ("statement-refused", "sub")
        assert caught.value.values["reason"] == f"{name} is not a name one label below {CQ}"

    @pytest.mark.parametrize(
        ("territory", "inside", "outside"),
        [
            ("500000", ["500000", "500231", "501100"], ["510000", "050000", "5"]),
            ("511600", ["511600", "511623"], ["511500", "510000", "500000", "51162"[:3]]),
            ("500231", ["500231"], ["500232", "500200", "500000"]),
            ("110000", ["110101"], ["120000"]),
        ],
    )
    def test_territories_nest_by_pairs_of_digits(self, territory, inside, outside):
        issuer = Member("a", "", key("a").public, metadata(territory, 4), NOW)
        for division in inside:
            check_narrower(metadata(division), issuer)
        for division in outside:
            with pytest.raises(Problem) as caught:
                check_narrower(metadata(division), issuer)
            assert caught.value.field == "division"


def metadata(division: str, admits: int = 0) -> docs.NodeMetadata:
    return docs.NodeMetadata(docs.LocalText("甲", "A"), division, "https://a", admits=admits)


class TestRenewal:
    def test_a_later_statement_takes_the_place_of_the_one_before(self, found):
        found.apply(*statement(DJ, iat=NOW + 20 * DAY, node={"address": "https://new"}))
        member = found.member(DJ, NOW + 40 * DAY)
        assert (member.exp, member.node.address) == (NOW + 50 * DAY, "https://new")
        assert usable(found, KID[DJ], NOW + 40 * DAY) == "ok", "keys and marks are kept"

    def test_an_earlier_one_does_not(self, found):
        refused(found, statement(DJ, iat=NOW - 1), "older than the statement that is known", "iat")
        found.apply(*statement(DJ, iat=NOW))

    def test_without_renewal_membership_ends(self, found):
        end = NOW + docs.STATEMENT_LIFE + SKEW
        assert usable(found, KID[DJ], end - 1) == "ok"
        assert usable(found, KID[DJ], end) == "member-expired"
        with pytest.raises(Problem) as caught:
            found.member(DJ, end)
        assert caught.value.values == {"member": DJ}

    def test_an_issuer_ends_a_membership_by_a_shorter_statement(self, found):
        found.apply(*statement(DJ, iat=NOW + DAY, life=1))
        assert usable(found, KID[DJ], NOW + DAY + SKEW) == "ok"
        assert usable(found, KID[DJ], NOW + DAY + SKEW + 1) == "member-expired"

    def test_when_an_issuer_ends_so_does_everyone_below_it(self, found):
        found.apply(*statement(DJ, iat=NOW + 1, life=10 * DAY, node={"admits": 1}))
        found.apply(*statement(TOWN, iat=NOW + 1))
        found.apply(*keys(TOWN))
        late = NOW + 11 * DAY
        assert usable(found, key(f"{TOWN}/tc1").public.kid, late) == "member-expired"
        with pytest.raises(Problem) as caught:
            found.member(TOWN, late)
        assert caught.value.values == {"member": DJ}

    def test_a_stranger_is_no_member(self, found):
        with pytest.raises(Problem) as caught:
            found.member("nobody.example", NOW)
        assert (caught.value.kind.code, caught.value.field) == ("unknown-member", "member")


class TestKeys:
    def test_terms(self, found):
        assert usable(found, KID[DJ], NOW - SKEW) == "ok"
        assert usable(found, KID[DJ], NOW - SKEW - 1) == "key-out-of-time"
        found.apply(*statement(DJ, iat=NOW + 80 * DAY))
        end = NOW + docs.KEY_LIFE + SKEW
        assert usable(found, KID[DJ], end - 1) == "ok"
        assert usable(found, KID[DJ], end) == "key-out-of-time"

    def test_only_tc1_keys_sign_messages(self, found):
        for use in ("log", "witness", "root"):
            assert usable(found, key(f"{DJ}/{use}").public.kid) == "unknown-key"
        assert usable(found, "nothing") == "unknown-key"

    def test_they_are_announced_in_the_issuers_log(self):
        joined = fold([keys(CQ), statement(DJ)])
        said = "the keys of a member belong in the log of its issuer"
        for owner in (DJ, SC):
            refused(joined, (owner, keys(DJ)[1]), said, "iss")
        refused(joined, (SC, keys(LS)[1]), said, "iss")

    @pytest.mark.parametrize("signer", [f"{DJ}/tc1", f"{CQ}/root", f"{CQ}/tc1", f"{DJ}/log"])
    def test_only_the_members_root_key_signs_them(self, signer):
        refused(fold([keys(CQ), statement(DJ)]), keys(DJ, signer=signer), "signed by an unknown key")

    def test_the_first_statement_is_the_first(self):
        for seq in (0, 2, -1):
            refused(fold([keys(CQ), statement(DJ)]), keys(DJ, seq), "the first key statement has seq 1", "seq")

    def test_a_key_belongs_to_one_member(self):
        joined = fold(ADMITTED[:5])
        stolen = keys(LS, keys=[*terms(LS), docs.term(key(f"{DJ}/tc1").public, "tc1", NOW)])
        refused(joined, stolen, f"key {KID[DJ]} belongs to {DJ}", "keys")

    def test_which_key_is_the_newest(self, found):
        assert found.key_for(DJ, "tc1") == key(f"{DJ}/tc1").public
        assert found.key_for(DJ, "log") == key(f"{DJ}/log").public
        assert found.key_for("nobody.example", "log") is None
        found.apply(*keys(DJ, 2, keys=[*terms(DJ, "tc1"), *terms(DJ, "tc1-2", iat=NOW + DAY)[2:]]))
        assert found.key_for(DJ, "tc1") == key(f"{DJ}/tc1-2").public
        assert fold([keys(CQ), statement(DJ)]).key_for(DJ, "tc1") is None


class TestRotation:
    @staticmethod
    def rotation(seq: int, *names: str, **changes):
        return keys(DJ, seq, tc1=names, **changes)

    def test_the_promised_key_comes_in_beside_the_old_one(self, found):
        found.apply(*self.rotation(2, "tc1", "tc1-2"))
        assert usable(found, KID[DJ]) == usable(found, key(f"{DJ}/tc1-2").public.kid) == "ok"
        found.apply(*self.rotation(3, "tc1-2", "tc1-3"))
        assert usable(found, key(f"{DJ}/tc1-3").public.kid) == "ok"
        assert usable(found, KID[DJ]) == "ok", "a key that is no longer listed ends with its term"

    def test_a_key_that_was_not_promised_does_not(self, found):
        refused(found, self.rotation(2, "tc1", "tc1-3"), "the new key is not the one that was promised", "next")
        refused(found, self.rotation(2, "tc1-2", "tc1-3"), "the new key is not the one that was promised", "next")

    def test_a_known_key_does_not_take_another_use(self, found):
        old = key(f"{DJ}/tc1").public
        log = [docs.term(old, "log", NOW), *(each for each in terms(DJ, "tc1") if each["use"] != "log")]
        refused(found, keys(DJ, 2, keys=log), "the log key of a node never changes", "keys")

    @pytest.mark.parametrize("seq", [1, 3, 0, -1])
    def test_statements_follow_one_another(self, found, seq):
        refused(found, self.rotation(seq, "tc1", "tc1-2"), f"seq {seq} does not follow 1", "seq")

    def test_the_promise_may_be_changed_only_by_a_new_statement(self, found):
        found.apply(*self.rotation(2, "tc1", following="other"))
        refused(found, self.rotation(3, "tc1", "tc1-2"), "the new key is not the one that was promised", "next")
        found.apply(*self.rotation(3, "tc1", "other"))

    def test_a_key_from_before_does_not_come_back(self, found):
        found.apply(*self.rotation(2, "tc1-2"))
        refused(found, self.rotation(3, "tc1-2", "tc1"), "the new key is not the one that was promised", "next")

    @pytest.mark.parametrize("use", ["log", "witness"])
    def test_log_and_witness_keys_never_change(self, found, use):
        other = docs.term(key("another").public, use, NOW)
        entries = [other if entry["use"] == use else entry for entry in terms(DJ, "tc1")]
        refused(found, keys(DJ, 2, keys=entries), f"the {use} key of a node never changes", "keys")

    def test_a_renewed_term_is_never_begun_later(self, found):
        later = keys(DJ, 2, keys=[*terms(DJ), docs.term(key(f"{DJ}/tc1").public, "tc1", NOW + DAY, 10 * DAY)])
        found.apply(*later)
        record = found.keys[KID[DJ]]
        assert (record.nbf, record.exp) == (NOW, NOW + 11 * DAY)
        assert record.statement == later[1]

    def test_one_statement_brings_at_most_one_key(self, found):
        """The promise is the hash of one key, so two new ones cannot both fit it."""
        entries = [*terms(DJ, "tc1", "tc1-2"), docs.term(key("another").public, "tc1", NOW)]
        refused(found, keys(DJ, 2, keys=entries), "the new key is not the one that was promised", "next")


def test_other_documents_are_refused(found):
    for token in ("", "x", "{}", jws.sign({"iss": CQ}, key(f"{CQ}/tc1"), typ="tc-standard+jwt")):
        with pytest.raises(Problem, match="statement-refused"):
            found.apply(CQ, token)
