"""Signed notes and cosignatures: published examples, round trips, and every bit of strictness."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import shared
from twincity.kernel.keys import PrivateKey
from twincity.kernel.notes import (
    MAX_NOTE,
    MAX_SIGNATURES,
    Algorithm,
    Note,
    NoteError,
    Signature,
    Signer,
    VerifierKey,
    parse_signatures,
    verify,
)

KEY = PrivateKey("ed25519", bytes(range(32)))
OTHER = PrivateKey("ed25519", bytes(32))
TEXT = "cq.example/log\n7\nAAAA\n"
SIGNER = Signer.of("cq.example/log", KEY)
WITNESS = Signer.of("sc.example/witness", OTHER, Algorithm.COSIGNATURE)


def signed() -> Note:
    return Note(TEXT).signed(SIGNER.signature(TEXT), WITNESS.signature(TEXT, timestamp=1_700_000_000))


def test_the_example_of_the_specification_verifies():
    example = json.loads((shared("data/suites/exchange/transparency") / "c2sp_examples.json").read_text())
    key = VerifierKey.parse(example["signed_note"]["vkey"])
    note = Note.parse(example["signed_note"]["note"].encode())
    assert [found.key for found in verify(note, [key])] == [key]
    assert key.vkey == example["signed_note"]["vkey"]


@pytest.mark.parametrize("name", ["signed_note", "cosigned_checkpoint"])
def test_examples_of_the_specification_survive_a_round_trip(name):
    example = json.loads((shared("data/suites/exchange/transparency") / "c2sp_examples.json").read_text())
    note = example[name]["note"].encode()
    assert Note.parse(note).encode() == note


def test_the_cosignature_of_the_specification_carries_its_time():
    example = json.loads((shared("data/suites/exchange/transparency") / "c2sp_examples.json").read_text())
    witness = Note.parse(example["cosigned_checkpoint"]["note"].encode()).signatures[1]
    assert int.from_bytes(witness.raw[:8], "big") == 1_679_315_147  # the time the specification shows for it
    assert len(witness.raw) == 8 + 64


def test_both_kinds_of_signature_verify_after_a_round_trip():
    found = verify(Note.parse(signed().encode()), [WITNESS.key, SIGNER.key])
    assert [(each.key.name, each.timestamp) for each in found] == [
        ("cq.example/log", 0),
        ("sc.example/witness", 1_700_000_000),
    ]


def test_a_signature_by_an_unknown_key_is_passed_over():
    assert [each.key for each in verify(signed(), [SIGNER.key])] == [SIGNER.key]
    assert verify(signed(), []) == []
    assert verify(signed(), [Signer.of("cq.example/log", OTHER).key]) == []


def test_a_broken_signature_by_a_known_key_condemns_the_note():
    broken = Note(TEXT.replace("7", "8"), signed().signatures)
    with pytest.raises(NoteError, match="does not hold"):
        verify(broken, [SIGNER.key])
    with pytest.raises(NoteError, match="does not hold"):
        verify(broken, [WITNESS.key])


def test_a_cosignature_says_only_what_it_was_made_for():
    raw = WITNESS.signature(TEXT, timestamp=5)
    later = Signature(raw.name, raw.key_id, (6).to_bytes(8, "big") + raw.raw[8:])
    with pytest.raises(NoteError):
        WITNESS.key.check(TEXT, later)
    assert WITNESS.key.check(TEXT, raw) == 5


def test_the_same_key_has_another_id_for_another_purpose():
    plain, timed = Signer.of("a", KEY), Signer.of("a", KEY, Algorithm.COSIGNATURE)
    assert plain.key.key_id != timed.key.key_id
    assert verify(Note(TEXT).signed(plain.signature(TEXT)), [timed.key]) == []


def test_only_cosignatures_carry_a_time():
    with pytest.raises(NoteError):
        SIGNER.signature(TEXT, timestamp=1)
    with pytest.raises(NoteError):
        WITNESS.signature(TEXT)
    with pytest.raises(NoteError):
        WITNESS.signature(TEXT, timestamp=2**63)


def test_signing_again_replaces_the_older_signature_of_the_same_key():
    again = signed().signed(WITNESS.signature(TEXT, timestamp=1_700_000_009))
    assert [each.timestamp for each in verify(again, [WITNESS.key])] == [1_700_000_009]
    assert len(again.signatures) == 2


def test_of_several_cosignatures_by_one_key_the_latest_counts():
    both = Note(TEXT, (WITNESS.signature(TEXT, timestamp=9), WITNESS.signature(TEXT, timestamp=7)))
    assert [each.timestamp for each in verify(both, [WITNESS.key])] == [9]


def test_keys_of_other_suites_do_not_sign_notes():
    with pytest.raises(NoteError, match="sm2"):
        Signer.of("a", PrivateKey("sm2", bytes(32)))


def test_a_signer_may_reach_its_key_elsewhere():
    asked = []

    def remote(message: bytes) -> bytes:
        asked.append(message)
        return KEY.sign(message)

    note = Note(TEXT).signed(Signer(SIGNER.key, remote).signature(TEXT))
    assert asked == [TEXT.encode()]
    assert note == Note(TEXT).signed(SIGNER.signature(TEXT))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x7f\x01"])
def test_names_that_no_key_may_bear(name):
    with pytest.raises(NoteError):
        Signer.of(name, KEY)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        SIGNER.key.vkey.replace("cq.", "sc."),
        SIGNER.key.vkey.upper(),
        SIGNER.key.vkey + "=",
        "a+00000000+AA==",
        VerifierKey("a", Algorithm.ED25519, bytes(31)).vkey,
    ],
)
def test_keys_that_are_no_keys(vkey):
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


def test_a_key_of_an_unknown_type_is_refused():
    ecdsa = "a+00000000+" + "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    with pytest.raises(NoteError, match="known type"):
        VerifierKey.parse(ecdsa)


GOOD = signed().encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"7", b"\t"),
        GOOD.replace("— ".encode(), b"- "),
        GOOD.replace(b"=\n", b"\n"),
        GOOD.replace(b"7\n", b"7\n\xff"),
        GOOD + b" \n",
        TEXT.encode() + "\n— a AAAA\n".encode(),
        TEXT.encode() + "\n— a \n".encode(),
        TEXT.encode() + "\n— a\n".encode(),
        TEXT.encode() + "\n—  AAAAAAAA\n".encode(),
        b"x" * MAX_NOTE + b"\n" + GOOD,
    ],
)
def test_malformed_notes(data):
    with pytest.raises(NoteError):
        Note.parse(data)


def test_the_text_may_hold_empty_lines():
    text = "one\n\ntwo\n"
    note = Note.parse(Note(text).signed(SIGNER.signature(text)).encode())
    assert note.text == text
    assert verify(note, [SIGNER.key])


def test_sixteen_signatures_are_accepted_and_too_many_are_not():
    line = SIGNER.signature(TEXT).line
    assert len(parse_signatures(line * 16)) == 16
    assert len(parse_signatures(line * MAX_SIGNATURES)) == MAX_SIGNATURES
    with pytest.raises(NoteError):
        parse_signatures(line * (MAX_SIGNATURES + 1))


def test_base64_has_one_spelling():
    line = SIGNER.signature(TEXT).line
    assert line.endswith("=\n")
    last = line[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sibling = alphabet[alphabet.index(last) ^ 1]  # differs only in bits that decoding drops
    with pytest.raises(NoteError, match="canonical"):
        parse_signatures(line[:-3] + sibling + "=\n")


@given(st.data())
def test_no_flipped_bit_goes_unnoticed(data):
    place = data.draw(st.integers(0, len(GOOD) * 8 - 1))
    changed = bytearray(GOOD)
    changed[place // 8] ^= 1 << place % 8
    try:
        found = verify(Note.parse(bytes(changed)), [SIGNER.key, WITNESS.key])
    except NoteError:
        return
    assert len(found) < 2  # a changed name or id makes a known key an unknown one


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=50))
def test_whatever_is_signed_can_be_read_back(line):
    text = f"{line}\n"
    note = Note(text).signed(SIGNER.signature(text))
    assert Note.parse(note.encode()) == note
