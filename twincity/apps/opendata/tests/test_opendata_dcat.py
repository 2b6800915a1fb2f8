"""The catalogue as DCAT-AP: what is in it, in which form, page by page."""

from __future__ import annotations

import re

import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib import Literal as Read
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, FOAF

from twincity.apps.opendata.tests.world import QUIET, many
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import a_dataset

pytestmark = [pytest.mark.django_db, QUIET]
DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
EU = "http://publications.europa.eu/resource/authority"
BUSES = URIRef("https://cq.example/dataset/bus.stops/1")
DIVISIONS = URIRef("https://cq.example/dataset/divisions/1")


def read(client, address, form="turtle", **headers) -> Graph:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.content
    return Graph().parse(data=answer.getvalue(), format=form)


def test_both_forms_of_the_catalogue_are_the_same_graph(filled, client) -> None:
    one, other = read(client, "/dcat/catalog.ttl"), read(client, "/dcat/catalog.jsonld", "json-ld")
    assert len(one) > 150
    assert isomorphic(one, other)


def test_datasets_of_both_provinces_stand_under_their_publishers(filled, client) -> None:
    graph = read(client, "/dcat/catalog.ttl")
    found = {str(graph.value(each, DCTERMS.publisher)) for each in graph.subjects(RDF.type, DCAT.Dataset)}
    assert found == {"https://cq.example", "https://sc.example"}
    assert Read("四川省", lang="zh-Hans") in set(graph.objects(URIRef("https://sc.example"), FOAF.name))


def test_a_dataset_says_what_its_entry_says(filled, client) -> None:
    graph = read(client, "/dcat/datasets/cq.example/bus.stops/1.ttl")
    assert Read('公交站点 "主城" \\ 2026', lang="zh-Hans") in set(graph.objects(BUSES, DCTERMS.title))
    assert graph.value(BUSES, DCTERMS.accrualPeriodicity) == URIRef(f"{EU}/frequency/DAILY")
    assert graph.value(BUSES, DCTERMS.license) == URIRef("http://spdx.org/licenses/CC-BY-4.0")
    themes = {str(each) for each in graph.objects(BUSES, DCAT.theme)}
    assert themes == {"https://cq.example/dcat/themes/交通运输", f"{EU}/data-theme/TRAN"}
    places = set(graph.objects(BUSES, DCTERMS.spatial))
    boxes = [str(box) for place in places if (box := graph.value(place, DCAT.bbox))]
    assert boxes == ["POLYGON((106.4 29.5, 106.7 29.5, 106.7 29.7, 106.4 29.7, 106.4 29.5))"]
    assert URIRef("urn:twincity:division:500000") in places
    assert graph.value(BUSES, DCTERMS.accessRights) == URIRef(f"{EU}/access-right/PUBLIC")


def test_files_are_distributions_with_safe_addresses(filled, client) -> None:
    graph = read(client, "/dcat/datasets/cq.example/bus.stops/1", "json-ld")
    found = [graph.value(each, DCAT.downloadURL) for each in graph.objects(BUSES, DCAT.distribution)]
    assert {str(each) for each in found if each} == {
        "https://data.example/stops.csv",
        "https://data.example/a%20b.json",
    }
    addresses = {str(each) for each in graph.objects(None, DCAT.accessURL)}
    assert "https://cq.example/catalogue/cq.example/dataset/bus.stops/1/" in addresses
    assert "https://cq.example/agreements/new/?provider=cq.example&service=divisions" in addresses


def test_what_needs_a_grant_is_restricted_and_leads_to_where_one_is_asked_for(filled, client) -> None:
    graph = read(client, "/dcat/datasets/cq.example/divisions/1.ttl")
    assert graph.value(DIVISIONS, DCTERMS.accessRights) == URIRef(f"{EU}/access-right/RESTRICTED")
    given = graph.value(DIVISIONS, DCAT.distribution)
    assert str(graph.value(given, DCAT.accessURL)).startswith("https://cq.example/agreements/new/?provider=cq.example")
    served = graph.value(given, DCAT.accessService)
    assert str(graph.value(served, DCAT.endpointURL)) == "https://cq.example/tc1/divisions"
    assert graph.value(served, DCAT.servesDataset) == DIVISIONS


def test_pages_follow_each_other_and_hold_every_dataset_once(circle, client) -> None:
    many(7)
    address, seen = "/dcat/catalog.ttl?size=3", []
    while address:
        answer = client.get(address)
        graph = Graph().parse(data=answer.getvalue(), format="turtle")
        seen += [str(each) for each in graph.subjects(RDF.type, DCAT.Dataset)]
        assert int(graph.value(URIRef("https://cq.example/dcat/catalog"), HYDRA.totalItems)) == 7
        view = next(graph.subjects(RDF.type, HYDRA.PartialCollectionView))
        linked = re.search('<https://cq.example(/[^>]*)>; rel="next"', answer["Link"])
        assert bool(linked) == bool(graph.value(view, HYDRA.next))
        address = linked[1].replace("catalog?", "catalog.ttl?") if linked else ""
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("", "application/ld+json"),
        ("*/*", "application/ld+json"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json;q=0.5, text/turtle;q=0.9", "text/turtle"),
        ("text/turtle;q=0.2, application/json;q=0.8", "application/ld+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/ld+json"),
    ],
)
def test_the_form_is_the_one_liked_best(filled, client, accept, given) -> None:
    answer = client.get("/dcat/catalog", headers={"accept": accept} if accept else {})
    assert answer["Content-Type"].startswith(given)
    assert "Accept" in answer["Vary"]
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("/dcat/catalog?colour=red", 400, "colour"),
        ("/dcat/catalog?size=101", 422, "size"),
        ("/dcat/catalog?page=0", 422, "page"),
        ("/dcat/catalog?page=1&page=2", 422, "page"),
        ("/dcat/datasets/cq.example/nothing/1.ttl", 404, "name"),
        ("/dcat/datasets/cq.example/divisions/1.ttl?x=1", 400, "x"),
    ],
)
def test_what_cannot_be_answered_is_named(filled, client, address, status, field) -> None:
    answer = client.get(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_a_form_that_there_is_not_is_refused(filled, client) -> None:
    assert client.get("/dcat/catalog", headers={"accept": "application/rdf+xml"}).status_code == 406


def test_the_page_after_the_last_is_empty(filled, client) -> None:
    graph = read(client, "/dcat/catalog.ttl?page=9")
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == []


def test_a_theme_leads_to_its_datasets(filled, client) -> None:
    answer = client.get("/dcat/themes/交通运输", follow=True)
    assert "公交站点" in answer.content.decode()


def test_ten_thousand_distributions_are_made_while_they_are_sent(circle, client) -> None:
    lines = (catalogue.Distribution(title=f"r{n}", url=f"https://data.example/{n}") for n in range(10_000))
    listed = catalogue.keep_distributions(distributions=lines)
    catalogue.publish_dataset(dataset=a_dataset(name="large", distributions=listed))
    catalogue.take_in()
    for form in ("ttl", "jsonld"):
        answer = client.get(f"/dcat/datasets/cq.example/large/1.{form}")
        longest = count = 0
        for chunk in answer.streaming_content:
            longest, count = max(longest, len(chunk)), count + chunk.count(b"dcat:accessURL")
        assert count == 10_000
        assert longest < 20_000
