"""The public faces of live nodes: driven by CKAN's own client, and harvested by the other province in both forms."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckanapi
import pytest
from rdflib import RDF, Graph, Namespace
from rdflib.compare import isomorphic

from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

PATIENCE = 90.0
DCAT = Namespace("http://www.w3.org/ns/dcat#")
STOPS, WATER = "公交站点", "水质断面"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def packages(word: str, count: int) -> str:
    resource = {"name": "表", "format": "CSV", "mimetype": "text/csv", "hash": "ab" * 32, "size": 12}
    made = [
        {
            "name": f"{word}-{number}",
            "title": f"{word} {number}",
            "notes": "说明",
            "license_id": "CC-BY-4.0",
            "frequency": "daily",
            "groups": [{"name": "交通运输"}],
            "resources": [resource | {"url": f"https://data.example/{number}/{n}.csv"} for n in range(3)],
        }
        for number in range(count)
    ]
    return "".join(json.dumps(each) + "\n" for each in made)


def publish(node: LiveNode, folder: Path, word: str, count: int) -> None:
    file = folder / f"{node.spec.name}.jsonl"
    file.write_text(packages(word, count), "utf-8")
    node.operate("catalogue.harvest", {"source": "city", "form": "ckan-lines", "address": str(file)})


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    folder = tmp_path_factory.mktemp("circle")
    with live_circle(folder, [CHONGQING, SICHUAN], apps=["sharing", "opendata"]) as found:
        publish(found["cq"], folder, STOPS, 7)
        publish(found["sc"], folder, WATER, 2)
        for node in found.values():
            until(lambda node=node: len(node.operate("catalogue.search", {"kind": "dataset"})) == 9)
        yield found


@pytest.fixture
def ckan(circle: Circle) -> Iterator[ckanapi.RemoteCKAN]:
    with ckanapi.RemoteCKAN(circle["cq"].address) as client:
        yield client


def test_ckan_s_client_finds_the_datasets_of_both_provinces(ckan: ckanapi.RemoteCKAN) -> None:
    assert ckan.action.site_read() is True
    assert len(ckan.action.package_list()) == 9
    assert ckan.action.organization_list() == ["cq_twincity_example", "sc_twincity_example"]
    found = ckan.action.package_search(q=WATER, fq="organization:sc_twincity_example", rows=1)
    assert found["count"] == 2
    (package,) = found["results"]
    assert package["organization"]["title"] == SICHUAN.title.zh
    assert ckan.action.package_show(id=package["name"])["title"] == package["title"]


def test_the_files_of_the_other_province_are_listed_once_somebody_asked(ckan: ckanapi.RemoteCKAN) -> None:
    (package,) = ckan.action.package_search(fq="organization:sc_twincity_example", rows=1)["results"]
    name = package["name"]
    found = until(lambda: ckan.action.package_show(id=name)["resources"])
    assert [each["url"].rpartition("/")[2] for each in found] == ["0.csv", "1.csv", "2.csv"]
    assert ckan.action.resource_show(id=f"{name}.2")["format"] == "CSV"


def test_ckan_s_client_pages_through_what_changed(ckan: ckanapi.RemoteCKAN) -> None:
    asked = {"fq": "+metadata_modified:[2020-01-01T00:00:00Z TO *]", "sort": "metadata_modified asc", "rows": 4}
    seen, start = [], 0
    while page := ckan.action.package_search(start=start, **asked)["results"]:
        seen += [each["name"] for each in page]
        start += len(page)
    assert len(seen) == len(set(seen)) == 9


def test_ckan_s_client_understands_refusals(ckan: ckanapi.RemoteCKAN, circle: Circle) -> None:
    with pytest.raises(ckanapi.NotFound):
        ckan.action.package_show(id="cq_twincity_example__nothing")
    with pytest.raises(ckanapi.ValidationError) as refused:
        ckan.action.package_search(colour="red")
    assert "colour" in refused.value.error_dict
    with pytest.raises(ckanapi.CKANAPIError):
        ckan.action.package_create(name="x")
    with ckanapi.RemoteCKAN(circle["cq"].address, get_only=True) as reading:
        assert reading.call_action("package_search", {"rows": 2, "facet.field": '["organization"]'})["count"] == 9


def test_every_page_of_a_live_node_is_the_same_graph_in_both_forms(circle: Circle) -> None:
    seen: set[Any] = set()
    for page in (1, 2, 3):
        one, other = (
            Graph().parse(data=circle["cq"].get(f"/dcat/catalog.{ending}?size=4&page={page}")[2], format=form)
            for ending, form in (("ttl", "turtle"), ("jsonld", "json-ld"))
        )
        assert isomorphic(one, other)
        seen |= set(one.subjects(RDF.type, DCAT.Dataset))
    assert len(seen) == 9


def test_the_other_province_harvests_the_same_from_either_face(circle: Circle, tmp_path: Path) -> None:
    source, taker = circle["cq"].address, circle["sc"]
    saved = tmp_path / "catalog.jsonld"
    # Before the first harvest, since its results show up at the source as datasets of the other province.
    saved.write_bytes(circle["cq"].get("/dcat/catalog.jsonld?size=100")[2])
    asked = {"source": "mirror", "division": "500000"}
    first = taker.operate("catalogue.harvest", {**asked, "form": "ckan", "address": source})
    assert (first["read"], first["published"], first["refused"]) == (9, 9, 0)
    again = taker.operate("catalogue.harvest", {**asked, "form": "dcat", "address": str(saved)})
    assert (again["read"], again["published"], again["withdrawn"], again["refused"]) == (9, 0, 0, 0)


def test_a_harvest_follows_the_pages_of_the_catalogue(circle: Circle) -> None:
    address = f"{circle['cq'].address}/dcat/catalog.jsonld?size=4"
    asked = {"source": "paged", "division": "500000", "form": "dcat", "address": address}
    told = circle["sc"].operate("catalogue.harvest", asked)
    assert told["read"] >= 9
    assert told["refused"] == 0
