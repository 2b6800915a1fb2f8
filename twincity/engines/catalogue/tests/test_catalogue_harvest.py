from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import Distribution, content_of
from twincity.engines.catalogue.documents.contents import Degrees
from twincity.engines.catalogue.documents.foreign import box_of, datasets_in, from_dcat, name_of, next_page
from twincity.engines.catalogue.services import distributions, harvesting
from twincity.engines.catalogue.tests.examples import ME, a_dataset
from twincity.kernel import operations
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(node_home, circle):
    return node_home


def package(number, **more):
    resource = {"name": "table", "format": "csv", "url": f"https://data.example/{number}.csv", "size": "12"}
    values = {"name": f"set_{number}", "title": f"数据集 {number}", "notes": "说明", "license_id": "cc-by"}
    return {**values, "resources": [resource], "extras": [{"key": "x", "value": 1}], **more}


def lines(path, packages):
    path.write_text("".join(json.dumps(each) + "\n" for each in packages), "utf-8")
    return str(path)


def harvest(address, form="ckan-lines"):
    return services.harvest(source="city", form=form, address=address, division="500000")


@contextmanager
def ckan(packages):
    """A CKAN site of some packages, and what it was asked."""
    asked = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            asked.append(self.path)
            start, rows = int(query["start"][0]), int(query["rows"][0])
            body = json.dumps(
                {"success": True, "result": {"count": len(packages), "results": packages[start : start + rows]}}
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestHarvesting:
    def test_a_site_is_read_page_by_page_into_signed_entries(self, circle):
        with ckan([package(number) for number in range(250)]) as (address, asked):
            told = harvest(address, "ckan")
        assert (told.read, told.published, told.withdrawn, told.refused, len(asked)) == (250, 250, 0, 0, 3)
        assert len(circle.logs[ME]) == 250
        found = queries.search(text="数据集 249", format="CSV")
        (entry,) = found.entries()
        assert (entry.body["source"], entry.body["division"], entry.title["zh-Hans"]) == (
            "city",
            "500000",
            "数据集 249",
        )

    def test_again_changes_nothing_and_later_only_what_changed(self, circle, tmp_path):
        file = tmp_path / "packages.jsonl"
        harvest(lines(file, [package(1), package(2), package(3)]))
        assert harvest(str(file)).published == 0
        told = harvest(lines(file, [package(1), package(2, title="新名")]))
        assert (told.read, told.published, told.withdrawn) == (2, 1, 1)
        shown = {entry.title["en"]: entry.version for entry in queries.search().entries()}
        assert shown == {"数据集 1": "1", "新名": "2"}
        assert harvest(lines(file, [package(1), package(2, title="新名"), package(3)])).published == 1

    def test_entries_of_the_own_node_and_of_other_sources_stay(self, tmp_path):
        facade.publish_dataset(dataset=a_dataset())
        file = lines(tmp_path / "x.jsonl", [package(1)])
        services.harvest(source="other", form="ckan-lines", address=file, division="500000")
        harvest(file)
        assert queries.search().total == 3

    def test_an_empty_source_withdraws_nothing(self, tmp_path):
        file = tmp_path / "packages.jsonl"
        harvest(lines(file, [package(1)]))
        with pytest.raises(Problem) as refused:
            harvest(lines(file, []))
        assert refused.value.kind.code == "harvest-empty"
        assert queries.search().total == 1

    def test_a_bad_record_is_counted_and_nothing_is_withdrawn_in_doubt(self, tmp_path):
        file = tmp_path / "packages.jsonl"
        harvest(lines(file, [package(1), package(2)]))
        file.write_text(json.dumps(package(1)) + '\n{"title": 1}\n', "utf-8")
        told = harvest(str(file))
        assert (told.read, told.refused, told.withdrawn) == (1, 1, 0)

    @pytest.mark.parametrize(("form", "text"), [("ckan", "[]"), ("dcat", "{")])
    def test_what_is_not_of_its_form_is_refused(self, tmp_path, form, text):
        (tmp_path / "x").write_text(text)
        with pytest.raises(Problem) as refused:
            harvest(str(tmp_path / "x"), form)
        assert refused.value.kind.code == "invalid"

    def test_extras_say_where_a_dataset_lies(self, tmp_path):
        corners = [[106.5, 29.25], [107, 29.25, 300], [107, 29.75], [106.5, 29.25]]
        spatial = json.dumps({"type": "Polygon", "coordinates": [corners]})
        placed = [{"key": "spatial", "value": spatial}, {"key": "division", "value": "500103"}]
        odd = [{"key": "spatial", "value": "somewhere"}, {"key": "division", "value": "渝中"}]
        harvest(lines(tmp_path / "packages.jsonl", [package(1, extras=placed), package(2, extras=odd)]))
        (entry,) = queries.search(box="106.9,29.7,108,30").entries()
        assert (entry.body["bbox"], entry.body["division"]) == (["106.5", "29.25", "107", "29.75"], "500103")
        other = next(each for each in queries.search().entries() if each != entry)
        assert (other.body.get("bbox"), other.body["division"]) == (None, "500000")

    def test_by_operation(self, tmp_path):
        file = lines(tmp_path / "x.jsonl", [package(1)])
        given = {"source": "city", "form": "ckan-lines", "address": file}
        assert operations.perform("catalogue.harvest", given)["published"] == 1
        with pytest.raises(Problem, match="invalid"):
            operations.perform("catalogue.harvest", given | {"address": str(tmp_path / "none")})

    def test_dcat(self, tmp_path):
        dataset = {
            "@id": "https://data.example/1",
            "@type": "dcat:Dataset",
            "dct:title": [{"@value": "空气质量", "@language": "zh"}],
            "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"},
            "dcat:distribution": {"dcat:accessURL": {"@id": "https://data.example/1.json"}, "dct:format": "json"},
        }
        catalogue = {
            "@graph": [
                {"@type": "dcat:Catalog", "dcat:dataset": [dataset]},
                {**dataset, "@id": "https://data.example/2"},
            ]
        }
        (tmp_path / "x.jsonld").write_text(json.dumps(catalogue), "utf-8")
        assert harvest(str(tmp_path / "x.jsonld"), "dcat").published == 2
        assert queries.search(text="空气质量", rhythm="daily", format="JSON").total == 2


