"""The provider's side: what happens between a signed request and its signed answer.

Order of the steps: admission, form and time of the signature, key, body and digest, signature, replay, standing of the
circle, grant, rate, consent, handler, record on disk, answer. Up to the replay check a refusal is unsigned, because
nobody is known yet to be asking; from there on refusals are signed and recorded like any answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.consent.decision import Held
from twincity.engines.exchange.wire import consents, handling, metrics, records, registry
from twincity.engines.exchange.wire.admission import Place, admitted, kind_of
from twincity.engines.exchange.wire.answering import send_answer
from twincity.engines.exchange.wire.headers import Headers, as_text, check_path, identifier
from twincity.engines.exchange.wire.runtime import Runtime, Turned
from twincity.kernel import clock
from twincity.kernel.doors import Receive, Scope, Send
from twincity.kernel.http.asgi import read_body
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message
from twincity.kernel.tc1.errors import MALFORMED

BODY_SECONDS = 30.0


@dataclass(slots=True)
class Inbound:
    """A request whose signature holds."""

    headers: Headers
    method: str
    service: str
    path: str
    query: str
    body: bytes
    signed: message.Signed
    member: circle.Member
    started: float
    grant: rules.Grant | None = None
    stale: bool = False
    consent: str = ""
    subject: str = ""
    fields: tuple[str, ...] = ()

    def record(self, answer: handling.Answer, policy: str, **more: object) -> records.Record:
        """This side's record of the exchange."""
        return records.Record(
            side="provider",
            id=self.headers["tc-message-id"],
            at=clock.millis(),
            peer=self.member.id,
            service=self.service,
            method=self.method,
            path=self.path,
            purpose=self.headers["tc-purpose"],
            outcome=answer.outcome,
            status=answer.status,
            req=records.part(self.signed.base, self.signed.signature, self.signed.kid),
            system=self.headers.get("tc-system", ""),
            case=self.headers.get("tc-case", ""),
            grant=self.grant.id if self.grant else "",
            agreement=self.grant.agreement if self.grant else "",
            policy=policy,
            stale=self.stale,
            consent=self.consent,
            subject=self.subject,
            fields=self.fields,
            micros=int((time.perf_counter() - self.started) * 1e6),
            **more,  # type: ignore[arg-type]
        )


