"""Revocation, and thieves: what somebody can do with a stolen key, and what not."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.world import (
    CQ,
    DJ,
    KID,
    LS,
    NOW,
    SC,
    TOWN,
    key,
    keys,
    refused,
    revocation,
    statement,
    terms,
    usable,
)
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import jws
from twincity.kernel.problems import Problem


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
