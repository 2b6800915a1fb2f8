"""Policies as plain structures; terms of the ODRL namespace are written without it: ``read``, ``dateTime``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

NAMESPACE = "http://www.w3.org/ns/odrl/2/"
Value: TypeAlias = "str | int | float | datetime | tuple[Value, ...]"
Kind = Literal["permission", "prohibition", "obligation", "duty"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison (Information Model section 2.5.1)."""

    left: str
    operator: str
    right: Value


@dataclass(frozen=True, slots=True)
class Logical:
    """Comparisons tied together by ``and``, ``or``, ``xone`` or ``andSequence`` (section 2.5.2)."""

    operator: str
    operands: tuple[AnyConstraint, ...]


AnyConstraint: TypeAlias = Constraint | Logical


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission, prohibition, obligation or duty; an empty member says that the rule does not speak of it."""

    kind: Kind
    id: str = ""
    action: str = ""
    target: str = ""
    assigner: str = ""
    assignee: str = ""
    constraints: tuple[AnyConstraint, ...] = ()
    refinements: tuple[AnyConstraint, ...] = ()
    """Of the target: which part of a collection the rule is about (section 2.5.3)."""
    duties: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules under one identifier."""

    id: str
    type: str
    rules: tuple[Rule, ...]
    profile: str = ""


def short(term: str) -> str:
    """A term of the ODRL namespace without it; any other as it is."""
    for prefix in (NAMESPACE, "odrl:"):
        if term.startswith(prefix):
            return term[len(prefix) :]
    return term
