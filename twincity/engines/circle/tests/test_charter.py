"""The charter: its own rules, who must sign which version, and what no set of signatures can do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import ANCHORS, CQ, DAY, GZ, NOW, SC, anchor, charter, first, key, signed
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust.charter import Charter, verify_chain, verify_first, verify_next, verify_versions
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey, b64url
from twincity.kernel.problems import Problem

PLAIN = charter(anchor(CQ), anchor(SC))


def refused(work, rule: str, said: str = "") -> None:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.rule) == ("charter-refused", rule), caught.value
    assert said in caught.value.values["reason"]


def sm2_jwk() -> dict[str, Any]:
    return to_jwk(PublicKey("sm2", b"\4" + bytes(64)))


class TestItsOwnRules:
    def test_what_it_says_is_read(self):
        found = charters.read(first(CQ, SC))
        assert (found.circle, found.version, found.threshold) == ("test", 1, 2)
        assert (found.issued, found.expires) == (NOW, NOW + 365 * DAY)
        assert [each.id for each in found.anchors] == [CQ, SC]
        assert found.anchor(CQ).jurisdiction == "500000"
        assert found.anchor("nobody.example") is None
        assert (found.freshness.critical, found.freshness.normal) == (900, 604_800)

    def test_freshness_has_its_defaults(self):
        payload = {name: value for name, value in PLAIN.items() if name != "freshness"}
        assert charters.read(signed(payload)).freshness == charters.Freshness(900, 604_800)

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"threshold": 0}, "threshold"),
            ({"threshold": -1}, "threshold"),
            ({"threshold": 3}, "threshold"),
            ({"version": 0}, "version"),
            ({"version": -7}, "version"),
            ({"expires": NOW}, "expires"),
            ({"expires": NOW - 1}, "expires"),
            ({"anchors": []}, "anchors"),
            ({"anchors": [anchor(CQ)] * 2}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, id=CQ)]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, root=anchor(CQ)["root"])]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, log=anchor(CQ)["log"])]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, witness=anchor(CQ)["witness"])]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, witness=anchor(SC)["log"])]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, log=sm2_jwk())]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, id=f"x.{CQ}")]}, "anchors"),
            ({"anchors": [anchor(CQ), anchor(SC, id=f"y.x.{CQ}")]}, "anchors"),
            ({"anchors": [anchor(f"a{number}.example") for number in range(65)]}, "anchors"),
            ({"freshness": {"critical": 0, "normal": 1}}, "freshness"),
            ({"freshness": {"critical": 2, "normal": 1}}, "freshness"),
        ],
    )
    def test_each_is_named_when_it_is_broken(self, changes, rule):
        refused(lambda: charters.read(signed(PLAIN | changes)), rule)

    @pytest.mark.parametrize(
        "changes",
        [
            {"threshold": 1},
            {"anchors": [anchor(f"a{number}.example") for number in range(64)]},
            {"anchors": [anchor(CQ)], "threshold": 1},
            {"freshness": {"critical": 1, "normal": 1}},
            {"anchors": [anchor(CQ), anchor(SC, id=f"x{CQ}")]},
            {"expires": NOW + 1},
            {"version": 2**53 - 1},
        ],
    )
    def test_at_their_limits_they_are_kept(self, changes):
        assert charters.read(signed(PLAIN | changes))

    @pytest.mark.parametrize(
        "changes",
        [
            {"colour": "red"},
            {"version": "1"},
            {"threshold": True},
            {"circle": None},
            {"anchors": "none"},
            {"anchors": [anchor(CQ, extra=1)]},
            {"anchors": [anchor(CQ, title="Chongqing")]},
            {"anchors": [anchor(CQ, root={})]},
            {"anchors": [anchor(CQ, root={"kty": "RSA"})]},
            {"anchors": [anchor(CQ, root=anchor(CQ)["root"] | {"kid": "x"})]},
            {"anchors": [anchor(CQ, log={})]},
            {"anchors": [anchor(CQ, witness=anchor(CQ)["witness"] | {"x": "AAAA"})]},
            {"freshness": {"critical": 1, "normal": 1, "other": 1}},
        ],
    )
    def test_what_is_no_charter(self, changes):
        refused(lambda: charters.read(signed(PLAIN | changes)), "malformed")

    @pytest.mark.parametrize("name", set(PLAIN) - {"freshness"})
    def test_nothing_may_be_left_out(self, name):
        payload = {key_: value for key_, value in PLAIN.items() if key_ != name}
        refused(lambda: charters.read(signed(payload)), "malformed", f"`{name}`")

    @pytest.mark.parametrize("document", [None, [], {}, "x", {"payload": "AA"}, {"payload": "bm8", "signatures": []}])
    def test_what_is_no_document(self, document):
        refused(lambda: charters.read(document), "malformed")


class TestTheFirst:
    def test_its_own_threshold_must_have_signed(self):
        assert verify_first(first(CQ, SC)).version == 1
        assert verify_first(signed(charter(*map(anchor, ANCHORS), threshold=2), CQ, GZ)).threshold == 2

    @pytest.mark.parametrize("signers", [(), (CQ,), (CQ, CQ), (CQ, GZ), (CQ, f"{SC}/tc1"), (CQ, f"{SC}/log")])
    def test_nobody_else_counts(self, signers):
        said = f"{len({*signers} & {CQ})} of 2 signatures of its own anchors"
        refused(lambda: verify_first(signed(PLAIN, *signers)), "threshold", said)

    def test_a_later_version_is_not_the_first(self):
        refused(lambda: verify_first(signed(PLAIN | {"version": 2}, CQ, SC)), "version")

    def test_signatures_of_one_anchor_count_once(self):
        document = signed(PLAIN, CQ)
        document["signatures"] *= 3
        refused(lambda: verify_first(document), "threshold", "1 of 2")

    def test_a_signature_under_the_name_of_another_does_not_count(self):
        document = signed(PLAIN, CQ, SC)
        document["signatures"][0]["protected"] = document["signatures"][1]["protected"]
        refused(lambda: verify_first(document), "threshold", "1 of 2")

    def test_a_signature_over_another_type_of_document_does_not_count(self):
        document = jws.sign_general(PLAIN, [key(f"{CQ}/root"), key(f"{SC}/root")], typ="tc-keys+jwt")
        refused(lambda: verify_first(document), "threshold", "0 of 2")

    def test_signatures_of_strangers_and_broken_ones_do_no_harm(self):
        document = signed(PLAIN, GZ, CQ, f"{SC}/tc1", SC)
        document["signatures"].insert(0, {"protected": "AA", "signature": "AA"})
        assert verify_first(document).version == 1

    @given(st.data())
    @settings(deadline=None)
    def test_no_bit_of_what_was_signed_can_be_flipped(self, data):
        document = first(CQ, SC)
        part = data.draw(st.sampled_from(["payload", "signature", "protected"]))
        place = document if part == "payload" else document["signatures"][data.draw(st.integers(0, 1))]
        raw = bytearray(jws.unb64url(place[part]))
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        place[part] = b64url(bytes(raw))
        with pytest.raises(Problem) as caught:
            verify_first(document)
        assert caught.value.kind.code == "charter-refused"


class TestTheNext:
    OLD = verify_first(first(CQ, SC))

    def next(self, *signers: str, **changes: Any) -> Charter:
        return verify_next(self.OLD, signed(PLAIN | {"version": 2} | changes, *signers))

    def test_both_thresholds_must_have_signed(self):
        found = self.next(CQ, SC, GZ, anchors=[anchor(SC), anchor(GZ)])
        assert [each.id for each in found.anchors] == [SC, GZ]

    @pytest.mark.parametrize(
        ("signers", "said"),
        [
            ((CQ, SC), "1 of 2 signatures of its own anchors"),
            ((SC, GZ), "1 of 2 signatures of the previous anchors"),
            ((CQ, GZ), "1 of 2 signatures of the previous anchors"),
            ((), "0 of 2 signatures of the previous anchors"),
        ],
    )
    def test_neither_alone_suffices(self, signers, said):
        refused(lambda: self.next(*signers, anchors=[anchor(SC), anchor(GZ)]), "threshold", said)

    @pytest.mark.parametrize("version", [1, 3, 4, 0])
    def test_versions_rise_by_one(self, version):
        refused(lambda: self.next(CQ, SC, version=version), "version")

    def test_the_circle_keeps_its_name(self):
        refused(lambda: self.next(CQ, SC, circle="Test"), "circle")

    def test_it_is_not_issued_before_the_one_it_follows(self):
        assert self.next(CQ, SC, issued=NOW).version == 2
        refused(lambda: self.next(CQ, SC, issued=NOW - 1), "issued")

    def test_an_anchor_changes_its_root_key_by_signing_with_both(self):
        fresh = anchor(SC, root=to_jwk(key(f"{SC}/root-2").public))
        assert self.next(CQ, SC, f"{SC}/root-2", anchors=[anchor(CQ), fresh]).version == 2
        refused(lambda: self.next(CQ, f"{SC}/root-2", anchors=[anchor(CQ), fresh]), "threshold", "previous")
        refused(lambda: self.next(CQ, SC, anchors=[anchor(CQ), fresh]), "threshold", "its own")

    def test_two_keys_of_one_anchor_are_one_voice(self):
        """Old and new root key of Sichuan do not replace Chongqing, on neither side of the threshold."""
        fresh = anchor(SC, root=to_jwk(key(f"{SC}/root-2").public))
        refused(lambda: self.next(SC, f"{SC}/root-2", anchors=[anchor(CQ), fresh]), "threshold", "1 of 2")

    def test_an_expired_charter_can_be_followed(self):
        assert self.next(CQ, SC, issued=NOW + 400 * DAY, expires=NOW + 800 * DAY).version == 2


class TestChains:
    CHAIN = [first(CQ, SC), *(signed(PLAIN | {"version": number}, CQ, SC) for number in (2, 3, 4))]

    def test_the_last_one_counts(self):
        assert verify_chain(self.CHAIN, NOW).version == 4
        assert [each.version for each in verify_versions(self.CHAIN, NOW)] == [1, 2, 3, 4]

    def test_an_empty_chain(self):
        refused(lambda: verify_chain([], NOW), "empty")

    @pytest.mark.parametrize("broken", [CHAIN[1:], CHAIN[:1] + CHAIN[2:], CHAIN[::-1], [CHAIN[0], *CHAIN]])
    def test_no_version_can_be_left_out_repeated_or_moved(self, broken):
        refused(lambda: verify_chain(broken, NOW), "version")

    @pytest.mark.parametrize("place", range(4))
    def test_every_link_must_hold(self, place):
        broken = [signed(PLAIN | {"version": n + 1}, CQ) if n == place else each for n, each in enumerate(self.CHAIN)]
        refused(lambda: verify_chain(broken, NOW), "threshold")

    def test_only_the_last_must_be_in_date(self):
        expired = [first(CQ, SC, expires=NOW + 1), signed(PLAIN | {"version": 2}, CQ, SC)]
        assert verify_chain(expired, NOW + 100 * DAY).version == 2
        assert verify_chain(self.CHAIN, NOW + 365 * DAY - 1).version == 4
        refused(lambda: verify_chain(self.CHAIN, NOW + 365 * DAY), "expires", f"ended at {NOW + 365 * DAY}")

    def test_dates_are_set_aside_for_old_evidence(self):
        assert verify_chain(self.CHAIN, 0).version == 4


def test_who_has_signed_is_told_by_anchor():
    found = charters.read(first(CQ, SC))
    assert charters.signers(signed(PLAIN, CQ, CQ, GZ), found) == {CQ}
    assert charters.signers(signed(PLAIN, SC, f"{CQ}/tc1"), found) == {SC}


@given(
    st.sets(st.sampled_from(range(5)), min_size=1),
    st.sets(st.sampled_from(range(5)), min_size=1),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sets(st.sampled_from(range(5))),
)
@settings(deadline=None)
def test_a_successor_stands_exactly_if_both_thresholds_signed(old, new, old_threshold, new_threshold, signers):
    """Over any anchors of old and new, any thresholds and any signers."""
    old_threshold, new_threshold = min(old_threshold, len(old)), min(new_threshold, len(new))
    names = [f"a{number}.example" for number in range(5)]
    before = charter(*(anchor(names[each]) for each in sorted(old)), threshold=old_threshold)
    after = charter(*(anchor(names[each]) for each in sorted(new)), threshold=new_threshold, version=2)
    document = signed(after, *(names[each] for each in signers))
    stands = len(signers & old) >= old_threshold and len(signers & new) >= new_threshold
    if stands:
        assert verify_next(msgspec.convert(before, Charter), document).version == 2
    else:
        refused(lambda: verify_next(msgspec.convert(before, Charter), document), "threshold")
