"""The suite's Turtle as the evaluator's own structures; rdflib is needed here and nowhere in the product."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from twincity.engines.exchange.odrl import Constraint, Logical, Policy, Request, Rule, World
from twincity.engines.exchange.odrl.evaluation import instant
from twincity.engines.exchange.odrl.model import short

ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
REPORT = Namespace("https://w3id.org/force/compliance-report#")
NOW = URIRef("http://example.com/request/currentTime")


def load(folder: Path) -> dict[str, Graph]:
    """The graph of each file by the IRI that it defines first."""
    graphs = {}
    for path in sorted(folder.glob("*.ttl")):
        graph = Graph().parse(path)
        graphs |= {str(subject): graph for subject in graph.subjects() if isinstance(subject, URIRef)}
    return graphs


def policy(graph: Graph, name: str) -> Policy:
    kinds = ("permission", "prohibition", "obligation")
    node = URIRef(name)
    rules = [_rule(graph, each, kind) for kind in kinds for each in graph.objects(node, ODRL[kind])]
    return Policy(name, "Set", tuple(rules))


def request(graph: Graph, name: str) -> Request:
    rule = next(graph.objects(URIRef(name), ODRL.permission))
    return Request(
        _one(graph, rule, ODRL.assignee), short(_one(graph, rule, ODRL.action)), _one(graph, rule, ODRL.target)
    )


def world(graph: Graph) -> World:
    members: dict[str, tuple[str, ...]] = {}
    for part, whole in graph.subject_objects(ODRL.partOf):
        members[str(part)] = (*members.get(str(part), ()), str(whole))
    violated = {_one(graph, report, REPORT.rule) for report in graph.subjects(REPORT.deonticState, REPORT.Violated)}
    values = {"dateTime": instant(str(graph.value(NOW, DCTERMS.issued)))}
    return World(values, members, frozenset(violated))


def expected(graph: Graph, name: str) -> dict[str, bool]:
    """Whether each rule of the report is active, by its id."""
    reports = graph.objects(URIRef(name), REPORT.ruleReport)
    return {
        _one(graph, each, REPORT.rule): graph.value(each, REPORT.activationState) == REPORT.Active for each in reports
    }


def _rule(graph: Graph, node: Node, kind: str) -> Rule:
    return Rule(
        kind=kind,
        id=str(node),
        action=short(_one(graph, node, ODRL.action)),
        target=_one(graph, node, ODRL.target),
        assignee=_one(graph, node, ODRL.assignee),
        constraints=tuple(_constraint(graph, each) for each in graph.objects(node, ODRL.constraint)),
        duties=tuple(_rule(graph, each, "duty") for each in graph.objects(node, ODRL.duty)),
    )


def _constraint(graph: Graph, node: Node):
    for operator in ("and", "or", "xone", "andSequence"):
        operands = list(graph.objects(node, ODRL[operator]))
        if operands:
            return Logical(operator, tuple(_constraint(graph, each) for each in operands))
    right = graph.value(node, ODRL.rightOperand)
    dated = isinstance(right, Literal) and str(right.datatype).endswith("dateTime")
    value = instant(str(right)) if dated else str(right)
    return Constraint(short(_one(graph, node, ODRL.leftOperand)), short(_one(graph, node, ODRL.operator)), value)


def _one(graph: Graph, node: Node, predicate: URIRef) -> str:
    return str(graph.value(node, predicate) or "")


__all__ = ["RDF", "expected", "load", "policy", "request", "world"]
