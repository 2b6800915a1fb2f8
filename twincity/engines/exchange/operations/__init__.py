"""What a steward does with the exchange: ask, decide, explain, simulate, call, prove."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, rules, services
from twincity.engines.exchange.agreement.terms import LAST, Terms
from twincity.engines.exchange.consent import documents as consents
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.verify import verify
from twincity.engines.exchange.services import negotiating
from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.runtime import current
from twincity.kernel import background, clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation
from twincity.kernel.problems import NOT_FOUND, Problem

SIMULATED_DAYS = 30


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """A request for data."""

    provider: str
    terms: Terms


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """A decision on an agreement; ``terms`` only to narrow what was asked for."""

    agreement: str
    state: Literal["active", "refused", "suspended", "ended"]
    by: str
    terms: Terms | None = None
    note: str = ""


class Counter(msgspec.Struct, forbid_unknown_fields=True):
    """Terms that the provider would agree to."""

    agreement: str
    terms: Terms
    by: str
    note: str = ""


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """The consumer's answer to an offer: without terms it accepts."""

    agreement: str
    terms: Terms | None = None


class Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    """The agreement of which the consumer wants no more."""

    agreement: str
    note: str = ""


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """Agreements in a state, all when empty."""

    state: str = ""


class Facts(msgspec.Struct, forbid_unknown_fields=True):
    """A call that was or might be made; ``at`` in seconds since 1970, 0 for now."""

    member: str
    service: str
    path: str
    purpose: str
    method: str = "GET"
    system: str = ""
    at: Annotated[int, msgspec.Meta(ge=0, le=LAST)] = 0
    consent: str = ""


class Draft(msgspec.Struct, forbid_unknown_fields=True):
    """Grants to put in the place of those in force, and for how many past days to try them."""

    grants: list[rules.Grant]
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = SIMULATED_DAYS


class CallOut(msgspec.Struct, forbid_unknown_fields=True):
    """A call in this node's own name."""

    provider: str
    service: str
    path: str
    purpose: str
    method: str = "GET"
    query: str = ""
    case: str = ""
    body: str = ""
    """JSON, for methods that take one."""
    consent: str = ""


class Propose(msgspec.Struct, forbid_unknown_fields=True):
    """A data agreement of this node, or the next revision of one."""

    name: str
    title: LocalText
    purpose: str
    why: LocalText
    service: str
    attributes: tuple[consents.Attribute, ...]
    recipients: tuple[str, ...]
    retention_days: int
    valid_days: int
    basis: consents.Basis = "consent"
    active: bool = True
    policy: str = ""


class Identified(msgspec.Struct, forbid_unknown_fields=True):
    """A person whom this node has identified: what its data call that person, and who vouches for it."""

    person: str
    by: str


class AskConsent(msgspec.Struct, forbid_unknown_fields=True):
    """A request that one person consent."""

    agreement: str
    fields: tuple[str, ...]
    days: int
    reason: LocalText
    by: str
    case: str = ""


class OneConsent(msgspec.Struct, forbid_unknown_fields=True):
    """The id of a consent, or of the request that led to it; one of the two."""

    consent: str = ""
    ask: str = ""


