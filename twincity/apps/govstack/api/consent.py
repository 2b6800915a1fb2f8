"""The Consent building block: data agreements and policies for anybody, records for systems with a token.

What is published to all members anyway, data agreements and their policies, is read without a token. Whatever is about
a person needs the bearer token of a local system that may act for the purpose ``consent``; such a system answers for
having the person's will. Errors are 400, as the specification knows no other, with a problem document.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from twincity.apps.govstack.api import shapes
from twincity.engines.exchange import facade as exchange
from twincity.engines.identity import facade as identity
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import header, query, read_body, send_response
from twincity.kernel.openapi import Described, Method, describe
from twincity.kernel.problems import (
    BAD_REQUEST,
    FORBIDDEN,
    INVALID,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    SIGN_IN,
    Problem,
    define,
)

PURPOSE = "consent"
LIMIT = 64 * 1024
MOST = 200
JSON = [(b"content-type", b"application/json")]
ELSEWHERE = define(
    "not-by-this-interface",
    400,
    zh="此接口无法表达{what}, 请在门户中办理",
    en="This interface cannot express {what}; use the portal",
)
PARAMETERS = ("individualId", "dataAgreementId", "revisionId", "offset", "limit")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request taken apart: segments of the path and query by name, and the body."""

    given: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    def page(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The part of a list that was asked for.

        Raises:
            Problem: ``invalid``.
        """
        numbers = []
        for name, usual in (("offset", "0"), ("limit", str(MOST))):
            text = self.given.get(name, usual)
            if not (text.isascii() and text.isdigit() and int(text) < 2**31):
                raise Problem(INVALID, field=name, name=name, reason=text[:20])
            numbers.append(int(text))
        offset, limit = numbers
        return found[offset : offset + min(limit, MOST)]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the specification."""

    method: str
    pattern: re.Pattern[str]
    work: Callable[[Asked], dict[str, Any]]
    open: bool


ROUTES: list[Route] = []
Work = Callable[[Asked], dict[str, Any]]


def route(method: str, *templates: str, public: bool = False) -> Callable[[Work], Work]:
    """Register what answers for a method and some paths below ``/govstack/consent/``."""

    def register(work: Work) -> Work:
        for template in templates:
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "/?")
            ROUTES.append(Route(method, pattern, work, public))
            summary = (work.__doc__ or template).strip().split("\n")[0]
            body = dict[str, Any] if method in {"POST", "PUT"} else None
            describe(
                Described(
                    cast("Method", method), f"/govstack/consent/{template}", summary, body=body,
                    result=dict[str, Any], security="" if public else "system", tag="govstack",
                )
            )  # fmt: skip
        return work

    return register


@door("/govstack/consent/", "GovStack Consent building block, API 1.1: agreements, individuals, records, audit")
async def consent(scope: Scope, receive: Receive, send: Send) -> None:
    """Find the operation, check the token, answer from a thread."""
    try:
        found, segments = _find(scope["method"], scope["twincity.rest"])
        if not found.open:
            await asyncio.to_thread(_authorise, header(scope, b"authorization") or b"")
        raw = await read_body(scope, receive, LIMIT, 15.0)
        asked = Asked(query(scope, PARAMETERS) | segments, _json(raw))
        answer = await asyncio.to_thread(found.work, asked)
    except Problem as problem:
        status = problem.kind.status if problem.kind in {SIGN_IN, FORBIDDEN, METHOD_NOT_ALLOWED} else 400
        await send_response(send, status, [(b"content-type", b"application/problem+json")], problem.body())
        return
    await send_response(send, 200, JSON, orjson.dumps(answer))


def _find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    fitting = [(each, found) for each in ROUTES if (found := each.pattern.fullmatch(path))]
    for each, found in fitting:
        if each.method == method:
            return each, found.groupdict()
    if fitting:
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=method)
    raise Problem(NOT_FOUND, field="path", what=path[:200])


def _authorise(value: bytes) -> None:
    scheme, _, token = value.decode("latin-1").partition(" ")
    digest = hashlib.sha256(token.encode()).digest()
    system = next((each for each in identity.systems() if each.token_sha256 == digest), None)
    if scheme.lower() != "bearer" or system is None:
        raise Problem(SIGN_IN, field="authorization")
    if PURPOSE not in system.purposes:
        raise Problem(FORBIDDEN, field="authorization", what=f"{system.name} for {PURPOSE}")