class TestForeign:
    def test_what_dcat_says_more_is_read_as_this_circle_says_it(self):
        checksum = {"@type": "spdx:Checksum", "spdx:checksumValue": {"@value": "ab" * 32}}
        node = {
            "dct:identifier": "x",
            "dct:license": {"@id": "http://spdx.org/licenses/CC-BY-4.0"},
            "dcat:theme": {"@id": "https://x.example/themes/a%20b"},
            "dcat:distribution": [{"dct:format": {"rdfs:label": "odd"}, "spdx:checksum": checksum}],
        }
        found = from_dcat(node, "city", "500000")
        assert (found.dataset.licence, found.dataset.theme) == ("CC-BY-4.0", "a b")
        assert (found.distributions[0].format, found.distributions[0].sha256) == ("ODD", "ab" * 32)

    @pytest.mark.parametrize(
        ("place", "code"),
        [
            ({"dct:identifier": "510000"}, "510000"),
            ({"@id": "urn:x:division:510100"}, "510100"),
            ({"@id": "https://x.example/places/chengdu"}, "500000"),
            ({"dct:identifier": "5101"}, "500000"),
            ([{"@type": "dct:Location"}, {"@id": "https://x.example/510104"}], "510104"),
        ],
    )
    def test_a_place_with_a_code_goes_before_the_territory_of_the_source(self, place, code):
        node = {"@type": "dcat:Dataset", "dct:title": "x", "dct:spatial": place}
        assert from_dcat(node, "city", "500000").dataset.division == code

    def test_the_next_page_is_where_hydra_says(self):
        view = {"@id": "?page=1", "hydra:next": {"@id": "https://x.example/c?page=2"}}
        assert next_page({"@graph": [{"@type": "dcat:Catalog", "hydra:view": view}]}) == "https://x.example/c?page=2"
        assert next_page([{"@type": "dcat:Catalog"}, "x", None]) == ""

    @pytest.mark.parametrize(
        ("following", "address"),
        [
            ("?page=2", "http://x.example/c?page=2"),
            ("http://x.example/d", "http://x.example/d"),
            ("http://y.example/c", ""),
            ("https://x.example/c", ""),
            ("file:///etc/passwd", ""),
            ("", ""),
        ],
    )
    def test_a_source_does_not_choose_whom_else_this_node_asks(self, following, address):
        assert harvesting._beside("http://x.example/c?page=1", following) == address

    @given(
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["@type", "@graph", "dcat:dataset", "dct:title", "dcat:distribution", "title"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=9,
        )
    )
    def test_no_document_breaks_the_reader(self, document):
        for node in datasets_in([document, {"@type": "dcat:Dataset", "x": document, "dct:title": document}]):
            from_dcat(node, "city", "500000")

    @pytest.mark.parametrize(
        ("geometry", "box"),
        [
            ({"coordinates": [106.55, -29.5]}, ("106.55", "-29.5", "106.55", "-29.5")),
            ({"coordinates": [[1e-9, 0], [-1e-9, 5.12345678]]}, ("0", "0", "0", "5.1234568")),
            ({"coordinates": []}, None),
            ({"coordinates": [181, 0]}, None),
            ({"coordinates": [[1, 2], "x", {}]}, ("1", "2", "1", "2")),
            ({"type": "Point"}, None),
            (None, None),
        ],
    )
    def test_the_box_of_a_geometry(self, geometry, box):
        assert box_of(json.dumps(geometry)) == box

    @given(
        st.recursive(st.floats() | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=12)
    )
    def test_a_box_is_valid_or_none(self, coordinates):
        box = box_of(json.dumps({"coordinates": coordinates}))
        assert msgspec.convert(box, tuple[Degrees, Degrees, Degrees, Degrees] | None) == box

    @given(st.text(min_size=1, max_size=120))
    def test_names_are_valid_and_stay(self, identifier):
        name = name_of("city", identifier)
        assert name == name_of("city", identifier) != name_of("other", identifier)
        a_dataset(name=name)
        assert len(name) <= 63


