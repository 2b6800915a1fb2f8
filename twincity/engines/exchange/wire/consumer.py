"""The consumer's side: sign a request, send it to the provider's node, check the signed answer, keep the record."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

import orjson

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.wire import consents, metrics, records
from twincity.engines.exchange.wire.headers import Headers, as_bytes, as_text, identifier
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import clock, ids
from twincity.kernel.http.errors import TransportError
from twincity.kernel.http.reply import Response
from twincity.kernel.keys import b64url
from twincity.kernel.problems import Problem, define
from twincity.kernel.tc1 import message

UNREACHABLE = define(
    "provider-unreachable", 502, zh="联系不上 {member}: {reason}", en="{member} cannot be reached: {reason}"
)
UNPROVEN = define(
    "answer-unproven",
    502,
    zh="{member} 的应答未能验证: {reason}",
    en="The answer of {member} does not verify: {reason}",
)
SECONDS = 30.0
"""For which a provider is waited for at most."""
_PASSED = ("tc-priority", "tc-deadline", "tc-case", "tc-consent", "authorization")


@dataclass(slots=True)
class Outbound:
    """A call to be made."""

    provider: str
    service: str
    method: str
    path: str
    purpose: str
    query: str = ""
    body: bytes = b""
    media_type: str = ""
    system: str = ""
    extra: Headers = field(default_factory=dict)
    """``tc-priority``, ``tc-deadline``, ``tc-case``, ``tc-consent``; ``authorization`` where a token is wanted too."""
    base: str = ""
    """Where the provider's service is to be called, ending in ``/tc1/SERVICE``; empty for the node's own door."""
    id: str = field(default_factory=ids.new_id)

    @property
    def patience(self) -> float:
        """Seconds for which the provider is waited for: as long as the caller can use an answer."""
        deadline = self.extra.get("tc-deadline")
        return min(SECONDS, int(deadline) / 1000) if deadline else SECONDS


@dataclass(slots=True)
class Result:
    """A verified answer and where this node keeps its record."""

    id: str
    status: int
    media_type: str
    body: bytes
    provider_receipt: str
    index: int
    outcome: str


@dataclass(slots=True)
class Sent:
    """A signed request and what is needed to check and record its answer."""

    call: Outbound
    headers: Headers
    base: bytes
    signature: bytes
    kid: str
    started: float
    subject: str = ""

    @property
    def seconds(self) -> float:
        """Time since the call was made."""
        return time.perf_counter() - self.started

    def record(self, *, status: int, outcome: str, res: records.SignedPart | None, size: int) -> records.Record:
        """This side's record of the exchange."""
        call = self.call
        return records.Record(
            side="consumer",
            id=call.id,
            at=clock.millis(),
            peer=call.provider,
            service=call.service,
            method=call.method,
            path=call.path,
            purpose=call.purpose,
            outcome=outcome,
            status=status,
            req=records.part(self.base, self.signature, self.kid),
            res=res,
            system=call.system,
            case=call.extra.get("tc-case", ""),
            size=size,
            micros=int(self.seconds * 1e6),
            consent=call.extra.get("tc-consent", ""),
            subject=self.subject,
        )


async def call(runtime: Runtime, outbound: Outbound) -> Result:
    """Make a call and return its verified answer; a refusal by the provider is an answer too.

    Raises:
        Problem: ``unknown-member``, ``provider-unreachable`` or ``answer-unproven``; ``consent-withdrawn`` or
            ``consent-expired`` before anything is sent.
    """
    sent, url = await prepare(runtime, outbound)
    try:
        response = await runtime.client.request(
            outbound.method,
            url,
            as_bytes(sent.headers),
            outbound.body or None,
            timeout=outbound.patience,
            max_body=runtime.body_limit,
            idempotent=outbound.method == "GET",
        )
    except TransportError as error:
        await runtime.keep(lambda _: sent.record(status=0, outcome="unanswered", res=None, size=0))
        raise Problem(UNREACHABLE, member=outbound.provider, reason=type(error).__name__) from error
    return await settle(runtime, sent, response)


async def prepare(runtime: Runtime, outbound: Outbound) -> tuple[Sent, str]:
    """The signed request and the URL it goes to, if a consent it names still stands here.

    Raises:
        Problem: as :func:`sign`, or ``consent-withdrawn`` or ``consent-expired``.
    """
    name = identifier(outbound.extra, "tc-consent")
    subject = await consents.outgoing(runtime, name)
    sent, url = await sign(outbound)
    sent.subject = subject
    return sent, url


