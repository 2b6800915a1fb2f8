"""Evidence bundles: what one proves, and which check fails for which lie."""

from __future__ import annotations

import msgspec
import pytest

from twincity.engines.circle.tests.world import (
    ANCHORS,
    CQ,
    DJ,
    GZ,
    LS,
    NOW,
    SC,
    anchor,
    charter,
    first,
    key,
    keys,
    mark,
    revocation,
    signed,
    statement,
    terms,
)
from twincity.engines.circle.trust.keys import to_jwk
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.engines.exchange.tests.evidence_world import (
    ALL,
    DOCUMENTS,
    Book,
    Exchange,
    books,
    bundle,
    failed,
    vouching,
)
from twincity.kernel import canonical


class TestWhatHolds:
    def test_a_whole_bundle(self):
        report = verify(bundle())
        assert [check.name for check in report.checks] == ALL
        assert report.failed() == []
        assert report.holds
        record = report.record
        assert (record.side, record.peer, record.service, record.purpose) == (
            "provider",
            DJ,
            "divisions",
            "planning.transport",
        )

    def test_every_check_is_said_in_both_languages(self):
        for check in verify(bundle()).checks:
            assert check.en.isascii()
            assert not check.zh.isascii()
        logged = [check.zh for check in verify(bundle()).checks if check.name == "logged"]
        assert [DJ in logged[0], SC in logged[1]] == [True, True]

    def test_without_bodies(self):
        report = verify(bundle(bodies=False))
        assert [check.name for check in report.checks] == ALL[:-1]
        assert report.holds

    def test_without_an_agreement(self):
        free = bundle(Exchange(agreement=""), request="", decision="", bodies=False)
        report = verify(free)
        assert [check.name for check in report.checks] == ALL[:-2]
        assert report.holds

    def test_a_refusal_is_proven_like_any_answer(self):
        refused = Exchange(status=403, response_body=b'{"code":"grant-missing"}', agreement="")
        told = {"provider_outcome": "grant-missing", "consumer_outcome": "grant-missing"}
        assert failed(bundle(refused, records_=told, request="", decision="")) == []

    def test_an_answer_without_receipt(self):
        """As a suite gives it that signs batches."""
        assert failed(bundle(Exchange(response={"tc-receipt": ""}))) == []

    def test_later_checkpoints_and_further_witnesses_do_as_well(self):
        ours, theirs = books(Exchange())
        for size in (3, 4, 6):
            found = [ours.proven(2, SC, CQ, size=size), theirs.proven(4, CQ, size=size + 2)]
            assert failed(bundle(records=found)) == []

    def test_documents_about_others_do_no_harm(self):
        more = [*DOCUMENTS, statement(LS), keys(LS), mark(CQ, DJ)]
        assert failed(bundle(documents=vouching(more))) == []

    def test_the_order_of_the_records_does_not_matter(self):
        assert failed(bundle(records=bundle().records[::-1])) == []

    def test_the_charter_may_have_ended_since(self):
        assert failed(bundle(charter=[first(CQ, SC, expires=NOW + 1)])) == []

    def test_over_a_chain_of_charters(self):
        later = signed(charter(*map(anchor, ANCHORS), version=2, threshold=2), CQ, SC)
        assert failed(bundle(charter=[first(CQ, SC), later])) == []

    def test_over_a_chain_in_which_a_root_key_was_changed(self):
        """The provider's keys were announced under the old one."""
        fresh = anchor(SC, root=to_jwk(key(f"{SC}/root-2").public))
        later = signed(charter(anchor(CQ), fresh, version=2), CQ, SC, f"{SC}/root-2")
        assert failed(bundle(charter=[first(CQ, SC), later])) == []

    def test_a_key_that_was_revoked_later(self):
        for name, member, place in (("tc1", DJ, 3), ("tc1", SC, 5)):
            issuer = CQ if member == DJ else SC
            entry = revocation(issuer, member, name, signer=f"{issuer}/root", index=place)
            assert failed(bundle(documents=vouching([*DOCUMENTS, entry]))) == []

    def test_a_key_whose_term_was_shortened_later(self):
        """A member cannot take back what it signed by announcing an earlier end of its key."""
        shorter = keys(
            DJ, 2, keys=[entry | {"exp": NOW + 50} if entry["use"] == "tc1" else entry for entry in terms(DJ, "tc1")]
        )
        assert failed(bundle(documents=vouching([*DOCUMENTS, shorter]))) == []

    @pytest.mark.parametrize("nonce", [";created=1", "x;created=1;y", ";expires=1;created=99"])
    def test_a_nonce_that_looks_like_a_time_proves_nothing_wrong(self, nonce):
        """The consumer draws it; it must not be able to make its own call unprovable."""
        assert failed(bundle(Exchange(nonce=nonce))) == []