class Provider:
    """The door ``/tc1/SERVICE/PATH``."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        try:
            headers = as_text(scope["headers"])
            with admitted(self.runtime.gate, scope["client"][0], headers, kind_of(scope["path"])) as place:
                inbound = await self._authenticate(scope, receive, headers, place)
                answer = await self._answer(inbound, place)
                place.telling &= answer.stream is None
                await send_answer(self.runtime, inbound, answer, receive, send)
        except Problem as problem:
            metrics.call("provider", "", problem.kind.code, time.perf_counter() - started)
            self._turn_away(scope, problem)
            raise
        metrics.call("provider", inbound.service, answer.outcome, time.perf_counter() - started)

    def _turn_away(self, scope: Scope, problem: Problem) -> None:
        """Remember a refusal that leaves no record, cut to bounds: all of it is the stranger's word."""
        given = {name: value.decode("latin-1") for name, value in scope["headers"]}
        kid = given.get(b"signature-input", "").partition('keyid="')[2].partition('"')[0]
        self.runtime.turned.append(
            Turned(clock.unix(), given.get(b"tc-message-id", "")[:64], kid[:64], scope["path"][:200], problem)
        )

    async def _authenticate(self, scope: Scope, receive: Receive, headers: Headers, place: Place) -> Inbound:
        now, started = clock.unix(), time.perf_counter()
        query = scope["query_string"].decode("latin-1")
        raw = scope["raw_path"].decode("latin-1")
        target = f"{self.runtime.address}{raw}?{query}" if query else self.runtime.address + raw
        signed = message.read_request(method=scope["method"], target=target, headers=headers, now=now)
        key = await circle.signing_key(signed.kid, now)
        with place.waiting():
            body = await read_body(scope, receive, self.runtime.body_limit, BODY_SECONDS)
        message.check_digest(headers["content-digest"], body)
        message.check_signature(signed, key.key)
        self.runtime.replay.check(signed.kid, signed.nonce, now)
        for name in ("tc-message-id", "tc-system", "tc-case", "tc-purpose", "tc-consent"):
            identifier(headers, name)
        if not headers["tc-message-id"]:
            raise Problem(MALFORMED, field="tc-message-id", name="tc-message-id", reason="empty")
        service, _, path = self._called(raw).partition("/")
        return Inbound(
            headers=headers,
            method=scope["method"],
            service=service,
            path="/" + path,
            query=query,
            body=body,
            signed=signed,
            member=circle.directory().members[key.member],
            started=started,
        )

    def _called(self, raw: str) -> str:
        """``SERVICE/PATH`` in the path of a request; a door that stands elsewhere overrides it."""
        return raw.removeprefix("/tc1/")

    async def _answer(self, inbound: Inbound, place: Place) -> handling.Answer:
        now = clock.unix()
        try:
            endpoint, segments = self._find(inbound, now)
            held = await consents.admit(self.runtime, inbound, endpoint)
            person = held.person_key if held else ""
            given = registry.arguments(endpoint, segments, inbound.query, inbound.body, person=person)
            await consents.subject_of(self.runtime, inbound, endpoint, given)
        except Problem as problem:
            return handling.refused(problem)
        call = self._call(inbound, now, person)
        if held is not None:
            return await self._under(held, inbound, endpoint, call, given)
        if not endpoint.waits:
            return await handling.handle(self.runtime, endpoint, call, given)
        place.telling = False
        with place.waiting():
            return await handling.handle(self.runtime, endpoint, call, given)

    def examine(
        self, inbound: Inbound, now: int, *, spend: bool = True
    ) -> tuple[registry.Endpoint, registry.Call, list[Any]]:
        """What a message asks for, if it may: the endpoint, the call, and the handler's parameters.

        Args:
            inbound: gets its grant and the standing of the circle.
            now: seconds since 1970.
            spend: whether this counts against the grant's rate.

        Raises:
            Problem: why not. Nothing that needs a person's consent is taken as a message: the consent would have to
                stand when it takes effect, and the person's data would wait in queues until then.
        """
        endpoint, segments = self._find(inbound, now, spend=spend)
        consents.refuse_waiting(inbound, endpoint)
        given = registry.arguments(endpoint, segments, inbound.query, inbound.body)
        return endpoint, self._call(inbound, now), given

    def _find(self, inbound: Inbound, now: int, *, spend: bool = True) -> tuple[registry.Endpoint, dict[str, str]]:
        """The endpoint and the segments of its path, once standing, grant and rate allow the call."""
        check_path(inbound.path)
        service = registry.find(inbound.service)
        inbound.stale = circle.standing(inbound.member.id, service.service_class, now).stale
        inbound.grant = self._permit(inbound, now)
        if spend:
            self.runtime.spend(inbound.grant)
        return service.find(inbound.method, inbound.path)

    def _call(self, inbound: Inbound, now: int, person: str = "") -> registry.Call:
        return registry.Call(
            id=inbound.headers["tc-message-id"],
            member=inbound.member.id,
            system=inbound.headers.get("tc-system", ""),
            purpose=inbound.headers["tc-purpose"],
            grant=inbound.grant or rules.Grant(id="", subject="any", service=inbound.service),
            at=now,
            consent=inbound.consent,
            person=person,
        )

    async def _under(
        self, held: Held, inbound: Inbound, endpoint: registry.Endpoint, call: registry.Call, given: list[Any]
    ) -> handling.Answer:
        """The answer under a consent: only what is the person's, and only if the consent still stands."""

        def own(result: Any) -> Any:
            return consents.own(result, endpoint, held, inbound.fields)

        answer = await handling.handle(self.runtime, endpoint, call, given, own)
        try:
            await consents.confirm(self.runtime, inbound)
        except Problem as problem:
            return handling.refused(problem)
        if answer.stream is not None:
            answer.stream = consents.watched(self.runtime, inbound, answer.stream)
        return answer

    def _permit(self, inbound: Inbound, now: int) -> rules.Grant:
        if inbound.service.startswith(registry.OPEN_TO_MEMBERS):
            return rules.Grant(id="protocol", subject="any", service=inbound.service)
        member = inbound.member
        return self.runtime.grants.decide(
            rules.Request(
                member=member.id,
                service=inbound.service,
                method=inbound.method,
                path=inbound.path,
                purpose=inbound.headers["tc-purpose"],
                now=now,
                system=inbound.headers.get("tc-system", ""),
                division=member.node.division,
                marks=member.marks_at(now),
            )
        )
