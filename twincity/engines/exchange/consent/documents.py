"""The documents consent rests on: what a provider proposes, what a citizen has given, what a recipient asks for.

Fields answer to ISO/IEC TS 27560 (consent record information structure) and to articles 14, 15, 17, 23 and 29 of the
Personal Information Protection Law: who, what for, which data, who receives them, how long, how to withdraw.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from twincity.engines.exchange import rules
from twincity.engines.exchange.consent.errors import REFUSED
from twincity.kernel import canonical, jws
from twincity.kernel.keys import PrivateKey, PublicKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

DATA_AGREEMENT = "tc-data-agreement+jwt"
CONSENT = "tc-consent+jwt"
LONGEST_DAYS = 3650
MOST = 100
"""Attributes or recipients of one agreement."""
TEXT = 2000
"""Characters of one text."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_ID = re.compile(r"[0-9A-Za-z-]{1,36}")
_PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{43}")
Keys = Callable[[str], PublicKey | None]
T = TypeVar("T")
Basis = Literal["consent", "contract", "duty", "emergency", "public-interest", "disclosed", "law"]
"""Articles 13 (1) to (7) of the Personal Information Protection Law, in their order."""


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field that may leave, as people call it; ``sensitive`` after article 28 of the law."""

    name: str
    title: LocalText
    sensitive: bool = False


class DataAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider proposes to people: one purpose, which data, for whom, how long. Times in seconds and days."""

    iss: str
    iat: int
    name: str
    revision: int
    title: LocalText
    purpose: str
    why: LocalText
    """The purpose in words for the person asked."""
    service: str
    attributes: tuple[Attribute, ...]
    recipients: tuple[str, ...]
    retention_days: int
    """Days after the end of a consent within which recipients delete what they got."""
    valid_days: int
    """Longest life of a consent."""
    basis: Basis = "consent"
    active: bool = True
    abroad: bool = False
    """Whether data leave the country; that needs a consent of its own (article 39) and is not offered."""
    policy: str = ""
    """Address of the provider's privacy policy."""

    @property
    def identifier(self) -> str:
        return identifier(self.iss, self.name)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(each.name for each in self.attributes)


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A citizen's consent as the home node vouches for it; a withdrawal is the same document with the other state."""

    id: str
    iss: str
    """The home node, which keeps the citizen's account."""
    iat: int
    state: Literal["given", "withdrawn"]
    subject: str
    """The person's pseudonym for this agreement."""
    provider: str
    agreement: str
    revision: int
    digest: str
    """SHA-256 of the agreement's signed document in hex: what the citizen was shown."""
    purpose: str
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    not_before: int
    not_after: int


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipient's request that a person consent; carries nothing about the person."""

    code: str
    consumer: str
    agreement: str
    fields: tuple[str, ...]
    days: int
    reason: LocalText


def identifier(owner: str, name: str) -> str:
    """How an agreement is known everywhere."""
    return f"https://{owner}/data-agreement/{name}"


def sign(document: Consent, key: PrivateKey) -> str:
    """The consent as a compact JWS."""
    payload: dict[str, Any] = msgspec.to_builtins(document)
    return jws.sign(payload, key, typ=CONSENT)


def read_consent(token: str, keys: Keys) -> Consent:
    """A consent whose signature holds and that is well formed in itself.

    Raises:
        Problem: ``consent-refused`` naming the field.
    """
    try:
        consent = msgspec.convert(jws.verify(token, keys, typ=CONSENT), Consent)
    except (jws.JWSError, msgspec.ValidationError) as error:
        raise refuse("document", str(error)) from error
    require(
        id=_ID.fullmatch(consent.id),
        subject=_PSEUDONYM.fullmatch(consent.subject),
        not_after=0 <= consent.not_before < consent.not_after <= canonical.MAX_INTEGER,
        recipients=0 < len(consent.recipients) <= MOST,
    )
    return consent


def check_agreement(agreement: DataAgreement) -> DataAgreement:
    """The agreement, if it may be proposed.

    Raises:
        Problem: ``consent-refused`` naming the field.
    """
    texts = (agreement.title, agreement.why, *(each.title for each in agreement.attributes))
    require(
        name=_NAME.fullmatch(agreement.name),
        revision=0 < agreement.revision <= canonical.MAX_INTEGER,
        purpose=rules.is_purpose(agreement.purpose),
        service=0 < len(agreement.service) <= rules.LONGEST,
        attributes=_named(agreement.fields),
        recipients=0 < len(set(agreement.recipients)) == len(agreement.recipients) <= MOST,
        retention_days=0 <= agreement.retention_days <= LONGEST_DAYS,
        valid_days=0 < agreement.valid_days <= LONGEST_DAYS,
        texts=all(_said(each) for each in texts),
        policy=len(agreement.policy) <= TEXT,
        abroad=not agreement.abroad,
    )
    return agreement


def check_covered(consent: Consent, agreement: DataAgreement, digest: str) -> None:
    """Whether a consent keeps within the agreement it names.

    Raises:
        Problem: ``consent-refused`` naming the field.
    """
    require(
        provider=consent.provider == agreement.iss,
        digest=consent.digest == digest,
        purpose=consent.purpose == agreement.purpose,
        fields=consent.fields and set(consent.fields) <= set(agreement.fields),
        recipients=set(consent.recipients) <= set(agreement.recipients),
        not_after=consent.not_after <= consent.not_before + agreement.valid_days * 86_400,
    )


def document_digest(token: str) -> str:
    """SHA-256 of a signed document in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def pseudonym(text: str) -> str:
    """A pseudonym that is well formed.

    Raises:
        Problem: ``consent-refused``.
    """
    require(person=_PSEUDONYM.fullmatch(text))
    return text


def require(**conditions: Any) -> None:
    """Refuse with the name of the first condition that does not hold.

    Raises:
        Problem: ``consent-refused``.
    """
    for field, holds in conditions.items():
        if not holds:
            raise refuse(field, field)


def refuse(field: str, reason: str) -> Problem:
    """The problem of a document that cannot be accepted."""
    return Problem(REFUSED, field=field, reason=reason[:200])


def _named(fields: tuple[str, ...]) -> bool:
    return 0 < len(set(fields)) == len(fields) <= MOST and all(_FIELD.fullmatch(field) for field in fields)


def _said(text: LocalText) -> bool:
    # PostgreSQL cannot keep U+0000.
    return all(0 < len(each) <= TEXT and "\0" not in each for each in (text.zh, text.en))