class TestThePin:
    def test_the_charter_is_the_one_that_is_trusted(self):
        found = bundle()
        digest = charter_digest(found.charter)
        report = verify(found, pinned=digest)
        assert [check.name for check in report.checks] == [ALL[0], "pinned", *ALL[1:]]
        assert report.holds

    @pytest.mark.parametrize("pinned", ["0" * 64, "x"])
    def test_another_one_is_not(self, pinned):
        assert failed(bundle(), pinned) == ["pinned"]

    def test_it_is_the_digest_of_the_first_and_stays_when_others_follow(self):
        later = signed(charter(anchor(CQ), anchor(SC), version=2), CQ, SC)
        assert charter_digest([first(CQ, SC), later]) == charter_digest([first(CQ, SC)])

    def test_who_owns_all_anchors_of_a_charter_of_his_own_is_found_out_by_the_pin_alone(self):
        """Everything else in such a bundle is right: that is why the digest must be compared."""
        forged = first(CQ, SC, circle="forged")
        assert failed(bundle(charter=[forged])) == []
        assert failed(bundle(charter=[forged]), charter_digest([first(CQ, SC)])) == ["pinned"]


class TestTheCircle:
    REST = ["charter", "directory", "logged", "logged", "request", "response", "agreement"]

    @pytest.mark.parametrize(
        "chain",
        [
            [],
            [{}],
            [{"payload": 5}],
            [signed(charter(anchor(CQ), anchor(SC)), CQ)],
            [first(CQ, SC), first(CQ, SC)],
            [signed(charter(anchor(CQ), anchor(SC), version=2), CQ, SC)],
        ],
    )
    def test_without_a_charter_nothing_is_known(self, chain):
        assert failed(bundle(charter=chain)) == self.REST

    def test_another_circle_does_not_know_the_members(self):
        assert failed(bundle(charter=[first(GZ)])) == self.REST[1:]

    @pytest.mark.parametrize(
        ("left_out", "fails"),
        [
            (0, ["directory", "logged", "request", "agreement"]),
            (1, ["response", "agreement"]),
            (2, ["directory", "logged", "request", "agreement"]),
            (3, ["logged", "request", "agreement"]),
        ],
    )
    def test_every_document_is_needed(self, left_out, fails):
        kept = [entry for place, entry in enumerate(DOCUMENTS) if place != left_out]
        assert failed(bundle(documents=vouching(kept))) == fails

    def test_none_at_all(self):
        assert "directory" in failed(bundle(documents=[]))

    def test_one_that_is_not_acceptable_spoils_all(self):
        for extra in (statement(LS, f"{CQ}/tc1"), keys(DJ), (SC, statement(DJ)[1]), (CQ, "junk"), (CQ, "")):
            assert failed(bundle(documents=vouching([*DOCUMENTS, extra]))) == ["directory"]


class TestTheRecords:
    def test_there_are_two_of_different_sides_and_members(self):
        ours, theirs = bundle().records
        for found in (
            [],
            [ours],
            [theirs],
            [ours, ours],
            [theirs, theirs],
            [ours, theirs, ours],
            [ours, theirs, theirs],
        ):
            assert "records" in failed(bundle(records=found))

    def test_both_by_one_member(self):
        both = Exchange().records()
        book = Book(SC, [both["consumer"], both["provider"]])
        found = [book.proven(0, CQ), book.proven(1, CQ)]
        assert failed(bundle(Exchange(place=1), records=found))[:2] == ["records", "same"]

    @pytest.mark.parametrize("change", [b" ", b"\n", b'{"x":1}'])
    def test_each_is_in_its_one_form(self, change):
        both = Exchange().records()
        book = Book(SC, [*[b"x"] * 4, both["provider"] + change])
        found = [bundle().records[0], book.proven(4, CQ)]
        assert "records" in failed(bundle(records=found))

    def test_members_of_a_record_that_nobody_knows(self):
        both = Exchange().records()
        book = Book(SC, [*[b"x"] * 4, both["provider"][:-1] + b',"x":1}'])
        assert "records" in failed(bundle(records=[bundle().records[0], book.proven(4, CQ)]))

    def test_a_default_that_is_written_out(self):
        both = Exchange().records()
        value = msgspec.json.decode(both["provider"]) | {"stale": False}
        book = Book(SC, [*[b"x"] * 4, canonical.encode(value)])
        assert "records" in failed(bundle(records=[bundle().records[0], book.proven(4, CQ)]))
