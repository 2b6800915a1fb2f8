"""The evidence bundle: what it holds and how it is written.

Everything needed to check an exchange offline: both sides' records with their proofs of inclusion under witnessed
checkpoints, the charter, the documents that vouch for the keys, the agreement, and the bodies where someone kept them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.kernel.notes import unb64
from twincity.kernel.problems import Problem, define

FORMAT = "twincity evidence bundle 1"
LIMIT = 16 * 1024 * 1024
UNREADABLE = define("bundle-unreadable", 422, zh="存证包无法读取: {reason}", en="The bundle cannot be read: {reason}")


class Proven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side's record: log, place, salt and record (base64), and a C2SP tlog-proof."""

    origin: str
    index: int
    salt: str
    record: str
    proof: str

    @property
    def owner(self) -> str:
        """Member whose log it is."""
        return self.origin.rpartition("/")[0]

    def data(self) -> bytes:
        """The record's bytes.

        Raises:
            NoteError: when it is not base64 in its one spelling.
        """
        return unb64(self.record)


class Vouching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document of the directory and the member in whose public log it stands."""

    owner: str
    token: str


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An evidence bundle."""

    format: str
    charter: list[dict[str, Any]]
    documents: list[Vouching]
    records: list[Proven]
    request: str = ""
    """The consumer's agreement request (JWS), if the exchange rests on an agreement."""
    decision: str = ""
    """The provider's decision on it (JWS)."""
    request_body: str | None = None
    response_body: str | None = None


def write(bundle: Bundle) -> bytes:
    """The bundle as a file."""
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1)


def read(data: bytes) -> Bundle:
    """The bundle in a file.

    Raises:
        Problem: ``bundle-unreadable``.
    """
    if len(data) > LIMIT:
        raise Problem(UNREADABLE, reason=f"larger than {LIMIT} bytes")
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(UNREADABLE, reason=str(error)) from error
    if bundle.format != FORMAT:
        raise Problem(UNREADABLE, field="format", reason="another format")
    return bundle
