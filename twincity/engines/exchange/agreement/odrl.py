"""Terms as ODRL 2.2 and back: what an agreement says in the words of dataspaces (TC609: 数字合约, 使用控制).

Profile ``urn:twincity:odrl:1``; its left operands stand below that name, docs/dataspace.md lists them. A policy is
compiled once: whatever cannot be carried out as a grant is refused with the reason, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from twincity.engines.exchange import odrl
from twincity.engines.exchange.agreement.terms import LAST, Obligation, Terms
from twincity.engines.exchange.odrl.evaluation import instant
from twincity.engines.exchange.rules import RowFilter
from twincity.kernel import clock
from twincity.kernel.problems import Problem, define

PROFILE = "urn:twincity:odrl:1"
RECORD = f"{PROFILE}#record."
"""Followed by the name of a field: a condition on each row."""
UNCOMPILED = define(
    "policy-not-enforceable",
    422,
    zh="策略中的 {part} 无法执行: {reason}",
    en="{part} in the policy cannot be enforced: {reason}",
)
_ROWS = {"in": "isAnyOf", "prefix": "isPartOf", "min": "gteq", "max": "lteq"}
_OPS = {operator: op for op, operator in _ROWS.items()}
_USES = {"", "use", "read"}
_DUTIES = {"delete", "inform", "attribute"}


def permission(terms: Terms) -> dict[str, Any]:
    """The one permission of the terms, in the compact form of contract-schema.json."""
    rule: dict[str, Any] = {"action": "use", "constraint": list(_constraints(terms))}
    if terms.obligations:
        rule["duty"] = [_duty(each) for each in terms.obligations]
    return rule


def offer(terms: Terms, *, identifier: str, target: str = "") -> dict[str, Any]:
    """An offer; with a target as messages carry it, without as catalogues do."""
    aimed = {"target": target} if target else {}
    return {"@type": "Offer", "@id": identifier, "profile": PROFILE, **aimed, "permission": [permission(terms)]}


def agreement(terms: Terms, *, identifier: str, target: str, provider: str, consumer: str, at: int) -> dict[str, Any]:
    """An agreement between two parties, made at ``at`` (seconds since 1970)."""
    return {
        "@type": "Agreement",
        "@id": identifier,
        "profile": PROFILE,
        "target": target,
        "assigner": provider,
        "assignee": consumer,
        "timestamp": _time(at),
        "permission": [permission(terms)],
    }


def document(
    kind: Literal["Request", "Offer", "Agreement"], terms: Terms, *, identifier: str, provider: str, consumer: str
) -> dict[str, Any]:
    """ODRL 2.2 JSON-LD: conditions on rows refine the target, as the Information Model has it."""
    rule = permission(terms)
    refinements = [each for each in rule["constraint"] if each["leftOperand"].startswith(RECORD)]
    rule["constraint"] = [each for each in rule["constraint"] if each not in refinements]
    target: Any = f"urn:twincity:service:{provider}:{terms.service}"
    if refinements:
        target = {"@type": "AssetCollection", "source": target, "refinement": refinements}
    rule |= {"target": target, "assigner": provider, "assignee": consumer}
    reason = [
        {"@value": terms.reason.zh, "@language": "zh-Hans"},
        {"@value": terms.reason.en, "@language": "en"},
    ]
    return {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"dct": "http://purl.org/dc/terms/"}],
        "@type": kind,
        "uid": f"urn:uuid:{identifier}",
        "profile": PROFILE,
        "dct:description": reason,
        "permission": [rule],
    }


def terms_of(value: Any, base: Terms) -> Terms:
    """Terms that carry out a policy; what it does not speak of is as in ``base``, such as the offer it answers.

    Raises:
        Problem: ``policy-malformed``, or ``policy-not-enforceable`` naming the part.
    """
    policy = odrl.read(value)
    extra = [rule.kind for rule in policy.rules if rule.kind != "permission"]
    if extra or len(policy.rules) != 1:
        raise _uncompiled(extra[0] if extra else "permission", "exactly one permission and nothing else")
    rule = policy.rules[0]
    if rule.action not in _USES:
        raise _uncompiled(f"action {rule.action}", "only use and read")
    terms = replace(base, obligations=tuple(_obligation(each) for each in rule.duties) or base.obligations)
    rows: list[RowFilter] = []
    stated: Changes = {}
    for each in _flat((*rule.constraints, *rule.refinements)):
        if each.left.startswith(RECORD):
            rows.append(_row(each))
        else:
            stated |= _change(each, stated)
    return replace(terms, **stated, rows=tuple(rows) or base.rows)


def _constraints(terms: Terms) -> Iterator[dict[str, Any]]:
    yield _atom("purpose", "isA", terms.purpose)
    yield _atom("dateTime", "lt", _time(terms.not_after))
    if terms.not_before:
        yield _atom("dateTime", "gteq", _time(terms.not_before))
    yield _atom(f"{PROFILE}#method", "isAnyOf", list(terms.methods))
    yield _atom(f"{PROFILE}#path", "eq", terms.path)
    if terms.fields:
        yield _atom(f"{PROFILE}#field", "isAnyOf", list(terms.fields))
    if terms.rate:
        yield _atom(f"{PROFILE}#callsPerMinute", "lteq", str(terms.rate))
    if terms.system:
        yield _atom(f"{PROFILE}#system", "eq", terms.system)
    for row in terms.rows:
        yield _atom(RECORD + row.field, _ROWS[row.op], list(row.values))


def _atom(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _duty(obligation: Obligation) -> dict[str, Any]:
    due = [_atom("dateTime", "lteq", _time(obligation.by))] if obligation.by else []
    return {"action": obligation.action, **({"constraint": due} if due else {})}


def _time(seconds: int) -> str:
    return clock.instant(seconds * 1000).strftime("%Y-%m-%dT%H:%M:%SZ")


def _flat(constraints: tuple[odrl.Constraint | odrl.Logical, ...]) -> Iterator[odrl.Constraint]:
    for each in constraints:
        if isinstance(each, odrl.Constraint):
            yield each
        elif each.operator in {"and", "andSequence"}:
            yield from _flat(each.operands)
        else:
            raise _uncompiled(each.operator, "a grant has no alternatives; make one agreement for each")


def _row(constraint: odrl.Constraint) -> RowFilter:
    op = _OPS.get(constraint.operator, "in" if constraint.operator == "eq" else "")
    if not op:
        raise _uncompiled(f"{constraint.left} {constraint.operator}", "isAnyOf, isPartOf, gteq, lteq or eq")
    row = {"field": constraint.left.removeprefix(RECORD), "op": op, "values": _texts(constraint)}
    return msgspec.convert(row, RowFilter)


Changes = dict[str, Any]
_COMPILED: dict[tuple[str, str], Callable[[odrl.Constraint], Changes]] = {}


def _change(constraint: odrl.Constraint, stated: Changes) -> Changes:
    compiled = _COMPILED.get((constraint.left, constraint.operator))
    if compiled is None:
        raise _uncompiled(f"{constraint.left} {constraint.operator}", "no grant has such a condition")
    changes = compiled(constraint)
    if "not_after" in changes:  # several limits: the earliest counts
        changes["not_after"] = min(changes["not_after"], stated.get("not_after", LAST))
    if "not_before" in changes:
        changes["not_before"] = max(changes["not_before"], stated.get("not_before", 0))
    return changes


def _compiles(left: str, *operators: str) -> Callable[[Callable[..., Changes]], Callable[..., Changes]]:
    def register(function: Callable[..., Changes]) -> Callable[..., Changes]:
        _COMPILED.update(dict.fromkeys(((left, operator) for operator in operators), function))
        return function

    return register


@_compiles("purpose", "eq", "isA", "isPartOf", "isAnyOf")
def _purpose(constraint: odrl.Constraint) -> Changes:
    return {"purpose": _one(constraint)}


@_compiles("dateTime", "lt", "lteq")
def _until(constraint: odrl.Constraint) -> Changes:
    return {"not_after": _seconds(constraint) + (constraint.operator == "lteq")}


@_compiles("dateTime", "gt", "gteq")
def _since(constraint: odrl.Constraint) -> Changes:
    return {"not_before": _seconds(constraint) + (constraint.operator == "gt")}


@_compiles(f"{PROFILE}#method", "isAnyOf", "eq")
def _methods(constraint: odrl.Constraint) -> Changes:
    return {"methods": _texts(constraint)}


@_compiles(f"{PROFILE}#path", "eq")
def _path(constraint: odrl.Constraint) -> Changes:
    return {"path": _one(constraint)}


@_compiles(f"{PROFILE}#field", "isAnyOf", "eq")
def _fields(constraint: odrl.Constraint) -> Changes:
    return {"fields": _texts(constraint)}


@_compiles(f"{PROFILE}#callsPerMinute", "lteq", "eq")
def _rate(constraint: odrl.Constraint) -> Changes:
    text = _one(constraint)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise _uncompiled(constraint.left, "a whole number of calls")
    return {"rate": int(text)}


@_compiles(f"{PROFILE}#system", "eq")
def _system(constraint: odrl.Constraint) -> Changes:
    return {"system": _one(constraint)}


def _obligation(duty: odrl.Rule) -> Obligation:
    if duty.action not in _DUTIES:
        raise _uncompiled(f"duty {duty.action}", "delete, inform or attribute")
    by = 0
    for each in _flat(duty.constraints):
        if each.left != "dateTime" or each.operator not in {"lt", "lteq"}:
            raise _uncompiled(f"duty {duty.action} {each.left}", "only a day by which")
        by = _seconds(each)
    return msgspec.convert({"action": duty.action, "by": by}, Obligation)


def _seconds(constraint: odrl.Constraint) -> int:
    try:
        found: datetime = instant(_one(constraint))
        return max(0, int(found.timestamp()))
    except (ValueError, OverflowError) as error:
        raise _uncompiled(constraint.left, "an xsd:dateTime") from error


def _one(constraint: odrl.Constraint) -> str:
    texts = _texts(constraint)
    if len(texts) != 1:
        raise _uncompiled(constraint.left, "exactly one value")
    return texts[0]


def _texts(constraint: odrl.Constraint) -> tuple[str, ...]:
    right = constraint.right
    return tuple(str(each) for each in right) if isinstance(right, tuple) else (str(right),)


def _uncompiled(part: str, reason: str) -> Problem:
    return Problem(UNCOMPILED, field="policy", part=part[:200], reason=reason)
