"""What faces of other protocols need of the core: whose request it is, sending one, calls under one agreement.

Signatures, decisions and records are those of tc1.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.consent.errors import MISSING
from twincity.engines.exchange.wire import handling, records, registry
from twincity.engines.exchange.wire.headers import Headers, as_bytes, as_text, check_path, identifier
from twincity.engines.exchange.wire.provider import Inbound, Provider
from twincity.engines.exchange.wire.runtime import Runtime, current
from twincity.kernel import clock, ids
from twincity.kernel.doors import Scope
from twincity.kernel.http.reply import Response
from twincity.kernel.keys import b64url
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message
from twincity.kernel.tc1.errors import MALFORMED

UNSIGNED = records.SignedPart("", "", "")
"""Stands in the record of a request that carried no signature."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a request; ``part`` is what was signed, for the record."""

    member: str
    message: str
    part: records.SignedPart = UNSIGNED


@dataclass(slots=True)
class Letter:
    """A message of another protocol, on its way to or from a peer."""

    protocol: str
    """Name of the protocol in the records, such as ``tc.dsp``; ``tc.`` keeps it out of the list of calls."""
    peer: str
    method: str
    url: str
    body: bytes = b""
    purpose: str = "protocol"
    id: str = field(default_factory=ids.new_id)
    headers: Headers = field(default_factory=dict)
    """Further headers, such as the authorization that a peer outside the circle wants."""


async def sender_of(scope: Scope, body: bytes) -> Sender:
    """The member whose tc1 signature a request carries, checked as at the door of tc1.

    Raises:
        Problem: what is wrong with the signature, its key, the digest or the message's age.
    """
    runtime, now = current(), clock.unix()
    headers = as_text(scope["headers"])
    raw, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    target = f"{runtime.address}{raw}?{query}" if query else runtime.address + raw
    signed = message.read_request(method=scope["method"], target=target, headers=headers, now=now)
    key = await circle.signing_key(signed.kid, now)
    message.check_digest(headers["content-digest"], body)
    message.check_signature(signed, key.key)
    runtime.replay.check(signed.kid, signed.nonce, now)
    name = identifier(headers, "tc-message-id")
    if not name:
        raise Problem(MALFORMED, field="tc-message-id", name="tc-message-id", reason="empty")
    circle.standing(key.member, "normal", now)
    return Sender(key.member, name, records.part(signed.base, signed.signature, signed.kid))


async def post(letter: Letter, *, signed: bool = True, timeout: float = 10.0) -> Response:  # noqa: ASYNC109  as the client's
    """Send a message, signed by this member unless the peer is outside the circle, and record that it was sent.

    Raises:
        TransportError: when the peer cannot be reached.
    """
    runtime, started = current(), time.perf_counter()
    headers: Headers = dict(letter.headers)
    if letter.body:
        headers["content-type"] = "application/json"
    part = await _sign(letter, headers) if signed else UNSIGNED
    response = await runtime.client.request(
        letter.method, letter.url, as_bytes(headers), letter.body or None, timeout=timeout,
        max_body=runtime.body_limit, idempotent=True,
    )  # fmt: skip
    await keep(letter, "consumer", part, response.status, started)
    return response


async def keep(letter: Letter, side: records.Side, part: records.SignedPart, status: int, started: float) -> None:
    """Record in this node's ledger that a message was sent or received, with what its author signed."""
    record = records.Record(
        side=side,
        id=letter.id,
        at=clock.millis(),
        peer=letter.peer,
        service=letter.protocol,
        method=letter.method,
        path=letter.url.partition("://")[2].partition("/")[2][:500] if "://" in letter.url else letter.url[:500],
        purpose=letter.purpose,
        outcome="ok" if status < 400 else f"status-{status}",
        status=status,
        req=part,
        size=len(letter.body),
        micros=int((time.perf_counter() - started) * 1e6),
    )
    await current().keep(lambda _: record)


