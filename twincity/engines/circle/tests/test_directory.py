"""The directory: who may enter what into which log, which keys may be used when, and what a thief cannot do."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.world import (
    ADMITTED,
    CQ,
    DAY,
    DJ,
    GZ,
    LS,
    NOW,
    SC,
    TOWN,
    adopted,
    anchor,
    charter,
    first,
    fold,
    key,
    keys,
    mark,
    picture,
    refused,
    revocation,
    signed,
    statement,
    terms,
)
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.charter import Charter, verify_versions
from twincity.engines.circle.trust.directory import SKEW, Directory, Member, check_name, check_narrower
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import jws
from twincity.kernel.problems import Problem

KID = {name: key(f"{name}/tc1").public.kid for name in (CQ, SC, DJ, LS)}


def usable(found: Directory, kid: str, now: int = NOW) -> str:
    """``ok``, or the code with which the key is refused."""
    try:
        found.signing_key(kid, now)
    except Problem as problem:
        return problem.kind.code
    return "ok"


@pytest.fixture
def found() -> Directory:
    """Chongqing and Sichuan, and one county of each."""
    return fold(ADMITTED)


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


class TestThieves:
    """What somebody can do with a stolen key, and what not."""

    def test_with_a_signing_key_one_cannot_bring_in_another(self, found):
        mine = key("thief").public
        entries = [*terms(DJ, "tc1"), docs.term(mine, "tc1", NOW)]
        refused(found, keys(DJ, 2, keys=entries, signer=f"{DJ}/tc1"), "signed by an unknown key")

    def test_nor_with_the_root_key_alone(self, found):
        entries = [*terms(DJ, "tc1"), docs.term(key("thief").public, "tc1", NOW)]
        refused(found, keys(DJ, 2, keys=entries), "the new key is not the one that was promised", "next")

    def test_with_an_issuers_signing_key_one_cannot_replace_a_members_keys(self, found):
        """One can name another root key for it, but that one must keep the promise, too."""
        thief = key("thief")
        found.apply(*statement(DJ, iat=NOW + 1, jwks={"keys": [to_jwk(thief.public)]}))
        entries = [*terms(DJ, "tc1"), docs.term(thief.public, "tc1", NOW)]
        forged = keys(DJ, 2, keys=entries, signer="thief")
        refused(found, forged, "the new key is not the one that was promised", "next")
        assert found.signing_key(KID[DJ], NOW).member == DJ

    def test_a_revoked_key_admits_nobody_more(self, found):
        found.apply(*revocation(CQ, CQ, signer=f"{CQ}/root"))
        refused(found, statement(DJ, iat=NOW + 1), "signed by an unknown key")
        found.apply(*statement(DJ, f"{CQ}/root", iat=NOW + 1))

    def test_a_revoked_key_revokes_nothing(self, found):
        found.apply(*revocation(CQ, CQ, signer=f"{CQ}/root"))
        refused(found, revocation(CQ, DJ), "signed by an unknown key")


class TestRevocation:
    @pytest.mark.parametrize(("issuer", "signer"), [(CQ, f"{CQ}/tc1"), (CQ, f"{CQ}/root"), (DJ, f"{DJ}/root")])
    def test_by_the_member_itself_or_its_issuer(self, found, issuer, signer):
        found.apply(*revocation(issuer, DJ, signer=signer))
        assert usable(found, KID[DJ]) == "key-revoked"
        with pytest.raises(Problem) as caught:
            found.signing_key(KID[DJ], NOW)
        assert caught.value.values == {"kid": KID[DJ], "reason": "lost"}
        assert found.member(DJ, NOW).id == DJ, "the member stays one"

    def test_by_the_next_key_of_the_member(self, found):
        found.apply(*keys(DJ, 2, tc1=("tc1", "tc1-2")))
        found.apply(*revocation(DJ, DJ, signer=f"{DJ}/tc1-2"))
        assert usable(found, KID[DJ]) == "key-revoked"
        assert usable(found, key(f"{DJ}/tc1-2").public.kid) == "ok"

    def test_by_the_issuers_issuer(self, found):
        found.apply(*statement(DJ, iat=NOW + 1, node={"admits": 1}))
        found.apply(*statement(TOWN))
        found.apply(*keys(TOWN))
        found.apply(*revocation(CQ, TOWN))
        assert usable(found, key(f"{TOWN}/tc1").public.kid) == "key-revoked"

    def test_not_by_the_key_itself(self, found):
        refused(found, revocation(DJ, DJ, signer=f"{DJ}/tc1"), "signed by an unknown key")
        assert usable(found, KID[DJ]) == "ok"

    @pytest.mark.parametrize("stranger", [SC, LS])
    def test_by_nobody_else(self, found, stranger):
        said = "only a member itself or its issuers may revoke its keys"
        refused(found, revocation(stranger, DJ, signer=f"{stranger}/root"), said, "iss")
        _, token = revocation(CQ, DJ)
        refused(found, (stranger, token), said, "iss")

    def test_not_in_the_name_of_another(self, found):
        refused(found, revocation(CQ, DJ, signer=f"{SC}/tc1"), "signed by an unknown key")
        refused(
            found, (CQ, revocation(CQ, DJ, iss=DJ)[1]), "only a member itself or its issuers may revoke its keys", "iss"
        )

    def test_only_a_key_that_the_member_has(self, found):
        for entry in (revocation(CQ, DJ, "tc1-2"), revocation(CQ, DJ, kid=KID[CQ]), revocation(CQ, CQ, kid=KID[DJ])):
            payload = jws.payload(entry[1])
            refused(found, entry, f"{payload['sub']} has no key {payload['kid']}", "kid")

    @pytest.mark.parametrize("order", [(10, 5), (5, 10)])
    def test_of_several_the_lowest_place_counts(self, found, order):
        for index in order:
            found.apply(*revocation(CQ, DJ, index=index))
        assert found.keys[KID[DJ]].revocation.index == 5

    def test_a_new_statement_does_not_undo_it(self, found):
        found.apply(*revocation(CQ, DJ))
        found.apply(*keys(DJ, 2, tc1=("tc1", "tc1-2")))
        assert usable(found, KID[DJ]) == "key-revoked"
        assert found.keys[KID[DJ]].revocation_token

    def test_a_log_key_can_be_revoked_and_goes_on_being_known(self, found):
        found.apply(*revocation(CQ, DJ, "log"))
        assert found.keys[key(f"{DJ}/log").public.kid].revocation.index == 10
        assert found.key_for(DJ, "log") == key(f"{DJ}/log").public


class TestMarks:
    def test_they_are_the_members_until_they_end(self, found):
        found.apply(*mark(CQ, DJ, exp=NOW + DAY))
        found.apply(*mark(SC, DJ, "other"))
        member = found.members[DJ]
        assert member.marks_at(NOW) == (f"{CQ}/grade-3", f"{SC}/other")
        assert member.marks_at(NOW + DAY - 1) == (f"{CQ}/grade-3", f"{SC}/other")
        assert member.marks_at(NOW + DAY) == (f"{SC}/other",)

    def test_a_new_one_takes_the_place_of_the_old(self, found):
        for end in (NOW + DAY, NOW + 2 * DAY):
            found.apply(*mark(CQ, DJ, exp=end))
        assert found.members[DJ].marks_at(NOW + DAY) == (f"{CQ}/grade-3",)
        assert len(found.members[DJ].marks) == 1

    def test_they_outlive_a_renewed_statement(self, found):
        found.apply(*mark(CQ, DJ))
        found.apply(*statement(DJ, iat=NOW + 1))
        assert found.members[DJ].marks_at(NOW) == (f"{CQ}/grade-3",)

    def test_only_those_who_admit_give_them(self, found):
        refused(found, mark(DJ, LS, signer=f"{DJ}/tc1"), f"{DJ} may not issue in the log of {DJ}", "iss")
        refused(found, mark(CQ, DJ, signer=f"{SC}/tc1"), "signed by an unknown key")
        refused(found, (SC, mark(CQ, DJ)[1]), f"{CQ} may not issue in the log of {SC}", "iss")

    def test_only_members_have_them(self, found):
        refused(found, mark(CQ, "nobody.example"), "nobody.example is not a member", "sub")


class TestAnotherCharter:
    """A new version of the charter in a circle that runs."""

    def test_a_new_anchor_joins(self, found):
        found.adopt(adopted(CQ, SC, GZ))
        found.apply(*keys(GZ))
        assert usable(found, key(f"{GZ}/tc1").public.kid) == usable(found, KID[DJ]) == "ok"

    def test_when_an_anchor_leaves_so_do_all_below_it(self, found):
        found.adopt(adopted(CQ, GZ))
        assert usable(found, KID[SC]) == usable(found, KID[LS]) == "unknown-member"
        assert usable(found, KID[CQ]) == usable(found, KID[DJ]) == "ok"
        with pytest.raises(Problem) as caught:
            found.member(LS, NOW)
        assert (caught.value.kind.code, caught.value.values) == ("unknown-member", {"member": LS})
        refused(found, statement(LS, iat=NOW + 1), f"{SC} may not issue in the log of {SC}", "iss")

    def test_old_keys_stay_known_for_old_evidence(self, found):
        found.adopt(adopted(CQ, GZ))
        assert found.keys[KID[SC]].key == key(f"{SC}/tc1").public

    def test_an_anchor_keeps_its_keys_and_marks(self, found):
        found.apply(*mark(CQ, SC))
        found.adopt(adopted(CQ, SC, GZ, expires=NOW + 2 * DAY))
        member = found.members[SC]
        assert (member.exp, member.marks_at(NOW)) == (NOW + 2 * DAY, (f"{CQ}/grade-3",))
        assert usable(found, KID[SC]) == "ok"

    def test_the_address_of_an_anchor_is_the_charters(self, found):
        document = signed(charter(anchor(CQ, address="https://new"), anchor(SC)), CQ, SC)
        found.adopt(charters.verify_first(document))
        assert found.members[CQ].node.address == "https://new"
        assert found.version > 0


class TestAnotherRootKey:
    """An anchor rotates its root key by a new charter; its log goes on."""

    @staticmethod
    def versions() -> list[Charter]:
        fresh = anchor(SC, root=to_jwk(key(f"{SC}/root-2").public))
        second = signed(charter(anchor(CQ), fresh, version=2), CQ, SC, f"{SC}/root-2")
        return verify_versions([first(CQ, SC), second], NOW)

    @staticmethod
    def log() -> list[tuple[str, str]]:
        return [keys(SC), statement(LS), keys(LS), revocation(SC, LS, signer=f"{SC}/root", index=99)]

    def test_what_was_logged_before_still_folds(self):
        """A node that starts afresh knows only the chain of charters and the logs."""
        *earlier, last = self.versions()
        afresh = Directory(last, earlier)
        lived = Directory(earlier[0])
        for entry in self.log():
            afresh.apply(*entry)
            lived.apply(*entry)
        lived.adopt(last)
        assert picture(afresh)["keys"] == picture(lived)["keys"]
        assert afresh.members[SC].root == lived.members[SC].root == key(f"{SC}/root-2").public
        assert usable(afresh, KID[SC]) == "ok"

    def test_the_new_one_signs_from_then_on(self):
        *earlier, last = self.versions()
        found = Directory(last, earlier)
        for entry in (*self.log(), keys(SC, 2, tc1=("tc1", "tc1-2"), signer=f"{SC}/root-2")):
            found.apply(*entry)
        assert usable(found, key(f"{SC}/tc1-2").public.kid) == "ok"

    def test_without_the_earlier_charters_old_entries_do_not_fold(self):
        refused(Directory(self.versions()[-1]), keys(SC), "signed by an unknown key")

    def test_a_member_whose_issuer_names_another_root_key(self, found):
        renewed = statement(DJ, iat=NOW + 1, jwks={"keys": [to_jwk(key(f"{DJ}/root-2").public)]})
        found.apply(*renewed)
        assert found.members[DJ].root == key(f"{DJ}/root-2").public
        found.apply(*keys(DJ, 2, tc1=("tc1", "tc1-2"), signer=f"{DJ}/root-2"))
        found.apply(*revocation(DJ, DJ, signer=f"{DJ}/root"))
        assert usable(found, KID[DJ]) == "key-revoked"


def test_other_documents_are_refused(found):
    for token in ("", "x", "{}", jws.sign({"iss": CQ}, key(f"{CQ}/tc1"), typ="tc-standard+jwt")):
        with pytest.raises(Problem, match="statement-refused"):
            found.apply(CQ, token)
