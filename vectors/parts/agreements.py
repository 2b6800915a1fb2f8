"""Agreement documents, the grant they become, which terms are narrower, which purposes and paths are covered."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms, compile_grant
from vectors.parts.documents import DAY, DJ, NOW, SC
from vectors.parts.keys import key

ID = "019b76da-a800-7000-8000-0000000000a1"
_TERMS = {
    "service": "divisions",
    "purpose": "planning.mingyueshan",
    "reason": {"zh-Hans": "明月山绿色发展示范带规划", "en": "planning of the Mingyueshan belt"},
    "not_before": NOW,
    "not_after": NOW + 180 * DAY,
    "path": "/units/{code}/towns",
    "fields": ["code", "name", "level"],
    "rows": [{"field": "code", "op": "prefix", "values": ["5116", "5117"]}],
    "rate": 600,
    "system": "gis",
}


def terms(**changed: Any) -> Terms:
    """What Dianjiang asks Sichuan for, with the given changes."""
    return msgspec.convert(_TERMS | changed, Terms)


def asked() -> str:
    """The signed request."""
    return docs.sign(docs.Request(ID, SC, DJ, NOW, terms()), key("dj.tc1"))


def decided(state: docs.State = "active", **changed: Any) -> str:
    """The signed decision that quotes it."""
    decision = docs.Decision(ID, SC, DJ, NOW + DAY, state, asked(), terms(**changed))
    return docs.sign(decision, key("sc.tc1"))


def build() -> dict[str, Any]:
    """Contents of ``agreements.json``."""
    narrowed = {"rows": [{"field": "code", "op": "in", "values": ["511623", "511724"]}], "fields": ["code", "name"]}
    grant = compile_grant(terms(**narrowed), agreement=ID, consumer=DJ)
    return {
        "request": asked(),
        "decision": decided(**narrowed),
        "negotiation": _negotiation(),
        "grant": msgspec.to_builtins(grant),
        "terms": _TERMS,
        "narrowing": [
            {"name": name, "changed": changed, "expect": expect} for name, expect, changed in _narrowing(narrowed)
        ],
        "purposes": _purposes(),
        "paths": _paths(),
    }


def _negotiation() -> list[dict[str, Any]]:
    """Request, offer of wider terms, the answer that accepts it, the decision, and the withdrawal that ends it."""
    more = terms(rate=6000)
    offer = docs.sign(docs.Offer(ID, SC, DJ, NOW + 1, more, docs.digest(asked())), key("sc.tc1"))
    answer = docs.sign(docs.Request(ID, SC, DJ, NOW + 2, more, docs.digest(offer)), key("dj.tc1"))
    decision = docs.sign(docs.Decision(ID, SC, DJ, NOW + 3, "active", answer, more), key("sc.tc1"))
    ending = docs.sign(docs.Withdrawal(ID, SC, DJ, NOW + 4, docs.digest(decision)), key("dj.tc1"))
    chain = [asked(), offer, answer, decision, ending]
    states = ["requested", "offered", "requested", "active", "ended"]
    return [
        {"document": token, "state": state, "digest": docs.digest(token)}
        for token, state in zip(chain, states, strict=True)
    ]


def _narrowing(narrowed: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    wide = [{"field": "code", "op": "prefix", "values": ["51"]}]
    return [
        ("as asked", "ok", {}),
        ("fewer rows and fields", "ok", narrowed),
        ("narrower purpose", "ok", {"purpose": "planning.mingyueshan.transport"}),
        ("another service", "service", {"service": "persons"}),
        ("wider purpose", "purpose", {"purpose": "planning"}),
        ("a method more", "methods", {"methods": ["GET", "POST"]}),
        ("another path", "path", {"path": "/*"}),
        ("a field more", "fields", {"fields": ["code", "population"]}),
        ("all fields", "fields", {"fields": []}),
        ("wider rows", "rows", {"rows": wide}),
        ("all rows", "rows", {"rows": []}),
        ("higher rate", "rate", {"rate": 601}),
        ("no rate", "rate", {"rate": 0}),
        ("longer", "not_after", {"not_after": NOW + 181 * DAY}),
        ("earlier", "not_before", {"not_before": NOW - 1}),
        ("every system", "system", {"system": ""}),
    ]


def _purposes() -> list[dict[str, Any]]:
    given = [
        (["planning"], "planning", True),
        (["planning"], "planning.transport", True),
        (["planning.transport"], "planning", False),
        (["planning"], "planning-else", False),
        (["*"], "anything", True),
        ([], "planning", False),
    ]
    return [{"granted": granted, "purpose": purpose, "covered": covered} for granted, purpose, covered in given]


def _paths() -> list[dict[str, Any]]:
    given = [
        ("/units/{code}/towns", "/units/511623/towns", True),
        ("/units/{code}/towns", "/units/511623", False),
        ("/units/{code}/towns", "/units//towns", False),
        ("/units/{code}/towns", "/units/../towns", False),
        ("/units/{code}/towns", "/units/a/b/towns", False),
        ("/units/*", "/units/511623/towns", True),
        ("/units/*", "/units", True),
        ("/units/*", "/unitsx", False),
        ("/*", "/", True),
        ("/*", "/anything/below", True),
        ("/", "/", True),
        ("/units", "/units/", False),
    ]
    return [{"template": template, "path": path, "fits": fits} for template, path, fits in given]