async def _sign(letter: Letter, headers: Headers) -> records.SignedPart:
    headers["content-digest"] = message.content_digest(letter.body)
    headers |= {"tc-message-id": letter.id, "tc-purpose": letter.purpose}
    signer = circle.signer()
    base, parameters = message.request_base(
        method=letter.method, target=letter.url, headers=headers, now=clock.unix(), nonce=b64url(os.urandom(16)),
        key=signer.key.public,
    )  # fmt: skip
    signature = await signer.sign(base) if signer.batched else signer.key.sign(base)
    headers |= message.signature_headers(parameters, signature)
    return records.part(base, signature, signer.kid)


class AgreedDoor(Provider):
    """A door for calls under one agreement: as tc1, but no other grant than that agreement's may allow the call.

    The path of a request ends in ``/tc1/SERVICE/PATH``, so that its evidence is verified like that of any call.
    """

    def __init__(self, runtime: Runtime, *, agreement: str, consumer: str) -> None:
        super().__init__(runtime)
        self.agreement = agreement
        self.consumer = consumer

    def _called(self, raw: str) -> str:
        return raw.partition("/tc1/")[2]

    def _permit(self, inbound: Inbound, now: int) -> rules.Grant:
        return under(self.runtime, _request(inbound, self.consumer, now), self.agreement)


def _request(inbound: Inbound, consumer: str, now: int) -> rules.Request:
    member = inbound.member
    return rules.Request(
        member=member.id if member.id == consumer else "",  # a stolen token is of no use to another member
        service=inbound.service,
        method=inbound.method,
        path=inbound.path,
        purpose=inbound.headers["tc-purpose"],
        now=now,
        system=inbound.headers.get("tc-system", ""),
        division=member.node.division,
        marks=member.marks_at(now),
    )


def under(runtime: Runtime, request: rules.Request, agreement: str) -> rules.Grant:
    """The grant of one agreement that allows a call, unless another grant denies it.

    Raises:
        Problem: ``grant-missing``.
    """
    named = [
        each for each in runtime.grants.candidates(request) if each.effect == "deny" or each.agreement == agreement
    ]
    return rules.GrantIndex(named).decide(request)


async def serve(*, consumer: str, agreement: str, service: str, path: str, query: str, purpose: str) -> handling.Answer:
    """Answer a reading call of a party outside the circle under its agreement, and record it unsigned.

    A refusal is an answer too.
    """
    runtime, now, started = current(), clock.unix(), time.perf_counter()
    call_id, grant = ids.new_id(), None
    try:
        check_path(path)
        request = rules.Request(member=consumer, service=service, method="GET", path=path, purpose=purpose, now=now)
        grant = under(runtime, request, agreement)
        runtime.spend(grant)
        endpoint, segments = registry.find(service).find("GET", path)
        refuse_personal(grant, endpoint)
        given = registry.arguments(endpoint, segments, query, b"")
        call = registry.Call(id=call_id, member=consumer, system="", purpose=purpose, grant=grant, at=now)
        answer = await handling.handle(runtime, endpoint, call, given)
    except Problem as problem:
        answer = handling.refused(problem)
    record = records.Record(
        side="provider", id=call_id, at=clock.millis(), peer=consumer, service=service, method="GET", path=path,
        purpose=purpose, outcome=answer.outcome, status=answer.status, req=UNSIGNED, grant=grant.id if grant else "",
        agreement=agreement, policy=runtime.grants.version, size=len(answer.body),
        micros=int((time.perf_counter() - started) * 1e6),
    )  # fmt: skip
    await runtime.keep(lambda _: record)
    return answer


def refuse_personal(grant: rules.Grant, endpoint: registry.Endpoint) -> None:
    """Nobody outside the circle could be told that a consent was withdrawn."""
    if grant.consent or endpoint.subject:
        raise Problem(MISSING, field="tc-consent", reason=endpoint.path)
