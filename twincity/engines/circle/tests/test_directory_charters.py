"""Marks, and other charters: anchors that join, leave and change their root keys while the circle goes on."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.world import (
    CQ,
    DAY,
    DJ,
    GZ,
    KID,
    LS,
    NOW,
    SC,
    adopted,
    anchor,
    charter,
    first,
    key,
    keys,
    mark,
    picture,
    refused,
    revocation,
    signed,
    statement,
    usable,
)
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust.charter import Charter, verify_versions
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel.problems import Problem


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
