"""Policies in the compact JSON of the Dataspace Protocol (contract-schema.json) and in plain ODRL JSON-LD.

Nothing is fetched and no context is processed: names are read as the published contexts write them. Everything is
bounded, since policies come from strangers.
"""

from __future__ import annotations

from typing import Any

from twincity.engines.exchange.odrl.model import AnyConstraint, Constraint, Kind, Logical, Policy, Rule, Value, short
from twincity.kernel.problems import Problem, define

BAD_POLICY = define(
    "policy-malformed",
    400,
    zh="策略写法有误 ({place}): {reason}",
    en="The policy is malformed at {place}: {reason}",
)
DEPTH = 8
"""Levels of logical constraints within each other."""
RULES = 64
CONSTRAINTS = 256
"""Of one rule, at one level."""
LONGEST = 2000
"""Characters of any one text."""
OPERATORS = frozenset(
    "eq gt gteq lteq hasPart isA isAllOf isAnyOf isNoneOf isPartOf lt term-lteq neq".split()  # noqa: SIM905  as the schema
)
LOGICAL = ("and", "andSequence", "or", "xone")
_KINDS: tuple[Kind, ...] = ("permission", "prohibition", "obligation")


def read(value: Any) -> Policy:
    """A policy from its JSON value.

    Raises:
        Problem: ``policy-malformed``, naming the place.
    """
    policy = _object(value, "policy")
    rules = [_rule(kind, each, kind) for kind in _KINDS for each in _list(policy.get(kind, []), kind)]
    if len(rules) > RULES:
        raise _bad("policy", f"at most {RULES} rules")
    target = _reference(policy.get("target", ""), "target")
    filled = tuple(rule if rule.target or not target else _aimed(rule, target) for rule in rules)
    profile = policy.get("profile", "")
    return Policy(
        id=_text(policy.get("@id", policy.get("uid", "")), "@id"),
        type=_text(policy.get("@type", ""), "@type"),
        rules=filled,
        profile=_text(profile[0] if isinstance(profile, list) and profile else profile or "", "profile"),
    )


def _aimed(rule: Rule, target: str) -> Rule:
    return Rule(
        rule.kind, rule.id, rule.action, target, rule.assigner, rule.assignee, rule.constraints, rule.refinements,
        rule.duties,
    )  # fmt: skip


def _rule(kind: Kind, value: Any, place: str) -> Rule:
    rule = _object(value, place)
    target = rule.get("target", "")
    refinement = target.get("refinement", []) if isinstance(target, dict) else []
    duties = [_rule("duty", each, "duty") for each in _list(rule.get("duty", []), "duty")] if kind != "duty" else []
    return Rule(
        kind=kind,
        id=_text(rule.get("@id", rule.get("uid", "")), "@id"),
        action=short(_reference(rule.get("action", ""), "action")),
        target=_reference(target, "target"),
        assigner=_reference(rule.get("assigner", ""), "assigner"),
        assignee=_reference(rule.get("assignee", ""), "assignee"),
        constraints=_constraints(rule.get("constraint", []), DEPTH),
        refinements=_constraints(refinement, DEPTH),
        duties=tuple(duties),
    )


def _constraints(value: Any, depth: int) -> tuple[AnyConstraint, ...]:
    if depth == 0:
        raise _bad("constraint", f"nested deeper than {DEPTH}")
    return tuple(_constraint(each, depth) for each in _list(value, "constraint"))


def _constraint(value: Any, depth: int) -> AnyConstraint:
    found = _object(value, "constraint")
    logical = [name for name in LOGICAL if name in found]
    if logical:
        return Logical(logical[0], _constraints(found[logical[0]], depth - 1))
    operator = short(_reference(found.get("operator", ""), "operator"))
    if operator not in OPERATORS:
        raise _bad("operator", f"unknown operator {operator[:40]!r}")
    left = short(_reference(found.get("leftOperand", ""), "leftOperand"))
    if not left:
        raise _bad("leftOperand", "it is missing")
    return Constraint(left, operator, _value(found.get("rightOperand")))


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_value(each) for each in _list(value, "rightOperand") if not isinstance(each, list))
    if isinstance(value, dict):
        value = value.get("@value", value.get("@id"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise _bad("rightOperand", "a text, a number or a list of them")
    return _text(value, "rightOperand")


def _reference(value: Any, place: str) -> str:
    if isinstance(value, dict):
        value = value.get("@id", value.get("source", ""))
    return _text(value, place)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise _bad(place, f"a text of at most {LONGEST} characters")
    return value


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(place, "an object is expected")
    return value


def _list(value: Any, place: str) -> list[Any]:
    found = value if isinstance(value, list) else [value]
    if len(found) > CONSTRAINTS:
        raise _bad(place, f"at most {CONSTRAINTS} entries")
    return found


def _bad(place: str, reason: str) -> Problem:
    return Problem(BAD_POLICY, field=place, place=place, reason=reason)
