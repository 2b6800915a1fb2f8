"""Conversations with a witness, status by status."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from tests.support import shared
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.evidence import Evidence
from twincity.engines.ledger.log.tests.helpers import (
    LOG_ONLY,
    ORIGIN,
    SIGNER,
    TWO_OF_THREE,
    WITNESSES,
    fill,
    open_log,
    records,
)
from twincity.engines.ledger.log.witness import ConflictError, RefusalError, Witness
from twincity.engines.ledger.log.witness_store import FileStore, origin_hash
from twincity.engines.ledger.log.witness_wire import MAX_REQUEST, AddCheckpoint, parse_conflict
from twincity.kernel import clock, merkle
from twincity.kernel.keys import PrivateKey
from twincity.kernel.merkle import leaf_hash
from twincity.kernel.notes import Note, NoteError, Signer, verify


def known(origin):
    return [SIGNER.key] if origin == ORIGIN else []


@pytest.fixture
def forks():
    return []


@pytest.fixture
def witness(tmp_path, forks):
    return Witness(FileStore(tmp_path / "witness"), WITNESSES[1], known, forks.append)


@pytest.fixture
def log(tmp_path):
    log = open_log(tmp_path / "log", policy=TWO_OF_THREE)
    yield log
    log.close()


def grow(log, count):
    fill(log, records(count, log.size))
    log.tick()


def sign(size, root, signer=SIGNER, origin=ORIGIN):
    text = Checkpoint(origin, size, root).text
    return SignedCheckpoint(Checkpoint(origin, size, root), Note(text).signed(signer.signature(text)))


def test_a_log_gets_its_cosignatures(log, witness):
    old = 0
    for count in (0, 1, 300, 5):
        grow(log, count)
        request = log.witness_request(old)
        answer = witness.handle(request.encode())
        assert answer.status == 200
        signed = log.add_cosignatures(answer.body.decode(), request.signed.checkpoint.size)
        assert [found.key for found in signed.signers((WITNESSES[1].key,))] == [WITNESSES[1].key]
        old = log.size
    assert TWO_OF_THREE.cosigners(log.checkpoint())[0].witness.jurisdiction == "510000"


def test_a_client_that_does_not_know_is_told_the_size(log, witness):
    grow(log, 5)
    witness.handle(log.witness_request(0).encode())
    grow(log, 5)
    answer = witness.handle(log.witness_request(0).encode())
    assert (answer.status, answer.media_type, answer.body) == (409, "text/x.tlog.size", b"5\n")
    assert witness.handle(log.witness_request(parse_conflict(answer.body)).encode()).status == 200
    with pytest.raises(ConflictError) as conflict:
        witness.add_checkpoint(log.witness_request(7))
    assert conflict.value.size == 10


def test_the_same_size_is_cosigned_again_with_a_fresh_time(log, witness, monkeypatch):
    grow(log, 5)
    times = []
    for now in (1_700_000_000, 1_700_000_060):
        monkeypatch.setattr(clock, "unix", lambda now=now: now)
        witness.add_checkpoint(log.witness_request(5 if times else 0))
        stored = FileStore(log_folder(witness)).latest(ORIGIN)
        times.append(stored.signers((WITNESSES[1].key,))[0].timestamp)
    assert times == [1_700_000_000, 1_700_000_060]


def log_folder(witness):
    return witness._store._folder


def test_an_unknown_log_is_404(witness):
    stranger = Signer.of("other.example/log", PrivateKey.generate())
    request = AddCheckpoint(0, (), sign(1, bytes(32), stranger, "other.example/log"))
    assert witness.handle(request.encode()).status == 404


@pytest.mark.parametrize("signer", [WITNESSES[0], Signer.of(ORIGIN, PrivateKey("ed25519", bytes(32)))])
def test_no_valid_signature_of_the_log_is_403(witness, signer):
    text = Checkpoint(ORIGIN, 1, bytes(32)).text
    timestamp = 1 if signer is WITNESSES[0] else 0
    note = Note(text).signed(signer.signature(text, timestamp=timestamp))
    assert witness.handle(AddCheckpoint(0, (), SignedCheckpoint.parse(note.encode())).encode()).status == 403


def test_a_broken_signature_of_the_log_is_403_even_beside_a_good_one(witness):
    good = sign(1, bytes(32))
    bad = replace(good.note.signatures[0], raw=bytes(64))
    note = replace(good.note, signatures=(*good.note.signatures, bad))
    assert witness.handle(AddCheckpoint(0, (), replace(good, note=note)).encode()).status == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda r: replace(r, path=()), 422),
        (lambda r: replace(r, path=r.path[::-1]), 422),
        (lambda r: replace(r, path=(*r.path, bytes(32))), 422),
        (lambda r: replace(r, path=(bytes(32), *r.path[1:])), 422),
        (lambda r: replace(r, old_size=0, path=()), 409),
        (lambda r: replace(r, old_size=4), 409),
        (lambda r: replace(r, old_size=99), 400),
        (lambda r: replace(r, signed=sign(3, bytes(32))), 400),
        (lambda r: replace(r, signed=sign(11, bytes(32))), 422),
        (lambda r: replace(r, old_size=5, signed=sign(5, bytes(32)), path=()), 422),
    ],
)
def test_what_does_not_continue_is_refused_and_changes_nothing(log, witness, change, status):
    grow(log, 5)
    witness.add_checkpoint(log.witness_request(0))
    grow(log, 6)
    request = log.witness_request(5)
    before = FileStore(log_folder(witness)).by_hash(origin_hash(ORIGIN))
    assert witness.handle(change(request).encode()).status == status
    assert FileStore(log_folder(witness)).by_hash(origin_hash(ORIGIN)) == before
    assert witness.handle(request.encode()).status == 200


def test_the_first_checkpoint_needs_no_proof_and_takes_none(witness):
    request = AddCheckpoint(0, (bytes(32),), sign(5, bytes(32)))
    assert witness.handle(request.encode()).status == 422
    assert witness.handle(replace(request, path=()).encode()).status == 200


def test_an_empty_tree_has_one_root(witness):
    assert witness.handle(AddCheckpoint(0, (), sign(0, bytes(32))).encode()).status == 422
    empty = AddCheckpoint(0, (), sign(0, merkle.root([])))
    assert witness.handle(empty.encode()).status == 200
    assert witness.handle(empty.encode()).status == 200


def test_a_fork_is_reported_with_evidence_that_convicts(log, witness, forks):
    grow(log, 5)
    witness.add_checkpoint(log.witness_request(0))
    other = sign(5, merkle.root(map(leaf_hash, records(5, 90))))
    for old in (5, 0):
        with pytest.raises(RefusalError):
            witness.add_checkpoint(AddCheckpoint(old, (), other))
    assert len(forks) == 2
    Evidence.parse(forks[0].encode()).verify(LOG_ONLY.logs)
    honest = replace(forks[0], second=forks[0].first, prefix_root=forks[0].first.checkpoint.root)
    with pytest.raises(merkle.ProofError):
        honest.verify(LOG_ONLY.logs)


def test_a_witness_may_do_without_a_hook(tmp_path):
    witness = Witness(FileStore(tmp_path), WITNESSES[0], known)
    witness.add_checkpoint(AddCheckpoint(0, (), sign(5, bytes(32))))
    with pytest.raises(RefusalError):
        witness.add_checkpoint(AddCheckpoint(5, (), sign(5, bytes([1] * 32))))


def test_what_was_cosigned_survives_the_process(tmp_path, log, witness):
    grow(log, 5)
    witness.add_checkpoint(log.witness_request(0))
    again = Witness(FileStore(tmp_path / "witness"), WITNESSES[1], known)
    with pytest.raises(ConflictError) as conflict:
        again.add_checkpoint(log.witness_request(0))
    assert conflict.value.size == 5


def test_no_cosignature_leaves_before_it_is_on_disk(log, witness, monkeypatch):
    grow(log, 5)

    def fail(_):
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        witness.handle(log.witness_request(0).encode())
    monkeypatch.undo()
    assert witness.handle(log.witness_request(0).encode()).status == 200


def test_a_witness_that_has_lost_its_memory_does_not_guess(tmp_path, log, witness):
    grow(log, 5)
    witness.add_checkpoint(log.witness_request(0))
    (tmp_path / "witness" / origin_hash(ORIGIN)).write_bytes(b"")
    with pytest.raises(CorruptLogError):
        witness.handle(log.witness_request(5).encode())


def test_the_kept_checkpoint_is_served_with_both_signatures(log, witness):
    grow(log, 5)
    stranger = Signer.of("stranger", PrivateKey.generate())
    request = log.witness_request(0)
    noisy = replace(request.signed, note=request.signed.note.signed(stranger.signature(request.signed.note.text)))
    witness.add_checkpoint(replace(request, signed=noisy))
    store = FileStore(log_folder(witness))
    note = Note.parse(store.by_hash(origin_hash(ORIGIN)))
    assert [each.key for each in verify(note, [SIGNER.key, WITNESSES[1].key])] == [SIGNER.key, WITNESSES[1].key]
    assert len(note.signatures) == 2
    for name in ("../log/checkpoint", "0" * 64, "A" * 64, ""):
        assert store.by_hash(name) is None


GOOD = AddCheckpoint(3, (bytes(32), bytes([1] * 32)), sign(5, bytes(32))).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 3\n",
        GOOD[4:],
        GOOD.replace(b"old 3", b"old 03"),
        GOOD.replace(b"old 3", b"old -3"),
        GOOD.replace(b"old 3", b"old 9223372036854775809"),
        GOOD.replace(b"old 3", "old ３".encode()),
        GOOD.replace(b"AAA=\n", b"AAA\n", 1),
        GOOD.replace(b"AAA=\n", b"AAAA\n", 1),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD.replace(b"\n5\n", b"\n05\n"),
        GOOD[:-1],
        b"old 3\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + GOOD[GOOD.index(b"\n\n") + 1 :],
        GOOD + b"x" * MAX_REQUEST,
    ],
)
def test_malformed_requests_are_400(witness, body):
    assert witness.handle(body).status == 400


def test_requests_are_read_back():
    assert AddCheckpoint.parse(GOOD).encode() == GOOD
    full = AddCheckpoint(3, (bytes(32),) * 63, sign(5, bytes(32)))
    assert AddCheckpoint.parse(full.encode()) == full


def test_the_request_of_the_specification_is_read_back():
    example = json.loads((shared("data/suites/exchange/transparency") / "c2sp_examples.json").read_text())
    body = example["witness_add_checkpoint"]["request_body"].encode()
    request = AddCheckpoint.parse(body)
    assert (request.old_size, len(request.path), request.signed.checkpoint.size) == (20_852_014, 4, 20_852_163)
    assert request.encode() == body


@pytest.mark.parametrize("body", [b"", b"5", b"5\n5\n", b"x\n", b"05\n", b"\xff\n"])
def test_malformed_sizes_in_an_answer(body):
    with pytest.raises(NoteError):
        parse_conflict(body)
