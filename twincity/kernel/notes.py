"""Signed notes, the envelope of everything a transparency log says in public.

A note is text that ends in a newline, an empty line, and one signature line for each signer (c2sp.org/signed-note).
Two kinds of signature are known here: plain Ed25519 (0x01), and Ed25519 cosignatures on checkpoints, which carry the
time at which a witness vouched for them (0x04, c2sp.org/tlog-cosignature).

Parsing is strict: one note has one spelling, so that no bit of a checked line can change unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

from twincity.kernel.keys import PrivateKey, PublicKey

MAX_NOTE = 131_072
"""Longest accepted note in bytes; sixteen signatures of the largest assigned kind fit."""
MAX_SIGNATURES = 32
_PREFIX = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MAX_TIMESTAMP = 2**63 - 1


class NoteError(ValueError):
    """The note is malformed, or not signed as it must be."""


class Algorithm(IntEnum):
    """Signature type bytes of the signed-note specification that are understood here."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the signer's name, its 4-byte key id, and what the algorithm made of the text."""

    name: str
    key_id: bytes
    raw: bytes

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read one signature line, its newline removed.

        Raises:
            NoteError: when it is malformed.
        """
        name, space, encoded = line.removeprefix(_PREFIX).partition(" ")
        if not (line.startswith(_PREFIX) and space):
            raise NoteError("not a signature line")
        raw = unb64(encoded)
        if len(raw) <= 4:
            raise NoteError("signature too short")
        return cls(check_name(name), raw[:4], raw[4:])

    @property
    def line(self) -> str:
        """The line with its newline."""
        return f"{_PREFIX}{self.name} {b64(self.key_id + self.raw)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (with its final newline) and the signature lines below it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a whole note of at most :data:`MAX_NOTE` bytes. Nothing is verified yet.

        Raises:
            NoteError: when it is malformed or too long.
        """
        if len(data) > MAX_NOTE:
            raise NoteError("note too long")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteError("note is not UTF-8") from error
        if _CONTROL.search(whole):
            raise NoteError("note holds control characters")
        text, empty, below = whole.rpartition("\n\n")
        if not empty:
            raise NoteError("note without signatures")
        return cls(text + "\n", parse_signatures(below))

    def encode(self) -> bytes:
        """The note as bytes."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signed(self, *signatures: Signature) -> Note:
        """This note with further signatures; one by the same key takes the place of the older."""
        renewed = {(each.name, each.key_id) for each in signatures}
        kept = tuple(each for each in self.signatures if (each.name, each.key_id) not in renewed)
        return replace(self, signatures=kept + signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under the name it signs with."""

    name: str
    algorithm: Algorithm
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read a vkey ``name+hex id+base64(type ‖ key)``.

        Raises:
            NoteError: when it is malformed, its id is not its key's, or its type is not understood.
        """
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = unb64(encoded)
        if len(raw) != 33 or raw[0] not in list(Algorithm):
            raise NoteError("not a key of a known type")
        key = cls(check_name(name), Algorithm(raw[0]), raw[1:])
        if key_id != key.key_id.hex():
            raise NoteError("key id does not belong to the key")
        return key

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that stand for this key in signature lines."""
        material = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(material).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.algorithm]) + self.public)}"

    def check(self, text: str, signature: Signature) -> int:
        """Verify one signature over a note's text and give its time in Unix seconds, 0 for a plain signature.

        Raises:
            NoteError: if it does not hold.
        """
        stamp, raw = b"", signature.raw
        if self.algorithm is Algorithm.COSIGNATURE:
            stamp, raw = raw[:8], raw[8:]
        when = int.from_bytes(stamp, "big")
        message = _message(self.algorithm, text, when)
        if when > _MAX_TIMESTAMP or not PublicKey("ed25519", self.public).verify(message, raw):
            raise NoteError(f"signature of {self.name} does not hold")
        return when


class Signed(NamedTuple):
    """A key that has signed, and when (Unix seconds; 0 for a plain signature)."""

    key: VerifierKey
    timestamp: int


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs notes; ``sign`` may reach a key that lies elsewhere."""

    key: VerifierKey
    sign: Callable[[bytes], bytes]

    @classmethod
    def of(cls, name: str, private: PrivateKey, algorithm: Algorithm = Algorithm.ED25519) -> Signer:
        """A signer of that name with a private Ed25519 key.

        Raises:
            NoteError: for a key of another suite, or a name that no note may carry.
        """
        if private.suite != "ed25519":
            raise NoteError(f"notes are not signed with {private.suite}")
        return cls(VerifierKey(check_name(name), algorithm, private.public.raw), private.sign)

    def signature(self, text: str, *, timestamp: int = 0) -> Signature:
        """Sign a note's text; a cosignature says it vouches for it as of ``timestamp`` (Unix seconds).

        Raises:
            NoteError: when the time does not suit the kind of key.
        """
        timed = self.key.algorithm is Algorithm.COSIGNATURE
        if timed != (0 < timestamp <= _MAX_TIMESTAMP):
            raise NoteError("cosignatures, and only they, carry a time")
        raw = self.sign(_message(self.key.algorithm, text, timestamp))
        return Signature(self.key.name, self.key.key_id, timestamp.to_bytes(8, "big") + raw if timed else raw)


def verify(note: Note, keys: Iterable[VerifierKey]) -> list[Signed]:
    """The known keys that have signed the note, in the order of its lines, each key once with its latest time.

    Signatures of unknown keys are passed over. The list may be empty: then the note must not be believed.

    Raises:
        NoteError: when a signature of a known key does not hold.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, int] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            found[key] = max(found.get(key, 0), key.check(note.text, signature))
    return [Signed(key, timestamp) for key, timestamp in found.items()]


def parse_signatures(text: str) -> tuple[Signature, ...]:
    """Read one or more signature lines, each with its newline.

    Raises:
        NoteError: when one is malformed or there are more than :data:`MAX_SIGNATURES`.
    """
    *lines, end = text.split("\n")
    if end or not 0 < len(lines) <= MAX_SIGNATURES:
        raise NoteError("no signature lines, too many, or no newline at the end")
    return tuple(map(Signature.parse, lines))


def check_name(name: str) -> str:
    """The name, if a key may bear it.

    Raises:
        NoteError: when it is empty or holds spaces, a plus or control characters.
    """
    if not name or "+" in name or any(character.isspace() for character in name) or _CONTROL.search(name):
        raise NoteError("not a key name")
    return name


def b64(raw: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode()


def unb64(text: str) -> bytes:
    """Bytes of base64 text in the one spelling :func:`b64` gives.

    Raises:
        NoteError: for any other text.
    """
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise NoteError("not base64") from error
    if b64(raw) != text:
        raise NoteError("not canonical base64")
    return raw


def _message(algorithm: Algorithm, text: str, timestamp: int) -> bytes:
    if algorithm is Algorithm.COSIGNATURE:
        text = f"cosignature/v1\ntime {timestamp}\n{text}"
    return text.encode()
