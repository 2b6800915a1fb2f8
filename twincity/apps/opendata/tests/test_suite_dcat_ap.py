"""What a node emits against the SHACL shapes of DCAT-AP 3.0.1 (SEMIC), by pyshacl, without any network.

The files of imports and the shapes over the EU's own vocabularies are left out: they read from the network. Shapes of
what is merely recommended are counted, not asked for.
"""

from __future__ import annotations

from collections import Counter

import pytest
from pyshacl import validate
from rdflib import RDF, SH, Graph, Namespace
from rdflib.namespace import DCTERMS

from tests.support import shared
from twincity.apps.opendata.tests.world import many

pytestmark = pytest.mark.django_db
RELEASE = "data/suites/exchange/dcat-ap/3.0.1"
MANDATORY = ("html/shacl/shapes.ttl", "html/shacl/range.ttl", "shacl/dcat-ap-SHACL.ttl", "shacl/ranges.ttl")
RECOMMENDED = "html/shacl/shapes_recommended.ttl"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
TOLERATED = {("dcat", "temporal"), ("dct", "temporal")}


def results(graph: Graph, shapes: str) -> Counter[tuple[str, str]]:
    """Results of a validation by severity and path."""
    _, report, _ = validate(graph, shacl_graph=Graph().parse(shared(f"{RELEASE}/{shapes}")), inference="none")
    found = report.subjects(RDF.type, SH.ValidationResult)
    return Counter(
        (str(report.value(each, SH.resultSeverity)).rpartition("#")[2], str(report.value(each, SH.resultPath)))
        for each in found
    )


@pytest.fixture
def emitted(filled, client) -> Graph:
    many(20)
    return Graph().parse(data=client.get("/dcat/catalog.ttl?size=100").getvalue(), format="turtle")


@pytest.mark.parametrize("shapes", MANDATORY)
def test_a_catalogue_breaks_no_shape(emitted, shapes) -> None:
    assert len(list(emitted.subjects(RDF.type, DCAT.Dataset))) == 23
    assert results(emitted, shapes) == {}


def test_each_dataset_by_itself_breaks_no_shape(filled, client) -> None:
    for name in ("divisions", "bus.stops"):
        answer = client.get(f"/dcat/datasets/cq.example/{name}/1.ttl")
        graph = Graph().parse(data=answer.getvalue(), format="turtle")
        assert results(graph, MANDATORY[0]) == {}


def test_of_what_is_recommended_only_what_nobody_knows_is_missing(emitted) -> None:
    missing = {path for _, path in results(emitted, RECOMMENDED)}
    assert missing == set()


def test_the_shapes_do_find_faults(emitted) -> None:
    emitted.remove((None, DCTERMS.title, None))
    assert results(emitted, MANDATORY[0])