async def settle(runtime: Runtime, sent: Sent, response: Response) -> Result:
    """Verify a whole answer, keep the record of the exchange, and give the result.

    Raises:
        Problem: ``answer-unproven``.
    """
    headers = as_text(response.headers)
    try:
        part = await verify(sent, response.status, headers, response.body)
    except Problem:
        if "signature" in headers:  # a forged or spoilt answer is worth remembering
            await runtime.keep(lambda _: sent.record(status=response.status, outcome="unproven", res=None, size=0))
        raise
    outcome = outcome_of(response.status, response.body)
    index, _ = await runtime.keep(
        lambda _: sent.record(status=response.status, outcome=outcome, res=part, size=len(response.body))
    )
    metrics.call("consumer", sent.call.service, outcome, sent.seconds)
    return Result(
        id=sent.call.id,
        status=response.status,
        media_type=headers.get("content-type", ""),
        body=response.body,
        provider_receipt=headers.get("tc-receipt", ""),
        index=index,
        outcome=outcome,
    )


def outcome_of(status: int, body: bytes) -> str:
    """``ok``, or the code of the problem in the body."""
    if status < 400:
        return "ok"
    try:
        return str(orjson.loads(body)["code"])[:60]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"status-{status}"


async def sign(outbound: Outbound) -> tuple[Sent, str]:
    """The signed request and the URL it goes to.

    Raises:
        Problem: ``unknown-member`` or ``member-expired``.
    """
    started = time.perf_counter()
    now = clock.unix()
    member = circle.directory().member(outbound.provider, now)
    target = (outbound.base or f"{member.node.address}/tc1/{outbound.service}") + outbound.path
    if outbound.query:
        target += "?" + outbound.query
    headers = fields(outbound)
    signer = circle.signer()
    base, parameters = message.request_base(
        method=outbound.method, target=target, headers=headers, now=now, nonce=b64url(os.urandom(16)),
        key=signer.key.public,
    )  # fmt: skip
    signature = await signer.sign(base) if signer.batched else signer.key.sign(base)
    headers |= message.signature_headers(parameters, signature)
    return Sent(outbound, headers, base, signature, signer.kid, started), target


def fields(outbound: Outbound) -> Headers:
    """The fields of a request that its signature covers."""
    headers = {"content-digest": message.content_digest(outbound.body)}
    if outbound.media_type:
        headers["content-type"] = outbound.media_type
    headers |= {"tc-message-id": outbound.id, "tc-purpose": outbound.purpose}
    if outbound.system:
        headers["tc-system"] = outbound.system
    return headers | {name: outbound.extra[name] for name in _PASSED if name in outbound.extra}


async def verify(sent: Sent, status: int, headers: Headers, body: bytes | None) -> records.SignedPart:
    """The signed part of an answer that holds; ``body`` is None where its digest was checked before.

    Raises:
        Problem: ``answer-unproven``.
    """
    try:
        signed = message.read_response(status=status, headers=headers, request=sent.headers)
        record = await circle.signing_key(signed.kid, clock.unix())
        message.check_signature(signed, record.key)
        if body is not None:
            message.check_digest(headers["content-digest"], body)
    except Problem as problem:
        if "signature" not in headers:
            # Refused before the provider knew who asked: its reason is worth showing, but proves nothing.
            raise unsigned_refusal(status, body, sent.call.provider) from problem
        raise Problem(UNPROVEN, member=sent.call.provider, reason=problem.kind.code) from problem
    if record.member != sent.call.provider:
        raise Problem(UNPROVEN, member=sent.call.provider, reason=f"signed by {record.member}")
    receipt = headers.get("tc-receipt")
    if receipt is not None and not receipt.startswith(f'"{sent.call.provider}/exchange";index='):
        raise Problem(UNPROVEN, member=sent.call.provider, reason="the receipt names another log")
    return records.part(signed.base, signed.signature, signed.kid)


def unsigned_refusal(status: int, body: bytes | None, provider: str) -> Problem:
    """The problem for an answer without signature: the provider's own words when it sent a problem."""
    code = outcome_of(status, body or b"")
    try:
        wait = float(orjson.loads(body or b"").get("retry_after", 0)) or None
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        wait = None
    return Problem(UNPROVEN, member=provider, reason=f"{status} {code}", rule=code, retry_after=wait)