class TestDistributions:
    def many(self, count):
        return (
            Distribution(title=f"part {number}", format="CSV", url=f"https://x.example/{number}")
            for number in range(count)
        )

    def test_a_dataset_with_more_of_them_than_a_document_holds(self, client, circle):
        kept = facade.keep_distributions(distributions=self.many(10_000))
        made = facade.publish_dataset(dataset=a_dataset(distributions=kept))
        assert (kept.count, kept.formats) == (10_000, ("CSV",))
        assert len(circle.logs[ME][0][1]) < 3000
        found = operations.perform("catalogue.distributions", {"identifier": made.identifier, "start": 9_999})
        assert [each["title"] for each in found] == ["part 9999"]
        page = client.get(reverse("catalogue-entry", args=[ME, "dataset", "divisions", "1"])).content.decode()
        assert "part 19" in page
        assert "part 20" not in page
        answer = client.get(reverse("distributions", args=[kept.sha256]))
        assert len(b"".join(answer.streaming_content).splitlines()) == 10_000

    def test_the_same_list_has_the_same_digest_and_an_empty_one_none(self):
        assert distributions.keep(self.many(3)) == distributions.keep(self.many(3))
        assert distributions.keep([]) is None

    @pytest.mark.parametrize("body", [b"", b'{"title":"other"}\n', b"x" * 500])
    def test_another_list_than_the_signed_one_is_not_kept(self, circle, monkeypatch, body, home):
        kept = facade.keep_distributions(distributions=self.many(2))
        distributions.path(kept.sha256).unlink()
        entry = queries.entry(facade.publish_dataset(dataset=a_dataset(distributions=kept)).identifier)
        monkeypatch.setattr(harvesting.urllib.request, "urlopen", lambda *_, **__: (home.path / "body").open("rb"))
        (home.path / "body").write_bytes(body)
        with pytest.raises(Problem) as refused:
            distributions.page("sc.example", content_of(queries.document_of(entry)))
        assert refused.value.kind.code == "distributions-spoilt"
        assert list((home.path / "distributions").iterdir()) == []

    def test_an_unknown_list_is_not_found(self, client):
        answer = client.get(reverse("distributions", args=["0" * 64]), headers={"Accept": "application/json"})
        assert answer.json()["code"] == "not-found"
