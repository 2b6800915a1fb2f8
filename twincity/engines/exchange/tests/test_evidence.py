"""Evidence bundles: what one proves, and which check fails for which lie."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import (
    ANCHORS,
    CQ,
    DAY,
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
from twincity.engines.exchange.evidence import __main__ as command
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import LIMIT, Bundle
from twincity.engines.exchange.evidence.verify import charter_digest, lines, verify
from twincity.engines.exchange.tests.evidence_world import (
    AGREEMENT,
    DOCUMENTS,
    TERMS,
    Book,
    Exchange,
    b64,
    books,
    bundle,
    decided,
    requested,
    vouching,
)
from twincity.engines.exchange.wire import records
from twincity.kernel import canonical
from twincity.kernel.problems import Problem

BEGIN = ["charter", "directory", "records", "logged", "logged"]
ALL = [*BEGIN, "same", "request", "response", "bound", "facts", "receipt", "agreement", "bodies"]


def failed(found: Bundle, pinned: str = "") -> list[str]:
    """Names of the checks that do not hold; with "logged" the owner of the log, shortened."""
    report = verify(found, pinned=pinned)
    assert report.holds == (not report.failed())
    return [check.name for check in report.failed()]


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


class TestFiles:
    def test_what_is_written_is_read(self):
        found = bundle()
        assert bundles.read(bundles.write(found)) == found

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"x",
            b"{}",
            b"[]",
            b"{" * 100_000,
            b"[" * 100_000,
            b"\xff",
            b"null",
            bundles.write(bundle()).replace(b'"format"', b'"Format"'),
            bundles.write(bundle()).replace(b'"records"', b'"record"'),
            bundles.write(bundle())[:-5],
            bundles.write(bundle()) + b"x",
            bundles.write(bundle()).replace(b'"index": 4', b'"index": "4"'),
            bundles.write(bundle()).replace(b'"index": 4', b'"index": 4, "more": 1'),
        ],
    )
    def test_what_is_no_bundle(self, data):
        with pytest.raises(Problem) as caught:
            bundles.read(data)
        assert (caught.value.kind.code, caught.value.field) == ("bundle-unreadable", "")

    def test_another_format(self):
        with pytest.raises(Problem) as caught:
            bundles.read(bundles.write(bundle(format="twincity evidence bundle 2")))
        assert caught.value.field == "format"

    def test_too_large_a_one(self):
        with pytest.raises(Problem, match=f"larger than {LIMIT} bytes"):
            bundles.read(b" " * (LIMIT + 1))


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "bundle.json"
        path.write_bytes(bundles.write(bundle()))
        return path

    def test_every_check_is_shown_and_what_was_proven(self, file, capsys):
        assert command.examine(file) == 0
        told = capsys.readouterr().out.splitlines()
        assert [line[0] for line in told[: len(ALL)]] == ["✓"] * len(ALL)
        assert told[len(ALL)] == f"{DJ} POST divisions/units/511623/towns [planning.transport] → ok"
        assert told[-1].startswith(f"charter {charter_digest(bundle().charter)}")

    def test_with_a_digest_to_trust(self, file, capsys):
        assert command.examine(file, charter_digest(bundle().charter)) == 0
        assert "compare it" not in capsys.readouterr().out
        assert command.examine(file, "0" * 64) == 1
        told = capsys.readouterr().out
        assert told.count("✗") == 1
        assert DJ + " POST" not in told

    def test_what_cannot_be_read(self, tmp_path, capsys):
        assert command.examine(tmp_path / "nothing") == 2
        (tmp_path / "junk").write_bytes(b"junk")
        assert command.examine(tmp_path / "junk") == 2
        assert "bundle-unreadable" in capsys.readouterr().out

    def test_it_runs_without_django(self, file):
        """Whoever verifies has no node: the modules it needs are those of the standard library and three packages."""
        program = (
            "import runpy, sys; sys.argv = ['evidence', sys.argv[1]]\n"
            "try:\n    runpy.run_module('twincity.engines.exchange.evidence', run_name='__main__')\n"
            "except SystemExit as end:\n    loaded = sorted({name.partition('.')[0] for name in sys.modules})\n"
            "    print([name for name in ('django', 'sqlite3', 'allauth', 'psycopg') if name in loaded], end.code)\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[] 0"


class TestRecordsOfExchanges:
    @given(st.text(max_size=8), st.integers(0, 2**53 - 1), st.booleans())
    @settings(deadline=None)
    def test_their_form_is_canonical_json_without_defaults(self, text, number, stale):
        part = records.SignedPart(text, text, text)
        made = records.Record(
            side="provider", id=text, at=number, peer=text, service=text, method="GET", path=text, purpose=text,
            outcome="ok", status=200, req=part, stale=stale, size=number, case=text,
        )  # fmt: skip
        data = records.encode(made)
        assert data == canonical.encode(msgspec.to_builtins(made))
        assert records.decode(data) == made
        assert (b'"stale"' in data) is stale
        assert b'"kind"' not in data
        assert (b'"res"' in data) is False

    def test_what_the_index_reads_of_any_record(self):
        both = Exchange().records()
        found = records.read(both["provider"])
        assert (found.side, found.peer, found.service, found.grant) == ("provider", DJ, "divisions", f"{AGREEMENT}.1")
        other = records.read(b'{"kind":"agreement","id":"a","at":5,"document":"x"}')
        assert (other.id, other.at, other.side, other.peer) == ("a", 5, "", "")

    @pytest.mark.parametrize("nonce", ["plain", ';nonce=x"'[:-1], ";keyid=a"])
    def test_the_nonce_of_a_providers_record(self, nonce):
        both = Exchange(nonce=nonce, request={"tc-case": 'a;nonce="b"'}).records()
        assert records.nonce(both["provider"]) == (key(f"{DJ}/tc1").public.kid, nonce)
        assert records.nonce(both["consumer"]) is None
        assert records.nonce(b'{"kind":"agreement","id":"a","at":5}') is None

    def test_the_lines_of_a_base(self):
        found = lines(records.decode(Exchange().records()["provider"]).req.base)
        assert found['"@method"'] == "POST"
        assert found['"tc-system"'] == "gis"
        assert found['"@signature-params"'].startswith('("@method"')
