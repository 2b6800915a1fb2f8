"""Lies in evidence: about logs, about what was said, about agreements and bodies, and the check that finds each."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from twincity.engines.circle.tests.world import (
    CQ,
    DAY,
    DJ,
    LS,
    NOW,
    SC,
    key,
    revocation,
)
from twincity.engines.exchange.evidence.bundle import Bundle
from twincity.engines.exchange.tests.evidence_world import (
    DOCUMENTS,
    TERMS,
    Book,
    Exchange,
    b64,
    books,
    bundle,
    decided,
    failed,
    requested,
    vouching,
)
from twincity.engines.exchange.wire import records


class TestTheLogs:
    OURS, THEIRS = books(Exchange())

    def with_theirs(self, **changes: Any) -> Bundle:
        ours, theirs = bundle().records
        return bundle(records=[ours, msgspec.structs.replace(theirs, **changes)])

    def test_a_record_that_is_not_in_the_log(self):
        other = Exchange(now=NOW + 101).records()["provider"]
        assert "logged" in failed(self.with_theirs(record=b64(other)))

    def test_another_salt(self):
        assert failed(self.with_theirs(salt=b64(bytes(16)))) == ["logged"]

    def test_another_place(self):
        assert failed(self.with_theirs(index=5)) == ["logged", "receipt"]
        assert failed(self.with_theirs(proof=self.THEIRS.proof(5, [CQ]))) == ["logged"]

    @pytest.mark.parametrize("size", [1, 2, 4])
    def test_a_checkpoint_from_before_it_was_logged(self, size):
        """A path into the tree of now under a signed checkpoint of then."""
        old = self.THEIRS.checkpoint([CQ], size=size).note.encode().decode()
        head, _, _ = self.THEIRS.proof(4, [CQ]).partition("\n\n")
        assert failed(self.with_theirs(proof=f"{head}\n\n{old}")) == ["logged"]

    @pytest.mark.parametrize("witnesses", [[], [SC]])
    def test_without_a_witness_of_another_province(self, witnesses):
        assert failed(self.with_theirs(proof=self.THEIRS.proof(4, witnesses))) == ["logged"]

    def test_a_county_needs_one_too(self):
        ours, theirs = bundle().records
        own = msgspec.structs.replace(ours, proof=self.OURS.proof(2, [CQ]))
        assert failed(bundle(records=[own, theirs])) == ["logged"]

    def test_a_checkpoint_that_the_log_has_not_signed(self):
        for signer in (f"{CQ}/log", f"{SC}/witness", f"{SC}/tc1", "stranger"):
            assert failed(self.with_theirs(proof=self.THEIRS.proof(4, [CQ], signer=signer))) == ["logged"]

    def test_a_split_view(self):
        """Another history of the same log, in which the record is, signed by the log but cosigned by nobody abroad."""
        fork = Book(SC, [*[b"other"] * 4, self.THEIRS.entries[4]])
        for witnesses in ([], [SC]):
            proof = fork.proof(4, witnesses)
            assert "logged" in failed(self.with_theirs(proof=proof, salt=b64(fork.salts[4])))

    def test_a_cosignature_from_another_checkpoint(self):
        fork = Book(SC, [*[b"other"] * 4, self.THEIRS.entries[4]])
        stolen = self.THEIRS.checkpoint([CQ]).note.signatures[1].line
        assert "logged" in failed(self.with_theirs(proof=fork.proof(4, []) + stolen, salt=b64(fork.salts[4])))

    @pytest.mark.parametrize("name", ["public", "other", ""])
    def test_only_in_the_log_of_exchanges(self, name):
        book = Book(SC, self.THEIRS.entries, name)
        found = [bundle().records[0], book.proven(4, CQ)]
        assert "logged" in failed(bundle(Exchange(response={"tc-receipt": ""}), records=found))

    def test_in_the_log_of_its_owner(self):
        assert "logged" in failed(self.with_theirs(origin=f"{CQ}/exchange"))
        assert "logged" in failed(self.with_theirs(origin="nobody.example/exchange"))

    @pytest.mark.parametrize(
        "changes", [{"salt": "AA="}, {"salt": "é"}, {"record": "AA=A"}, {"proof": ""}, {"proof": "é\n\n"}]
    )
    def test_what_cannot_be_read(self, changes):
        assert "logged" in failed(self.with_theirs(**changes))

    def test_base64_has_one_spelling(self):
        theirs = bundle().records[1]
        for text in (theirs.salt[:-3] + chr(ord(theirs.salt[-3]) + 1) + "==", theirs.salt + "\n", " " + theirs.salt):
            assert failed(self.with_theirs(salt=text)) == ["logged"]
        assert "logged" in failed(self.with_theirs(record=theirs.record + "!"))


class TestTheExchange:
    """Lies in a record that one side has logged, so that the log is no help."""

    @pytest.mark.parametrize(
        ("changes", "fails"),
        [
            ({"provider_id": "message-2"}, ["same", "facts"]),
            ({"provider_peer": CQ}, ["same"]),
            ({"consumer_peer": DJ}, ["same"]),
            ({"provider_method": "GET"}, ["facts"]),
            ({"consumer_method": "GET"}, ["facts"]),
            ({"provider_path": "/units"}, ["facts"]),
            ({"consumer_path": "/units/511623/towns?page=2"}, ["facts"]),
            ({"provider_service": "persons"}, ["facts", "agreement"]),
            ({"provider_purpose": "tax"}, ["facts"]),
            ({"consumer_purpose": "planning"}, ["facts"]),
            ({"provider_status": 201}, ["facts"]),
            ({"consumer_status": 500}, ["facts"]),
            ({"provider_system": ""}, ["facts"]),
            ({"consumer_system": "tax"}, ["facts"]),
            ({"provider_case": ""}, ["facts"]),
            ({"provider_agreement": "another"}, ["agreement"]),
        ],
    )
    def test_what_a_record_says_must_have_been_signed(self, changes, fails):
        assert failed(bundle(records_=changes)) == fails

    def test_two_exchanges_do_not_make_one(self):
        other = Exchange("message-2").records()
        for side in ("provider", "consumer"):
            for part in ("req", "res"):
                value = msgspec.to_builtins(msgspec.json.decode(other["provider"], type=records.Record))[part]
                assert "same" in failed(bundle(records_={f"{side}_{part}": value}))

    def test_an_answer_to_another_request(self):
        """Both sides lie alike: the answer itself names the request it belongs to."""
        other = msgspec.json.decode(Exchange("message-2").records()["provider"])["res"]
        assert failed(bundle(records_={"provider_res": other, "consumer_res": other})) == ["bound"]

    def test_no_answer_at_all(self):
        found = failed(bundle(records_={"provider_res": None, "consumer_res": None}))
        assert {"response", "bound", "facts"} <= set(found)

    @pytest.mark.parametrize("side", ["req", "res"])
    def test_a_signature_that_does_not_hold(self, side):
        part = dict(msgspec.json.decode(Exchange().records()["provider"])[side])
        part["sig"] = b64(bytes(64))
        found = failed(bundle(records_={f"provider_{side}": part, f"consumer_{side}": part}))
        assert ("request" if side == "req" else "response") in found

    @pytest.mark.parametrize("stranger", [f"{CQ}/tc1", f"{SC}/tc1", f"{DJ}/root", f"{DJ}/log", "stranger"])
    def test_a_request_signed_by_somebody_else(self, stranger):
        assert "request" in failed(bundle(Exchange(consumer_key=key(stranger))))

    @pytest.mark.parametrize("stranger", [f"{CQ}/tc1", f"{DJ}/tc1", f"{SC}/root", f"{SC}/log", "stranger"])
    def test_an_answer_signed_by_somebody_else(self, stranger):
        assert "response" in failed(bundle(Exchange(provider_key=key(stranger))))

    @pytest.mark.parametrize(
        ("now", "fails"),
        [
            (NOW - 60, []),
            (NOW - 61, ["request"]),
            (NOW - 62, ["request", "response"]),
            (NOW + 90 * DAY + 58, []),
            (NOW + 90 * DAY + 59, ["response"]),
            (NOW + 90 * DAY + 60, ["request", "response"]),
        ],
    )
    def test_outside_the_term_of_the_keys(self, now, fails):
        """The answer is made a second after the request."""
        assert failed(bundle(Exchange(now=now))) == fails

    @pytest.mark.parametrize(
        ("member", "place", "fails"),
        [(DJ, 2, ["request"]), (DJ, 0, ["request"]), (SC, 4, ["response"]), (SC, 1, ["response"])],
    )
    def test_a_key_that_was_revoked_from_this_place_on(self, member, place, fails):
        issuer = CQ if member == DJ else SC
        entry = revocation(issuer, member, signer=f"{issuer}/root", index=place)
        assert failed(bundle(documents=vouching([*DOCUMENTS, entry]))) == fails

    def test_a_revocation_for_another_log_revokes_it_wholly(self):
        entry = revocation(CQ, DJ, index=99, origin=f"{CQ}/exchange")
        assert failed(bundle(documents=vouching([*DOCUMENTS, entry]))) == ["request"]

    @pytest.mark.parametrize(
        "receipt",
        [f'"{SC}/exchange";index=5', f'"{CQ}/exchange";index=4', f'"{SC}/public";index=4', "4", f'"{SC}/exchange"'],
    )
    def test_a_receipt_that_was_not_kept(self, receipt):
        assert failed(bundle(Exchange(response={"tc-receipt": receipt}))) == ["receipt"]


class TestTheAgreement:
    def test_a_record_that_names_one_needs_it(self):
        """Or whoever has reason to would leave it out."""
        assert failed(bundle(request="", decision="")) == ["agreement"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"request": ""},
            {"decision": ""},
            {"request": "junk"},
            {"decision": "junk"},
            {"decision": decided(signer=f"{CQ}/tc1")},
            {"decision": decided(signer=f"{DJ}/tc1")},
            {"decision": decided(signer=f"{SC}/log")},
            {"decision": decided(signer=f"{SC}/root")},
            {"decision": decided(requested(iat=NOW - 1))},
            {"request": requested(iat=NOW - 1)},
            {"decision": decided(requested(provider=CQ), provider=CQ), "request": requested(provider=CQ)},
            {"decision": decided(requested(consumer=LS), consumer=LS), "request": requested(consumer=LS)},
            {"decision": decided(requested(id="another"), id="another"), "request": requested(id="another")},
            {"decision": decided(terms=msgspec.structs.replace(TERMS, service="persons"))},
        ],
    )
    def test_what_does_not_belong_to_this_exchange(self, changes):
        assert failed(bundle(**changes)) == ["agreement"]


class TestTheBodies:
    @pytest.mark.parametrize("name", ["request_body", "response_body"])
    @pytest.mark.parametrize("text", ["", b64(b"other"), "é", "AA"])
    def test_those_enclosed_have_the_digests_that_were_signed(self, name, text):
        assert failed(bundle(**{name: text})) == ["bodies"]

    def test_one_may_be_enclosed_without_the_other(self):
        for name in ("request_body", "response_body"):
            assert failed(bundle(**{name: None})) == []

    def test_an_empty_body_is_one(self):
        assert failed(bundle(Exchange(request_body=b""))) == []