def _json(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem(BAD_REQUEST, field="body", reason=str(error)) from error
    if not isinstance(found, dict):
        raise Problem(BAD_REQUEST, field="body", reason="a JSON object is expected")
    return found


def _proposal(asked: Asked, name: str) -> exchange.ProposalView:
    revision = asked.given.get("revisionId", "0")
    if not revision.isascii() or not revision.isdigit():
        raise Problem(INVALID, field="revisionId", name="revisionId", reason=revision[:20])
    found = exchange.own_data_agreement(name=asked.given.get(name, ""), revision=int(revision[:9]))
    if found is None:
        raise Problem(NOT_FOUND, field=name, what=asked.given.get(name, "")[:100])
    return found


def _proposals() -> list[exchange.ProposalView]:
    return exchange.own_data_agreements()


@route("GET", "config/policy/{policyId}", "service/policy/{policyId}", public=True)
def policy(asked: Asked) -> dict[str, Any]:
    """A policy in its present or a given revision."""
    found = _proposal(asked, "policyId")
    return {"policy": shapes.policy(found), "revision": shapes.revision(found, "Policy")}


@route("GET", "config/policy/{policyId}/revisions", public=True)
def policy_revisions(asked: Asked) -> dict[str, Any]:
    """A policy and all its revisions, latest first."""
    found = _proposal(asked, "policyId")
    all_of = exchange.revisions_of(name=found.agreement.name)
    return {
        "policy": shapes.policy(found),
        "revisions": asked.page([shapes.revision(each, "Policy") for each in all_of]),
    }


@route("GET", "config/policies", public=True)
def policies(asked: Asked) -> dict[str, Any]:
    """All policies in force."""
    return {"policies": asked.page([shapes.policy(each) for each in _proposals()])}


@route("GET", "config/data-agreement/{dataAgreementId}", "service/data-agreement/{dataAgreementId}", public=True)
def agreement(asked: Asked) -> dict[str, Any]:
    """A data agreement in its present or a given revision."""
    found = _proposal(asked, "dataAgreementId")
    return {"dataAgreement": shapes.agreement(found), "revision": shapes.revision(found, "DataAgreement")}


@route("GET", "config/data-agreements", public=True)
def agreements(asked: Asked) -> dict[str, Any]:
    """All data agreements in force."""
    return {"dataAgreement": asked.page([shapes.agreement(each) for each in _proposals()])}


@route("GET", "service/verification/data-agreements", "audit/data-agreements")
def agreements_known(asked: Asked) -> dict[str, Any]:
    """The same for services that verify, and for auditors."""
    return {"dataAgreements": asked.page([shapes.agreement(each) for each in _proposals()])}


@route("GET", "audit/data-agreement/{dataAgreementId}")
def agreement_audited(asked: Asked) -> dict[str, Any]:
    """One data agreement for an auditor."""
    return {"dataAgreement": shapes.agreement(_proposal(asked, "dataAgreementId"))}


@route("POST", "config/individual", "service/individual")
def individual_create(asked: Asked) -> dict[str, Any]:
    """Make a person known; ``externalId`` is the absolute URI by which the system knows the person."""
    given = asked.body.get("individual") or {}
    if not isinstance(given, dict) or not isinstance(given.get("externalId"), str):
        raise Problem(INVALID, field="individual.externalId", name="externalId", reason="an absolute URI")
    made = identity.register_party(identifier=given["externalId"], kind="person", title="")
    return {"individual": _individual(made)}


@route("GET", "config/individual/{individualId}", "service/individual/{individualId}")
def individual(asked: Asked) -> dict[str, Any]:
    """A person by id."""
    found = identity.party(identifier=asked.given["individualId"])
    if found is None or found.kind != "person":
        raise Problem(NOT_FOUND, field="individualId", what=asked.given["individualId"][:100])
    return {"individual": _individual(found)}


@route("GET", "config/individuals", "service/individuals")
def individuals(asked: Asked) -> dict[str, Any]:
    """All persons, by id alone."""
    return {"individuals": asked.page([_individual(each) for each in identity.persons()])}


def _individual(found: identity.PartyRecord) -> dict[str, Any]:
    return {"id": found.identifier, "externalId": found.identifier, "externalIdType": "uri", "identityProviderId": ""}


@route("POST", "service/individual/record/data-agreement/{dataAgreementId}")
def record_create(asked: Asked) -> dict[str, Any]:
    """Consent of a person under a data agreement, to all it names, for as long as it allows."""
    found = _proposal(asked, "dataAgreementId").agreement
    made = exchange.give_consent(
        person=_person(asked),
        agreement=found.identifier,
        fields=found.fields,
        recipients=found.recipients,
        days=found.valid_days,
    )
    return {"consentRecord": shapes.record(made), "revision": shapes.record_revision(made)}


@route("POST", "service/individual/record/consent-record/draft")
def record_draft(asked: Asked) -> dict[str, Any]:
    """What a consent would say; nothing is kept."""
    found = _proposal(asked, "dataAgreementId")
    draft = {
        "dataAgreement": {"id": found.agreement.name},
        "dataAgreementRevision": {"id": str(found.agreement.revision)},
        "dataAgreementRevisionHash": shapes.revision(found, "DataAgreement")["serializedHash"],
        "individual": {"id": _person(asked)},
        "optIn": True,
        "state": "unsigned",
    }
    return {"consentRecord": draft, "signature": {"verificationMethod": "JWS EdDSA (RFC 7515)"}}


@route("GET", "service/individual/record/consent-record")
def records(asked: Asked) -> dict[str, Any]:
    """A person's consent records."""
    return {"consentRecords": asked.page([shapes.record(each) for each in exchange.consents_of(person=_person(asked))])}


@route("GET", "service/individual/record/data-agreement/{dataAgreementId}/all")
def records_under(asked: Asked) -> dict[str, Any]:
    """A person's consent records under one data agreement, latest first."""
    return {"consentRecords": asked.page([shapes.record(each) for each in _under(asked)])}


@route("GET", "service/individual/record/data-agreement/{dataAgreementId}")
def record_under(asked: Asked) -> dict[str, Any]:
    """A person's latest consent record under one data agreement."""
    found = _under(asked)
    if not found:
        raise Problem(NOT_FOUND, field="dataAgreementId", what="consent record")
    return {"consentRecord": shapes.record(found[0])}


@route("PUT", "service/individual/record/consent-record/{consentRecordId}")
def record_update(asked: Asked) -> dict[str, Any]:
    """Withdraw a consent: ``optIn`` false. A withdrawn consent is not given again; a new record is."""
    given = asked.body.get("consentRecord") or {}
    if not isinstance(given, dict) or given.get("optIn") is not False:
        raise Problem(ELSEWHERE, field="consentRecord.optIn", what="a change other than a withdrawal")
    found = _record(asked)
    made = exchange.withdraw_consent(person=found.person, consent=found.document.id)
    return {"consentRecord": shapes.record(made), "revision": shapes.record_revision(made)}


@route("DELETE", "service/individual/record")
def records_delete(asked: Asked) -> dict[str, Any]:
    """Withdraw all consents of a person; their records stay, as proof of the past."""
    person = _person(asked)
    for each in exchange.consents_of(person=person):
        if each.document.state == "given":
            exchange.withdraw_consent(person=person, consent=each.document.id)
    return {}


@route("GET", "service/verification/consent-records", "audit/consent-records")
def records_known(asked: Asked) -> dict[str, Any]:
    """All consents this node keeps in any part."""
    return {"consentRecords": asked.page([shapes.record(each) for each in exchange.consents_known(limit=1000)])}


@route("GET", "service/verification/consent-record/{consentRecordId}")
def record_verified(asked: Asked) -> dict[str, Any]:
    """One consent with its signed document."""
    found = _record(asked)
    return {"consentRecord": shapes.record(found), "revision": shapes.record_revision(found)}


@route("GET", "audit/consent-record/{consentRecordId}")
def record_audited(asked: Asked) -> dict[str, Any]:
    """One consent for an auditor."""
    return {"consentRecord": shapes.record(_record(asked))}


@route("POST", "config/policy", "config/data-agreement", "config/webhook")
@route("PUT", "config/policy/{id}", "config/data-agreement/{id}", "config/webhook/{id}", "service/individual/{id}")
@route("DELETE", "config/policy/{id}", "config/data-agreement/{id}", "config/webhook/{id}")
@route("GET", "config/webhook/{id}", "config/webhooks")
@route("POST", "service/individual/record/consent-record")
@route("POST", "service/individual/record/consent-record/{id}/signature")
@route("PUT", "service/individual/record/consent-record/{id}/signature")
def elsewhere(asked: Asked) -> dict[str, Any]:
    """What the specification's shapes cannot say: a data agreement here names fields, recipients and a service."""
    raise Problem(ELSEWHERE, field=next(iter(asked.body), ""), what=next(iter(asked.body), "this"))


def _person(asked: Asked) -> str:
    found = identity.party(identifier=asked.given.get("individualId", ""))
    if found is None or found.kind != "person":
        raise Problem(NOT_FOUND, field="individualId", what=asked.given.get("individualId", "")[:100])
    return found.identifier


def _under(asked: Asked) -> list[exchange.ConsentView]:
    identifier = _proposal(asked, "dataAgreementId").agreement.identifier
    return [each for each in exchange.consents_of(person=_person(asked)) if each.document.agreement == identifier]


def _record(asked: Asked) -> exchange.ConsentView:
    found = exchange.consent_known(consent=asked.given["consentRecordId"])
    if found is None:
        raise Problem(NOT_FOUND, field="consentRecordId", what=asked.given["consentRecordId"][:100])
    return found
