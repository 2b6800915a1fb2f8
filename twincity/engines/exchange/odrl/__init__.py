"""ODRL 2.2: policies, their evaluation, and reading them from the compact JSON of dataspaces. Pure.

Sources: W3C Recommendation "ODRL Information Model 2.2" (2018) and its Vocabulary; the states of a report are those of
the ODRL Compliance Report Model (https://w3id.org/force/compliance-report).
"""

from __future__ import annotations

from twincity.engines.exchange.odrl.evaluation import Request, RuleReport, World, evaluate
from twincity.engines.exchange.odrl.model import Constraint, Logical, Policy, Rule
from twincity.engines.exchange.odrl.reading import BAD_POLICY, read

__all__ = [
    "BAD_POLICY",
    "Constraint",
    "Logical",
    "Policy",
    "Request",
    "Rule",
    "RuleReport",
    "World",
    "evaluate",
    "read",
]
