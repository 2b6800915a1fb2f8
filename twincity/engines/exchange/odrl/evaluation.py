"""Evaluation of a policy against a request and the state of the world.

A rule is active when all that it speaks of fits the request: assignee, action, target, every constraint; and, for a
permission, when none of its duties stands violated (Information Model sections 2.6.3 and 2.6.4: a duty that is yet to
be fulfilled does not hold the permission back, one that was violated does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from twincity.engines.exchange.odrl.actions import included
from twincity.engines.exchange.odrl.model import AnyConstraint, Constraint, Logical, Policy, Rule, Value

_TESTS = {
    "eq": lambda left, right: left == right,
    "neq": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "term-lteq": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
}
_PLURAL = {"isAnyOf", "isAllOf", "isNoneOf"}


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what to which asset."""

    assignee: str = ""
    action: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What is known when a policy is evaluated."""

    values: Mapping[str, Value] = field(default_factory=dict)
    """By left operand; ``dateTime`` is the time of the request."""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Collections that a party or an asset is part of."""
    violated: frozenset[str] = frozenset()
    """Ids of the duties that stand violated."""


@dataclass(frozen=True, slots=True)
class RuleReport:
    """Whether a rule is active, and each of its premises that does not hold."""

    rule: Rule
    active: bool
    unsatisfied: tuple[str, ...] = ()
    """``assignee``, ``action``, ``target``, ``duty``, or the left operand of a constraint."""


def evaluate(policy: Policy, request: Request, world: World) -> list[RuleReport]:
    """A report on each rule of the policy, in its order."""
    return [_report(rule, request, world) for rule in policy.rules]


def holds(constraint: AnyConstraint, values: Mapping[str, Value]) -> bool:
    """Whether a constraint holds; one about what is not known does not."""
    if isinstance(constraint, Constraint):
        return _compare(constraint, values.get(constraint.left))
    results = [holds(each, values) for each in constraint.operands]
    if constraint.operator in {"and", "andSequence"}:
        return all(results)
    return any(results) if constraint.operator == "or" else results.count(True) == 1


def _report(rule: Rule, request: Request, world: World) -> RuleReport:
    premises = {
        "assignee": _same(rule.assignee, request.assignee, world),
        "action": not rule.action or included(request.action, rule.action),
        "target": _same(rule.target, request.target, world),
        "duty": rule.kind != "permission" or all(duty.id not in world.violated for duty in rule.duties),
    }
    failed = [name for name, kept in premises.items() if not kept]
    failed += _unmet((*rule.constraints, *rule.refinements), world.values)
    return RuleReport(rule, not failed, tuple(failed))


def _unmet(constraints: Iterable[AnyConstraint], values: Mapping[str, Value]) -> list[str]:
    return [_name(each) for each in constraints if not holds(each, values)]


def _name(constraint: AnyConstraint) -> str:
    return constraint.operator if isinstance(constraint, Logical) else constraint.left


def _same(wanted: str, given: str, world: World) -> bool:
    return not wanted or wanted == given or wanted in world.members.get(given, ())


def _compare(constraint: Constraint, left: Value | None) -> bool:
    if left is None:
        return False
    if constraint.operator in _PLURAL:
        return _compare_sets(constraint.operator, _set(left), _set(constraint.right))
    if constraint.operator in {"isPartOf", "isA"}:
        return _below(left, constraint.right)
    if constraint.operator == "hasPart":
        return _below(constraint.right, left)
    test = _TESTS.get(constraint.operator)
    comparable = type(left) is type(constraint.right) or isinstance(left, int | float)
    try:
        return test is not None and comparable and bool(test(left, constraint.right))
    except TypeError:
        return False


def _compare_sets(operator: str, left: set[Value], right: set[Value]) -> bool:
    if operator == "isAllOf":
        return left == right
    return bool(left & right) if operator == "isAnyOf" else not left & right


def _set(value: Value) -> set[Value]:
    return set(value) if isinstance(value, tuple) else {value}


def _below(part: Value, whole: Value) -> bool:
    """Codes stand below their prefixes at a dot: ``planning.belt`` is part of ``planning``."""
    wholes = whole if isinstance(whole, tuple) else (whole,)
    return any(part == each or str(part).startswith(f"{each}.") for each in wholes)


def instant(text: str) -> datetime:
    """An ``xsd:dateTime`` or ``xsd:date``; UTC where no zone is given.

    Raises:
        ValueError: when it is neither.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=_UTC)


_UTC = datetime.fromisoformat("1970-01-01T00:00:00+00:00").tzinfo
