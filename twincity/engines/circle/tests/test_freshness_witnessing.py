"""How old a directory may be for which service, and whose cosignatures make a log believable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import (
    ADMITTED,
    CQ,
    DJ,
    GZ,
    LS,
    NOW,
    SC,
    adopted,
    anchor,
    charter,
    fold,
    key,
    signed,
)
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust.charter import Freshness
from twincity.engines.circle.trust.freshness import ONLINE, standing
from twincity.engines.circle.trust.witnessing import log_keys, policy
from twincity.engines.ledger.facade import SignedCheckpoint
from twincity.engines.ledger.log.checkpoints import Checkpoint
from twincity.engines.ledger.log.policy import PolicyError
from twincity.kernel.notes import Algorithm, Note, Signer
from twincity.kernel.problems import Problem

LIMITS = Freshness(critical=100, normal=10_000)


class TestFreshness:
    @pytest.mark.parametrize(
        ("service_class", "age", "stale"),
        [("critical", 0, False), ("critical", 100, False), ("normal", ONLINE, False), ("normal", 10_000, True)],
    )
    def test_within_the_limit_of_its_class(self, service_class, age, stale):
        found = standing(NOW - age, NOW, service_class, LIMITS)
        assert (found.age, found.stale) == (age, stale)

    @pytest.mark.parametrize(("service_class", "age"), [("critical", 101), ("normal", 10_001), ("critical", NOW)])
    def test_beyond_it(self, service_class, age):
        with pytest.raises(Problem) as caught:
            standing(NOW - age, NOW, service_class, LIMITS)
        assert (caught.value.kind.code, caught.value.kind.status) == ("directory-stale", 503)
        assert caught.value.rule == f"freshness.{service_class}"
        assert caught.value.values == {
            "age": age,
            "limit": LIMITS.critical if service_class == "critical" else LIMITS.normal,
        }

    def test_never_witnessed_is_as_old_as_time(self):
        with pytest.raises(Problem, match="directory-stale"):
            standing(0, NOW, "normal", Freshness())

    def test_a_witness_whose_clock_is_ahead_makes_nothing_younger_than_now(self):
        assert standing(NOW + 500, NOW, "critical", LIMITS).age == 0

    @given(st.integers(0, 20_000), st.integers(0, 20_000), st.sampled_from(["critical", "normal"]))
    @settings(deadline=None)
    def test_what_is_older_is_never_better(self, one, other, service_class):
        young, old = sorted((one, other))
        try:
            later = standing(NOW - old, NOW, service_class, LIMITS)
        except Problem:
            return
        sooner = standing(NOW - young, NOW, service_class, LIMITS)
        assert sooner.age <= later.age
        assert later.stale or not sooner.stale


def checkpoint(origin: str, *signers: Signer, size: int = 3) -> SignedCheckpoint:
    text = Checkpoint(origin, size, bytes(32)).text
    lines = [
        each.signature(text, timestamp=NOW if each.key.algorithm is Algorithm.COSIGNATURE else 0) for each in signers
    ]
    return SignedCheckpoint.parse(Note(text, tuple(lines)).encode())


def log(owner: str, name: str = "public") -> Signer:
    return Signer.of(f"{owner}/{name}", key(f"{owner}/log"))


def witness(anchor_: str) -> Signer:
    return Signer.of(f"{anchor_}/witness", key(f"{anchor_}/witness"), Algorithm.COSIGNATURE)


class TestWitnessing:
    def test_keys_of_logs_are_the_members_under_the_logs_name(self):
        found = fold(ADMITTED)
        for owner in (CQ, DJ):
            for name in ("public", "exchange"):
                (only,) = log_keys(found, f"{owner}/{name}")
                assert (only.name, only.public) == (f"{owner}/{name}", key(f"{owner}/log").public.raw)

    @pytest.mark.parametrize(
        "origin", ["", CQ, f"{CQ}/", f"{CQ}/other", "nobody.example/public", f"{CQ}/public/", "/public"]
    )
    def test_other_logs_have_none(self, origin):
        assert log_keys(fold(ADMITTED), origin) == ()

    def test_a_member_without_keys_has_no_log(self):
        assert log_keys(fold(ADMITTED[:3]), f"{DJ}/public") == ()

    @pytest.mark.parametrize(
        ("owner", "witnesses", "suffices"),
        [
            (DJ, [SC], True),
            (DJ, [CQ, SC], True),
            (DJ, [CQ], False),
            (DJ, [], False),
            (LS, [CQ], True),
            (LS, [SC], False),
            (CQ, [SC], True),
            (CQ, [], False),
            (SC, [CQ], True),
        ],
    )
    def test_somebody_of_another_jurisdiction_must_vouch(self, owner, witnesses, suffices):
        found = policy(fold(ADMITTED), owner, "public")
        note = checkpoint(f"{owner}/public", log(owner), *map(witness, witnesses))
        if suffices:
            assert {each.witness.key.name for each in found.check(note)} == {f"{name}/witness" for name in witnesses}
        else:
            with pytest.raises(PolicyError):
                found.check(note)

    @pytest.mark.parametrize("who", [CQ, DJ])
    def test_nobody_vouches_for_himself(self, who):
        found = policy(fold(ADMITTED), who, "public")
        assert f"{who}/witness" not in [each.key.name for each in found.witnesses]
        with pytest.raises(PolicyError):
            found.check(checkpoint(f"{who}/public", log(who), witness(who)))

    def test_the_log_itself_must_have_signed(self):
        found = policy(fold(ADMITTED), DJ, "public")
        for note in (
            checkpoint(f"{DJ}/public", witness(SC)),
            checkpoint(f"{DJ}/public", log(LS), witness(SC)),
            checkpoint(f"{DJ}/exchange", log(DJ, "exchange"), witness(SC)),
        ):
            with pytest.raises(PolicyError):
                found.check(note)

    def test_a_log_of_nobody_is_never_believed(self):
        found = policy(fold(ADMITTED), "nobody.example", "public")
        assert (found.logs, found.home) == ((), "")
        with pytest.raises(PolicyError):
            found.check(checkpoint("nobody.example/public", log("nobody.example"), witness(CQ), witness(SC)))

    def test_in_a_circle_of_one_jurisdiction_any_other_anchor_will_do(self):
        second = anchor(GZ, division="500200")
        over = charters.verify_first(signed(charter(anchor(CQ), second), CQ, GZ))
        found = policy(fold([keys_of(CQ)], over), CQ, "public")
        assert found.home == ""
        assert found.check(checkpoint(f"{CQ}/public", log(CQ), witness(GZ)))

    def test_in_a_circle_of_one_anchor_its_own_signature_suffices(self):
        found = policy(fold([keys_of(CQ)], adopted(CQ)), CQ, "public")
        assert (found.witnesses, found.threshold) == ((), 0)
        assert found.check(checkpoint(f"{CQ}/public", log(CQ))) == []


def keys_of(member: str) -> tuple[str, str]:
    return next(entry for entry in ADMITTED if entry[0] == member)
