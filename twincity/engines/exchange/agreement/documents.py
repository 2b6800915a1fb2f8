"""The two signed documents of an agreement: the consumer's request, the provider's decision that quotes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from twincity.engines.exchange.agreement.terms import Terms
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey, PublicKey
from twincity.kernel.problems import Problem, define

REQUEST = "tc-agreement-request+jwt"
DECISION = "tc-agreement-decision+jwt"
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


def sign(document: Request | Decision, key: PrivateKey) -> str:
    """The document as a compact JWS."""
    typ = REQUEST if isinstance(document, Request) else DECISION
    payload: dict[str, Any] = msgspec.to_builtins(document)
    if not document.terms.consent:  # so that terms without it read as they always have
        del payload["terms"]["consent"]
    return jws.sign(payload, key, typ=typ)


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
