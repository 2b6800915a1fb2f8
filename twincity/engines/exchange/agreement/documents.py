"""The signed documents of an agreement: request, decision that quotes it, and those by which terms are negotiated.

Each of the latter names the document it answers by its digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from twincity.engines.exchange.agreement.terms import Terms
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey, PublicKey, b64url
from twincity.kernel.problems import Problem, define

REQUEST = "tc-agreement-request+jwt"
DECISION = "tc-agreement-decision+jwt"
OFFER = "tc-agreement-offer+jwt"
WITHDRAWAL = "tc-agreement-withdrawal+jwt"
REFUSED = define(
    "agreement-refused", 422, zh="合约文件不能接受: {reason}", en="The agreement document is refused: {reason}"
)
_ID = re.compile(r"[0-9A-Za-z-]{1,36}")
State = Literal["active", "refused", "suspended", "ended"]
Keys = Callable[[str], PublicKey | None]
T = TypeVar("T")


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a consumer asks for."""

    id: str
    provider: str
    consumer: str
    iat: int
    terms: Terms
    previous: str = ""
    """:func:`digest` of the offer it answers, with the offer's terms or others; left out of a first request."""


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other terms, wider ones too, under which the provider would agree; nothing is in force by it."""

    id: str
    provider: str
    consumer: str
    iat: int
    terms: Terms
    previous: str
    """:func:`digest` of the request it answers."""
    note: str = ""


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The consumer wants no more: neither the request, nor the agreement it has led to."""

    id: str
    provider: str
    consumer: str
    iat: int
    previous: str
    """:func:`digest` of the other side's latest document, or of the request when there is none."""
    note: str = ""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider decided; ``request`` is the consumer's document itself, so both signatures stand together."""

    id: str
    provider: str
    consumer: str
    iat: int
    state: State
    request: str
    terms: Terms
    note: str = ""


Document = Request | Offer | Withdrawal | Decision
_TYPES: dict[type[Document], str] = {Request: REQUEST, Decision: DECISION, Offer: OFFER, Withdrawal: WITHDRAWAL}


def sign(document: Document, key: PrivateKey) -> str:
    """The document as a compact JWS."""
    payload: dict[str, Any] = msgspec.to_builtins(document)
    # Left out when empty, so that documents without them read as they always have.
    terms = payload.get("terms", {})
    for name in ("consent", "obligations"):
        if name in terms and not terms[name]:
            del terms[name]
    if payload.get("previous") == "":
        del payload["previous"]
    return jws.sign(payload, key, typ=_TYPES[type(document)])


def digest(token: str) -> str:
    """SHA-256 of a document as it travels, in base64url: what an answer names it by."""
    return b64url(hashlib.sha256(token.encode()).digest())


def read_offer(token: str, keys: Keys) -> Offer:
    """An offer whose signature holds.

    Raises:
        Problem: ``agreement-refused``.
    """
    return _read(token, keys, OFFER, Offer)


def read_withdrawal(token: str, keys: Keys) -> Withdrawal:
    """A withdrawal whose signature holds.

    Raises:
        Problem: ``agreement-refused``.
    """
    return _read(token, keys, WITHDRAWAL, Withdrawal)


def read_request(token: str, keys: Keys) -> Request:
    """A request whose signature holds.

    Raises:
        Problem: ``agreement-refused``.
    """
    request = _read(token, keys, REQUEST, Request)
    if not _ID.fullmatch(request.id):
        raise Problem(REFUSED, field="id", reason="an id is up to 36 letters, digits and hyphens")
    return request


def read_decision(token: str, keys: Keys) -> Decision:
    """A decision whose signature holds and that belongs to the request it quotes.

    Raises:
        Problem: ``agreement-refused``.
    """
    decision = _read(token, keys, DECISION, Decision)
    quoted = quoted_request(decision)
    same = (decision.id, decision.provider, decision.consumer) == (quoted.id, quoted.provider, quoted.consumer)
    if not same:
        raise Problem(REFUSED, field="request", reason="the decision quotes another request")
    return decision


def quoted_request(decision: Decision) -> Request:
    """The request that a decision quotes, its signature not checked.

    Raises:
        Problem: ``agreement-refused``.
    """
    try:
        return msgspec.convert(jws.payload(decision.request), Request)
    except (jws.JWSError, msgspec.ValidationError) as error:
        raise Problem(REFUSED, field="request", reason=str(error)) from error


def _read(token: str, keys: Keys, typ: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(jws.verify(token, keys, typ=typ), kind)
    except (jws.JWSError, msgspec.ValidationError) as error:
        raise Problem(REFUSED, field="document", reason=str(error)) from error
