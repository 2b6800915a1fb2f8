"""Both writers say what they were given, whatever is in it: read back by rdflib."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Namespace, URIRef
from rdflib import Literal as Read
from rdflib.compare import isomorphic
from rdflib.namespace import XSD

from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, iri, jsonld, turtle
from twincity.apps.opendata.tests.world import QUIET

pytestmark = QUIET
DCT = Namespace("http://purl.org/dc/terms/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
IRIS = TEXTS.map(lambda text: iri(f"https://data.example/{text}"))
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(Literal, TEXTS, st.sampled_from(["zh-Hans", "en"])),
    st.builds(Literal, TEXTS, datatype=st.just("geo:wktLiteral")),
)


def blank(values):
    return st.builds(lambda found: Thing("", ["dct:Location"], {"dct:title": found}), st.lists(values, max_size=3))


VALUES = st.one_of(LITERALS, st.builds(Ref, IRIS), st.recursive(LITERALS, blank, max_leaves=5))


def from_turtle(things) -> Graph:
    return Graph().parse(data="".join(turtle.write(things)), format="turtle")


def from_jsonld(things) -> Graph:
    return Graph().parse(data=b"".join(jsonld.write(things)), format="json-ld")


@settings(deadline=None)
@given(IRIS, st.lists(VALUES, max_size=5))
def test_both_forms_are_the_same_graph(address, values) -> None:
    things = [Thing(address, ["dcat:Dataset"], {"dct:title": values, "dct:relation": [Thing(address, [])]})]
    assert isomorphic(from_turtle(things), from_jsonld(things))


@settings(deadline=None)
@given(TEXTS)
def test_a_text_survives_turtle(text) -> None:
    graph = from_turtle([Thing("urn:a:b", ["dcat:Dataset"], {"dct:title": [Literal(text)]})])
    assert list(graph.objects(URIRef("urn:a:b"), DCT.title)) == [Read(text)]


@settings(deadline=None)
@given(TEXTS)
def test_an_address_becomes_an_iri_or_nothing(text) -> None:
    found = iri(text)
    if found:
        graph = from_turtle([Thing("urn:a:b", ["dcat:Dataset"], {"dct:source": [Ref(found)]})])
        assert list(graph.objects(URIRef("urn:a:b"), DCT.source)) == [URIRef(found)]


def test_languages_and_datatypes_are_kept() -> None:
    values = [Literal("题", "zh-Hans"), Literal("7", datatype="xsd:integer")]
    graph = from_turtle([Thing("urn:a:b", ["dcat:Dataset"], {"dct:title": values})])
    wanted = {Read("题", lang="zh-Hans"), Read("7", datatype=XSD.integer)}
    assert set(graph.objects(URIRef("urn:a:b"), DCT.title)) == wanted


def test_streamed_things_hang_on_theirs_in_both_forms() -> None:
    format_ = Thing("urn:f:csv", ["dct:MediaTypeOrExtent"])

    def made():
        return (Thing(f"urn:d:{number}", ["dcat:Distribution"], {"dct:format": [format_]}) for number in range(3))

    things = [Thing("urn:a:b", ["dcat:Dataset"], {"dct:title": [Literal("x")]}, ("dcat:distribution", made))]
    graph = from_turtle(things)
    assert len(list(graph.objects(URIRef("urn:a:b"), DCAT.distribution))) == 3
    assert isomorphic(graph, from_jsonld(things))


def test_an_address_without_scheme_is_none() -> None:
    assert iri("www.data.example/x") == iri("") == iri("no address") == ""
    assert iri("https://data.example/a b<c>") == "https://data.example/a%20b%3Cc%3E"