class Prove(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an exchange."""

    message: str


class Give(msgspec.Struct, forbid_unknown_fields=True):
    """Grants of this node's own making."""

    grants: list[rules.Grant]


@operation("exchange.ask")
def ask(given: Ask) -> dict[str, Any]:
    """Ask a provider for data under stated terms; the signed request is delivered until acknowledged."""
    return services.show(services.ask(provider=given.provider, terms=given.terms))


@operation("exchange.decide")
def decide(given: Decide) -> dict[str, Any]:
    """Activate, refuse, suspend, resume or end an agreement as its provider."""
    agreement = services.decide(
        agreement_id=given.agreement, state=given.state, by=given.by, terms=given.terms, note=given.note
    )
    return services.show(agreement)


@operation("exchange.counter")
def counter(given: Counter) -> dict[str, Any]:
    """Offer other terms than were asked for, as the provider; they come into force when the consumer signs them."""
    made = negotiating.counter(agreement_id=given.agreement, terms=given.terms, by=given.by, note=given.note)
    return services.show(made)


@operation("exchange.answer")
def answer(given: Answer) -> dict[str, Any]:
    """Accept the terms that were offered, as the consumer, or ask for the given ones instead."""
    return services.show(negotiating.answer(agreement_id=given.agreement, terms=given.terms))


@operation("exchange.withdraw-request")
def withdraw_request(given: Withdraw) -> dict[str, Any]:
    """Take a request back as its consumer, or end the agreement it has led to."""
    return services.show(negotiating.withdraw(agreement_id=given.agreement, note=given.note))


@operation("exchange.agreements")
def agreements(given: Chosen) -> list[dict[str, Any]]:
    """Agreements of this node, latest first."""
    return [services.show(agreement) for agreement in queries.agreements(state=given.state)[:500]]


@operation("exchange.grant")
def grant(given: Give) -> dict[str, Any]:
    """Add grants outside any agreement, such as open data for every member."""
    return {"grants": services.add_grants(given.grants)}


@operation("exchange.why")
def why(given: Facts) -> dict[str, Any]:
    """Explain, condition by condition, whether a call would be allowed."""
    index, request = current().grants, facts(given)
    steps = [*rules.explain(index, request), *services.explain_consent(index, request, given.consent)]
    return {
        "allowed": rules.allows(index, request) and all(step.holds for step in steps if step.condition == "consent"),
        "steps": [
            {"grant": step.grant, "condition": step.condition, "holds": step.holds, "zh-Hans": step.zh, "en": step.en}
            for step in steps
        ],
    }


@operation("exchange.explain")
def explain(given: Prove) -> dict[str, Any]:
    """Explain what became of a call: what the ledger holds of it, and attempts that were turned away unsigned."""
    services.index_records()
    row = queries.exchanges(message=given.message).filter(side="provider").first()
    turned = [each for each in current().turned if each.message == given.message]
    if row is None and not turned:
        raise Problem(NOT_FOUND, field="message", what=f"exchange {given.message}")
    return {
        "outcome": row.outcome if row else "",
        "recorded": row.index if row else None,
        "member": row.peer if row else "",
        "steps": why(_asked(row.peer, row))["steps"] if row and not row.service.startswith("tc.") else [],
        "turned_away": [
            {
                "outcome": each.problem.kind.code,
                "kid": each.kid,
                "zh-Hans": each.problem.text("zh-Hans"),
                "en": each.problem.text("en"),
            }
            for each in turned
        ],
    }


@operation("exchange.simulate")
def simulate(given: Draft) -> dict[str, Any]:
    """Replay the calls of the last days against draft grants: which would change sides."""
    services.index_records()
    draft = rules.GrantIndex([rules.check(each) for each in given.grants])
    since = clock.now() - timedelta(days=given.days)
    newly: dict[str, list[str]] = {"allowed": [], "refused": []}
    total = 0
    for row in queries.exchanges(since=since).filter(side="provider").iterator(chunk_size=2000):
        if row.service.startswith("tc."):
            continue
        total += 1
        was = row.outcome != rules.FORBIDDEN.code
        now = rules.allows(draft, _past(row.peer, row))
        if was != now:
            newly["allowed" if now else "refused"].append(row.message)
    return {"calls": total, "newly_allowed": newly["allowed"][:200], "newly_refused": newly["refused"][:200]} | {
        f"count_{name}": len(found) for name, found in newly.items()
    }


@operation("exchange.call")
def call(given: CallOut) -> dict[str, Any]:
    """Call another member's service in this node's own name; the answer, verified, and where it is recorded."""
    outbound = consumer.Outbound(
        provider=given.provider,
        service=given.service,
        method=given.method,
        path=given.path,
        purpose=given.purpose,
        query=given.query,
        extra={name: value for name, value in {"tc-case": given.case, "tc-consent": given.consent}.items() if value},
        body=given.body.encode(),
        media_type="application/json" if given.body else "",
    )
    result = background.wait(consumer.call(current(), outbound))
    return {
        "message": result.id,
        "status": result.status,
        "outcome": result.outcome,
        "body": result.body.decode("utf-8", "replace"),
        "provider_receipt": result.provider_receipt,
        "record": result.index,
    }


@operation("consent.propose")
def propose(given: Propose) -> dict[str, Any]:
    """Publish a data agreement, or the next revision of one, under which people may consent."""
    made = services.propose(consents.DataAgreement(iss="", iat=0, revision=0, **msgspec.structs.asdict(given)))
    return {"agreement": made.identifier, "revision": made.revision}


@operation("consent.agreements")
def data_agreements(_: Nothing) -> list[dict[str, Any]]:
    """Data agreements of all members in their present revision."""
    return [{"agreement": row.identifier, **row.body} for row in queries.data_agreements()]


@operation("consent.code")
def code(given: Identified) -> dict[str, Any]:
    """Make a code for a person this node has identified, with which they link their account at another node."""
    return {"code": services.issue_code(person_key=given.person, by=given.by)}


@operation("consent.ask")
def ask_consent(given: AskConsent) -> dict[str, Any]:
    """Make a request for consent; the person takes it up at their own node by its code."""
    made = services.ask_consent(
        agreement=given.agreement, fields=given.fields, days=given.days, reason=given.reason, case=given.case,
        by=given.by,
    )  # fmt: skip
    return {"code": made.code}


@operation("consent.show")
def show_consent(given: OneConsent) -> dict[str, Any]:
    """What this node knows of a consent: its state, and who has acknowledged it."""
    row = queries.consent(given.consent, ask=given.ask)
    if row is None:
        raise Problem(NOT_FOUND, field="consent", what=f"consent {given.consent or given.ask}")
    told = {each.peer: each.acknowledged for each in row.deliveries.all()}
    return {"consent": row.pk, "state": row.state, "case": row.case, "told": told, "document": row.token}


@operation("exchange.signer")
def signer(_: Nothing) -> dict[str, Any]:
    """The key this node signs its calls with now."""
    return {"kid": circle.signer().kid}


@operation("exchange.prove")
def prove(given: Prove) -> dict[str, Any]:
    """Collect the evidence bundle of an exchange; ``bundle`` is the file in base64."""
    found = services.collect(given.message)
    report = verify(found)
    checks = [
        {"name": check.name, "holds": check.holds, "zh-Hans": check.zh, "en": check.en} for check in report.checks
    ]
    return {"holds": report.holds, "checks": checks, "bundle": base64.b64encode(bundles.write(found)).decode()}


def facts(given: Facts) -> rules.Request:
    """The facts of a hypothetical call, completed from the directory."""
    named = msgspec.structs.asdict(given)
    del named["consent"]
    return queries.facts(**named)


def _past(peer: str, row: Any) -> rules.Request:
    return facts(_asked(peer, row))


def _asked(peer: str, row: Any) -> Facts:
    return Facts(
        member=peer,
        service=row.service,
        path=row.path,
        purpose=row.purpose,
        method=row.method,
        system=row.system,
        at=int(row.at.timestamp()),
        consent=row.consent,
    )
