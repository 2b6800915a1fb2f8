"""What an anchor says of a standard that is to hold in the whole circle: ``tc-endorsement+jwt``."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec

from twincity.engines.catalogue.documents.model import Document
from twincity.engines.catalogue.documents.payloads import REFUSED, encoded, payload_of
from twincity.kernel import canonical
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

ENDORSEMENT = "tc-endorsement+jwt"
LONGEST_REASON = 1000
Stance = Literal["endorsed", "refused", "withdrawn"]


class Endorsement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The payload, as it is signed.

    Attributes:
        iss: the anchor, owner of the log.
        iat: when it was signed, seconds since 1970.
        id: identifier of the version of the standard.
        digest: of that version's contents, see :func:`contents_digest`.
        reason: has to be given unless the standard is endorsed.
    """

    iss: str
    iat: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
    id: Annotated[
        str, msgspec.Meta(max_length=400, pattern=r"^https://[a-z0-9.-]+/standard/[a-z0-9.-]+/[0-9A-Za-z.-]+$")
    ]
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    stance: Stance
    reason: LocalText | None = None


def contents_digest(document: Document) -> str:
    """SHA-256 in hexadecimal over the canonical JSON (RFC 8785) of what is published, without the time of signing.

    So a version that is withdrawn and published anew with the same contents keeps its endorsements.
    """
    payload = payload_of(document)
    del payload["iat"]
    return hashlib.sha256(canonical.encode(payload)).hexdigest()


def read_endorsement(owner: str, payload: dict[str, Any]) -> Endorsement:
    """The endorsement that a verified payload from the log of ``owner`` states.

    Raises:
        Problem: ``document-refused``.
    """
    encoded(payload)
    try:
        found = msgspec.convert(payload, Endorsement)
    except msgspec.ValidationError as error:
        raise Problem(REFUSED, field=ENDORSEMENT, reason=str(error)) from error
    if found.iss != owner:
        raise Problem(REFUSED, field="iss", reason=f"{found.iss} is not {owner}")
    if found.stance != "endorsed" and not (found.reason and _fitting(found.reason)):
        raise Problem(REFUSED, field="reason", reason=f"1-{LONGEST_REASON}")
    return found


def _fitting(reason: LocalText) -> bool:
    return all(0 < len(text) <= LONGEST_REASON for text in (reason.zh, reason.en))
