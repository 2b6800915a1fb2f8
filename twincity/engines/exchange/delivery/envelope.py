"""A message in its envelope: a signed request that may wait, and the provider's signed word that it was taken.

Signed once, over raw bytes, when its sender hands it in; sent as often as needed, always the same bytes. The record of
it in both ledgers is that of any call, with the request's signature and the provider's over ``202``.
"""

from __future__ import annotations

import base64
import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.rules import LONGEST
from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.headers import Headers, identifier
from twincity.engines.exchange.wire.provider import Inbound
from twincity.engines.exchange.wire.records import SignedPart
from twincity.kernel import clock
from twincity.kernel.batches import sign_batch
from twincity.kernel.keys import b64url
from twincity.kernel.notes import NoteError, unb64
from twincity.kernel.problems import BAD_REQUEST, Problem, define
from twincity.kernel.tc1 import message

BODY_LIMIT = 256 * 1024
"""Bytes of one message's body; larger things travel as streams."""
LONGEST_PATH = 400
"""Characters of a path."""
NOT_HERE = define("not-addressed", 403, zh="此消息发往 {to}", en="This message is addressed to {to}")
NOT_SENDER = define("not-the-sender", 403, zh="此消息不是 {member} 签发的", en="This message is not signed by {member}")


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed request as it is stored and carried; ``body`` in base64."""

    method: str
    target: str
    headers: dict[str, str]
    body: str


class Ack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provider's word on one message.

    ``headers`` are those of a signed response; empty when the provider could not take the message now and says nothing
    that would count as evidence. ``body`` is a problem document in base64, or empty.
    """

    id: str
    status: int
    headers: dict[str, str]
    body: str = ""
    known: bool = False
    """It had been taken before."""


class Acks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a batch: one acknowledgement for each message, in its order."""

    acks: list[Ack]


@dataclass(slots=True)
class Sealed:
    """A message ready to be stored."""

    envelope: bytes
    lane: str
    number: int
    expires: int
    """Seconds since 1970."""


def seal(outbound: consumer.Outbound, *, lane: str, number: int, ttl: int) -> Sealed:
    """Sign a message that is to be delivered.

    Raises:
        Problem: ``unknown-member``, ``member-expired`` or ``bad-request``.
    """
    now = clock.unix()
    member = circle.directory().member(outbound.provider, now)
    target = f"{member.node.address}/tc1/{outbound.service}{outbound.path}"
    if outbound.query:
        target += "?" + outbound.query
    _place(target)
    headers = consumer.fields(outbound)
    headers |= {"tc-to": outbound.provider, "tc-lane": lane, "tc-number": str(number)}
    signer = circle.signer()
    base, parameters = message.request_base(
        method=outbound.method, target=target, headers=headers, now=now, nonce=b64url(os.urandom(16)),
        key=signer.key.public, life=ttl,
    )  # fmt: skip
    signature = sign_batch(signer.key, [base])[0] if signer.batched else signer.key.sign(base)
    headers |= message.signature_headers(parameters, signature)
    envelope = Envelope(outbound.method, target, headers, base64.b64encode(outbound.body).decode())
    return Sealed(msgspec.json.encode(envelope), lane, number, now + ttl)


def sent(envelope: Envelope, destination: str) -> consumer.Sent:
    """A stored message as the request that it is, to check its acknowledgement and make its record."""
    service, path, _ = _place(envelope.target)
    headers = envelope.headers
    signed = message.read_stored(method=envelope.method, target=envelope.target, headers=headers, now=_created(headers))
    outbound = consumer.Outbound(
        provider=destination, service=service, method=envelope.method, path=path, purpose=headers["tc-purpose"],
        system=headers.get("tc-system", ""), extra=headers, id=headers["tc-message-id"],
    )  # fmt: skip
    return consumer.Sent(outbound, headers, signed.base, signed.signature, signed.kid, time.perf_counter())


async def open_envelope(envelope: Envelope, *, sender: str, now: int) -> Inbound:
    """A message whose signature holds.

    Args:
        envelope: as it came.
        sender: the member that must have signed it.
        now: seconds since 1970.

    Raises:
        Problem: a refusal of the signature, ``not-addressed``, ``not-the-sender`` or ``bad-request``.
    """
    started, headers = time.perf_counter(), envelope.headers
    if any(name != name.lower() for name in headers):
        raise Problem(BAD_REQUEST, field="headers", reason="field names are in lower case")
    signed = message.read_stored(method=envelope.method, target=envelope.target, headers=headers, now=now)
    # A key may have come to the end of its term while the message waited; a revoked one never counts.
    key = await circle.signing_key(signed.kid, signed.created)
    body = body_of(envelope)
    message.check_digest(headers["content-digest"], body)
    message.check_signature(signed, key.key)
    if key.member != sender:
        raise Problem(NOT_SENDER, field="keyid", member=sender)
    if headers["tc-to"] != circle.member_id():
        raise Problem(NOT_HERE, field="tc-to", to=headers["tc-to"])
    for name in ("tc-message-id", "tc-system", "tc-case", "tc-purpose", "tc-lane"):
        identifier(headers, name)
    if not headers["tc-message-id"]:
        raise Problem(BAD_REQUEST, field="tc-message-id", reason="empty")
    service, path, query = _place(envelope.target)
    member = circle.directory().member(sender, now)
    return Inbound(headers, envelope.method, service, path, query, body, signed, member, started)


def body_of(envelope: Envelope) -> bytes:
    """The body's bytes.

    Raises:
        Problem: ``bad-request`` unless it is base64 in its one spelling, within its limit.
    """
    try:
        body = unb64(envelope.body)
    except NoteError as error:
        raise Problem(BAD_REQUEST, field="body", reason="not canonical base64") from error
    if len(body) > BODY_LIMIT:
        raise Problem(BAD_REQUEST, field="body", reason=f"more than {BODY_LIMIT} bytes")
    return body


def number_of(headers: Headers) -> int:
    """A message's place in its lane.

    Raises:
        Problem: ``bad-request``.
    """
    text = headers["tc-number"]
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < 2**62):
        raise Problem(BAD_REQUEST, field="tc-number", reason="a positive integer")
    return int(text)


def _place(target: str) -> tuple[str, str, str]:
    """Service, path and query of a target; the address of this node may have changed on the way."""
    parts = urlsplit(target)
    if not parts.path.startswith("/tc1/") or "#" in target:
        raise Problem(BAD_REQUEST, field="target", reason="a target lies under /tc1/")
    service, _, path = parts.path.removeprefix("/tc1/").partition("/")
    if len(service) > LONGEST or len(path) > LONGEST_PATH:
        raise Problem(BAD_REQUEST, field="target", reason="the name of the service or the path is too long")
    return service, "/" + path, parts.query


def _created(headers: Headers) -> int:
    return int(headers["signature-input"].rpartition(";created=")[2].partition(";")[0])


def ack_headers(part: SignedPart) -> Headers:
    """The fields of a signed answer, from the record that this side keeps of it."""
    pairs = (line.partition(": ") for line in part.base.split("\n"))
    values = {name.strip('"'): value for name, _, value in pairs if ";req" not in name}
    parameters = values.pop("@signature-params")
    values.pop("@status")
    return values | {"signature-input": f"tc1={parameters}", "signature": f"tc1=:{part.sig}:"}
