"""What a node emits against the SHACL shapes of DCAT-AP 3.0.1 (SEMIC), by pyshacl, without any network.

The files of imports and the shapes over the EU's own vocabularies are left out: they read from the network. Shapes of
what is merely recommended are counted, not asked for.
"""

from __future__ import annotations

from collections import Counter

import pytest
from pyshacl import validate
from rdflib import RDF, RDFS, SH, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS

from tests.support import shared
from twincity.apps.opendata.tests.world import many

pytestmark = pytest.mark.django_db
RELEASE = "data/suites/exchange/dcat-ap/3.0.1"
MANDATORY = ("html/shacl/shapes.ttl", "html/shacl/range.ttl", "shacl/dcat-ap-SHACL.ttl", "shacl/ranges.ttl")
RECOMMENDED = "html/shacl/shapes_recommended.ttl"
DCAT = Namespace("http://www.w3.org/ns/dcat#")


def results(graph: Graph, shapes: str) -> Counter[tuple[str, str]]:
    """Results of a validation by severity and path."""
    # Everything is a resource (RDF Schema 1.1, section 2.1), which one of the shapes wants to be said.
    whole = Graph()
    whole += graph
    whole += [(each, RDF.type, RDFS.Resource) for each in graph.all_nodes() if isinstance(each, URIRef)]
    _, report, _ = validate(whole, shacl_graph=completed(Graph().parse(shared(f"{RELEASE}/{shapes}"))))
    found = report.subjects(RDF.type, SH.ValidationResult)
    return Counter(
        (str(report.value(each, SH.resultSeverity)).rpartition("#")[2], str(report.value(each, SH.resultPath)))
        for each in found
    )


def completed(shapes: Graph) -> Graph:
    """The release's generated files name a few property shapes that they do not hold, and type none of the others."""
    for shape, _, each in list(shapes.triples((None, SH.property, None))):
        if (each, SH.path, None) in shapes:
            shapes.add((each, RDF.type, SH.PropertyShape))
        else:
            shapes.remove((shape, SH.property, each))
    return shapes


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


def test_what_is_recommended_only_warns_and_publishers_contacts_and_places_are_there(emitted) -> None:
    found = results(emitted, RECOMMENDED)
    assert {severity for severity, _ in found} <= {"Warning"}
    given = {DCTERMS.publisher, DCAT.contactPoint, DCTERMS.spatial, DCTERMS.language, DCAT.themeTaxonomy}
    assert {path for _, path in found} & {str(each) for each in given} == set()


def test_the_shapes_do_find_faults(emitted) -> None:
    emitted.remove((None, DCTERMS.title, None))
    assert results(emitted, MANDATORY[0])
