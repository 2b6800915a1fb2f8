"""Proof files and policies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.policy import Policy, PolicyError, Witness
from twincity.engines.ledger.log.proofs import MAX_SIZE, LogProof
from twincity.engines.ledger.log.tests.helpers import KNOWN, LOG_ONLY, ORIGIN, SIGNER, TWO_OF_THREE, WITNESSES
from twincity.kernel.keys import PrivateKey
from twincity.kernel.merkle import ProofError, inclusion_proof, leaf_hash, levels
from twincity.kernel.notes import Note, NoteError, Signer

LEAVES = [leaf_hash(b"%d" % number) for number in range(11)]
ROWS = levels(LEAVES)


def checkpoint(*witnesses, signer=SIGNER, origin=ORIGIN, extensions=()):
    text = Checkpoint(origin, len(LEAVES), ROWS[-1][0], extensions).text
    cosignatures = [WITNESSES[place].signature(text, timestamp=1_700_000_000 + place) for place in witnesses]
    return SignedCheckpoint.parse(Note(text).signed(signer.signature(text), *cosignatures).encode())


def proof(index=6, *witnesses, extra=None):
    path = inclusion_proof(index, len(LEAVES), lambda level, place: ROWS[level][place])
    return LogProof(index, tuple(path), checkpoint(*witnesses), extra)


@pytest.mark.parametrize("extra", [None, b"", b"salt"])
@pytest.mark.parametrize("index", [0, 6, 10])
def test_proof_files_are_read_back_and_hold(index, extra):
    file = proof(index, 0, 1, extra=extra).encode()
    assert file.startswith(b"c2sp.org/tlog-proof@v1\n")
    found = LogProof.parse(file)
    assert found == proof(index, 0, 1, extra=extra)
    proven = found.verify_public(b"%d" % index, TWO_OF_THREE)
    assert proven.place == index
    assert [(each.witness, each.timestamp) for each in proven.cosigners] == [
        (KNOWN[0], 1_700_000_000),
        (KNOWN[1], 1_700_000_001),
    ]


def test_a_proof_is_about_one_record_at_one_place():
    for change in (
        lambda p: replace(p, index=7),
        lambda p: replace(p, path=p.path[:-1]),
        lambda p: replace(p, path=p.path[::-1]),
        lambda p: replace(p, index=11),
    ):
        with pytest.raises(ProofError):
            change(proof()).verify_public(b"6", LOG_ONLY)
    with pytest.raises(ProofError):
        proof().verify_public(b"7", LOG_ONLY)
    with pytest.raises(ProofError):
        proof().verify(b"short", LOG_ONLY)


GOOD = proof(6, 0, 1, extra=b"x").encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"extra eA==\n", b"extra eB==\n"),
        GOOD.replace(b"extra eA==\n", b"extra\n"),
        GOOD.replace(b"extra eA==\n", b"extra eA==\nextra eA==\n"),
        GOOD.replace(b"index 6\n", b""),
        GOOD.replace(b"index 6", b"index 06"),
        GOOD.replace(b"index 6", b"index 6\r"),
        GOOD.replace(b"index 6", "index 六".encode()),
        GOOD.replace(b"index 6\n", b"index 6\nAAAA\n"),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD.replace(b"\n11\n", b"\n011\n"),
        GOOD + b"\n",
        GOOD[:-1],
        GOOD + b"x" * MAX_SIZE,
        b"c2sp.org/tlog-proof@v1\n\n" + GOOD[GOOD.index(b"\n\n") + 2 :],
    ],
)
def test_malformed_proof_files(data):
    with pytest.raises(NoteError):
        LogProof.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "\n1\nAAAA\n",
        "a\n1\n" + "A" * 43 + "=\n\n",
        "a\n-1\n" + "A" * 43 + "=\n",
        "a\n1.0\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "a\n99999999999999999999\n" + "A" * 43 + "=\n",
        "a\n1\n" + "A" * 43 + "=",
    ],
)
def test_malformed_checkpoints(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_checkpoints_may_have_extension_lines():
    signed = checkpoint(extensions=("one", "two"))
    assert signed.checkpoint.extensions == ("one", "two")
    signed.require_log((SIGNER.key,))


@pytest.mark.parametrize(
    ("witnesses", "believed"),
    [((), False), ((0,), False), ((1,), False), ((0, 1), True), ((1, 2), True), ((0, 1, 2), True)],
)
def test_two_of_three(witnesses, believed):
    if believed:
        assert len(TWO_OF_THREE.check(checkpoint(*witnesses))) == len(witnesses)
    else:
        with pytest.raises(PolicyError, match="2 are needed"):
            TWO_OF_THREE.check(checkpoint(*witnesses))


def test_at_least_one_witness_of_another_jurisdiction():
    at_home = Policy((SIGNER.key,), (KNOWN[0], Witness(KNOWN[1].key, "500000"), KNOWN[2]), 2, home="500000")
    with pytest.raises(PolicyError, match="outside 500000"):
        at_home.check(checkpoint(0, 1))
    assert at_home.check(checkpoint(0, 2))
    with pytest.raises(PolicyError, match="outside"):
        replace(at_home, threshold=0).check(checkpoint())


def test_cosigning_twice_counts_once():
    signed = checkpoint(1)
    again = WITNESSES[1].signature(signed.note.text, timestamp=5)
    note = replace(signed.note, signatures=(*signed.note.signatures, again))
    with pytest.raises(PolicyError, match="by 1 known"):
        TWO_OF_THREE.check(replace(signed, note=note))


def test_one_witness_with_two_keys_counts_once():
    rotated = Signer.of(WITNESSES[1].key.name, PrivateKey.generate(), WITNESSES[1].key.algorithm)
    policy = Policy((SIGNER.key,), (*KNOWN, Witness(rotated.key, "510000")), 2)
    signed = checkpoint(1)
    note = signed.note.signed(rotated.signature(signed.note.text, timestamp=5))
    with pytest.raises(PolicyError, match="by 1 known"):
        policy.check(replace(signed, note=note))


def test_the_log_itself_must_have_signed():
    stranger = Signer.of(ORIGIN, PrivateKey.generate())
    with pytest.raises(PolicyError, match="known key"):
        TWO_OF_THREE.check(checkpoint(0, 1, signer=stranger))
    with pytest.raises(PolicyError, match="known key"):
        LOG_ONLY.check(checkpoint(origin="other.example/log"))


def test_a_broken_cosignature_condemns():
    signed = checkpoint(0, 1, 2)
    broken = replace(signed.note.signatures[3], raw=bytes(72))
    note = replace(signed.note, signatures=(*signed.note.signatures[:3], broken))
    with pytest.raises(PolicyError, match="does not hold"):
        TWO_OF_THREE.check(replace(signed, note=note))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Policy((SIGNER.key,), KNOWN, 4),
        lambda: Policy((SIGNER.key,), KNOWN, -1),
        lambda: Policy((SIGNER.key,), (Witness(SIGNER.key),), 1),
        lambda: Policy((SIGNER.key,), (KNOWN[0], KNOWN[0]), 1),
        lambda: Policy.parse("[]"),
        lambda: Policy.parse("{}"),
        lambda: Policy.parse("no json"),
        lambda: Policy.parse('{"logs": ["x"]}'),
        lambda: Policy.parse('{"logs": [], "unknown": 1}'),
        lambda: Policy.parse('{"logs": [], "witnesses": [1]}'),
        lambda: Policy.parse('{"logs": [], "threshold": "2"}'),
    ],
)
def test_policies_that_make_no_sense(make):
    with pytest.raises(PolicyError):
        make()


def test_policy_files_are_read_back():
    assert Policy.parse(TWO_OF_THREE.render()) == TWO_OF_THREE
    assert Policy.parse(LOG_ONLY.render()) == LOG_ONLY
