"""Calls that come from outside the circle by another protocol: the same decision, handler and shaping as tc1.

Such a caller signs nothing that this node could check. A gateway that the operator trusts, known to the face, vouches
for its name. So only grants that name it let it in, and the record says who called, by whom it was brought, and the
digests of request and answer; it proves nothing against the caller.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from twincity.engines.exchange import rules
from twincity.engines.exchange.wire import handling, registry
from twincity.engines.exchange.wire.faces import refuse_personal
from twincity.engines.exchange.wire.headers import check_path
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, ids
from twincity.kernel.problems import NOT_FOUND, TOO_LARGE, Problem


@dataclass(slots=True)
class OutsideCall:
    """A call brought by a gateway; ``kind`` and ``client`` make its subject, as in ``xroad:A/B/C/D``."""

    kind: str
    client: str
    gateway: str
    service: str
    method: str
    path: str
    purpose: str
    query: str = ""
    body: bytes = b""
    reference: str = ""
    """The other protocol's own id of the call."""
    id: str = field(default_factory=ids.new_id)


async def answer(runtime: Runtime, call: OutsideCall) -> handling.Answer:
    """Decide, handle and record a call; a refusal is an answer too."""
    grant: rules.Grant | None = None
    try:
        check_path(call.path)
        service = _service(call.service)
        grant = _permit(runtime, call)
        endpoint, segments = service.find(call.method, call.path)
        refuse_personal(grant, endpoint)
        given = registry.arguments(endpoint, segments, call.query, call.body)
    except Problem as problem:
        made = handling.refused(problem)
    else:
        known = registry.Call(
            id=call.id, member=f"{call.kind}:{call.client}", system="", purpose=call.purpose, grant=grant,
            at=clock.unix(),
        )  # fmt: skip
        made = await _whole(runtime, await handling.handle(runtime, endpoint, known, given))
    await _keep(call, made, grant)
    return made


def _service(name: str) -> registry.Service:
    if name.startswith(registry.OPEN_TO_MEMBERS):
        raise Problem(NOT_FOUND, field="service", what=f"service {name}")
    return registry.find(name)


def _permit(runtime: Runtime, call: OutsideCall) -> rules.Grant:
    asked = rules.Request(
        member=call.client, service=call.service, method=call.method, path=call.path, purpose=call.purpose,
        now=clock.unix(), outside=f"{call.kind}:{call.client}",
    )  # fmt: skip
    grant = runtime.grants.decide(asked)
    runtime.spend(grant)
    return grant


async def _whole(runtime: Runtime, made: handling.Answer) -> handling.Answer:
    """A stream collected, since its signature at the end means nothing to the caller; bounded as other bodies are."""
    if made.stream is None:
        return made
    body = b""
    async for piece in made.stream:
        body += piece
        if len(body) > runtime.body_limit:
            return handling.refused(Problem(TOO_LARGE, field="body", limit=runtime.body_limit))
    return handling.Answer(made.status, body, made.media_type)


async def _keep(call: OutsideCall, made: handling.Answer, grant: rules.Grant | None) -> None:
    facts = {
        "client": call.client, "gateway": call.gateway, "service": call.service, "method": call.method,
        "path": call.path, "purpose": call.purpose, "reference": call.reference, "outcome": made.outcome,
        "status": made.status, "grant": grant.id if grant else "", "size": len(made.body),
        "request": hashlib.sha256(f"{call.query}\n".encode() + call.body).hexdigest(),
        "answer": hashlib.sha256(made.body).hexdigest(),
    }  # fmt: skip
    data = canonical.encode({"kind": call.kind, "id": call.id, "at": clock.millis(), "facts": facts})
    await ledger.exchange_log().append(lambda _: data)
