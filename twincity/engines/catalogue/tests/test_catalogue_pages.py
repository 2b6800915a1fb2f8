from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from twincity.engines.catalogue import facade, panels, services
from twincity.engines.catalogue.documents import document_of, payload_of
from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.tests.examples import ME, OTHER, SERVICE, a_dataset, a_standard
from twincity.kernel.locale_text import LocalText

pytestmark = pytest.mark.django_db
LIST = reverse("catalogue")


@pytest.fixture(autouse=True)
def entries(circle, settings):
    """What two provinces publish; this node is Chongqing's."""
    settings.CONFIG = settings.CONFIG.__class__(
        id=ME, title=LocalText("重庆", "Chongqing"), division="500000", address="http://127.0.0.1:8400"
    )
    facade.publish_standard(standard=a_standard())
    facade.publish_dataset(dataset=a_dataset())
    facade.publish_service(description=SERVICE)
    theirs = document_of("dataset", OTHER, "1", 1_700_000_000, a_dataset(title=LocalText("区划表", "Table of codes")))
    circle.publish_as(OTHER, "tc-dataset+jwt", payload_of(theirs))
    services.take_in()


def page(client, address, language="zh-hans", **query):
    answer = client.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200
    return answer.content.decode()


def place(owner, kind, name, version):
    return reverse("catalogue-entry", args=[owner, kind, name, version])


STANDARD = place(ME, "standard", "division", "1.0")
DATASET = place(ME, "dataset", "divisions", "1")


class TestTheList:
    def test_everything_is_listed_with_its_publisher(self, client):
        html = page(client, LIST)
        assert all(text in html for text in ("行政区划代码", "区划表", "四川省", "重庆市", STANDARD))

    def test_english(self, client):
        html = page(client, LIST, "en")
        assert "Division codes" in html
        assert "Sichuan" in html

    def test_search_and_facets_keep_each_other(self, client):
        html = page(client, LIST, text="区划", owner=OTHER)
        assert "区划表" in html
        assert STANDARD not in html
        assert 'value="区划"' in html
        assert f"?text=%E5%8C%BA%E5%88%92&amp;kind=dataset&amp;owner={OTHER}" in html

    def test_nothing_found_says_so(self, client):
        assert "没有条目包含所有这些词" in page(client, LIST, text="不存在的东西")

    @pytest.mark.parametrize("query", [{"sort": "x"}, {"kind": "thing"}, {"page": "0"}, {"text": "x" * 201}])
    def test_a_parameter_that_means_nothing_is_refused(self, client, query):
        answer = client.get(LIST, query, headers={"Accept": "application/json"})
        assert answer.status_code in {400, 422}
        assert answer.json()["field"] == next(iter(query))

    def test_a_title_is_shown_as_text(self, client, circle):
        facade.publish_dataset(dataset=a_dataset(name="x", title=LocalText("<script>", "<b>")))
        assert "<script>" not in page(client, LIST).replace("<script src=", "").replace("<script nonce", "")


class TestAStandard:
    def test_fields_rules_and_codes(self, client):
        html = page(client, STANDARD)
        assert all(text in html for text in ("[0-9]{6}", "代码不重复", "县级", "重要", "GB/T 36344-2018", "未核实"))

    def test_provenance(self, client, circle):
        html = page(client, STANDARD, "en")
        assert all(
            text in html
            for text in ("https://cq.example/standard/division/1.0", "cq.example/public", circle.keys[ME].public.kid)
        )

    def test_a_superseded_version_leads_to_the_newest(self, client, circle):
        facade.publish_standard(standard=a_standard("2.0"))
        assert place(ME, "standard", "division", "2.0") in page(client, STANDARD)

    def test_as_json_schema(self, client):
        found = client.get(reverse("catalogue-schema", args=[ME, "division", "1.0"])).json()
        assert found["properties"]["level"]["anyOf"][0]["enum"] == ["county"]


class TestADataset:
    def test_facts_and_links(self, client):
        html = page(client, DATASET)
        assert all(text in html for text in (STANDARD, "1,093", "CC-BY-4.0", place(ME, "service", "divisions", "1")))

    def test_the_report_of_an_own_dataset(self, client):
        facade.check_quality(dataset="divisions", rows=[{"code": "500231"}, {"code": "x"}], standard=a_standard())
        html = page(client, DATASET, "en")
        assert all(text in html for text in ("Not passed", "1 / 2", "50.0%"))

    def test_the_summary_of_another_members_dataset(self, client):
        facade.check_quality(dataset="divisions", rows=[{"code": "x"}], standard=a_standard())
        html = page(client, place(OTHER, "dataset", "divisions", "1"), "en")
        assert "its publisher" in html
        assert "Not passed" not in html

    def test_a_withdrawn_one_says_why(self, client):
        why = LocalText("并入新表", "merged into the new table")
        facade.withdraw(identifier="https://cq.example/dataset/divisions/1", reason=why)
        assert "并入新表" in page(client, DATASET)


class TestAService:
    def test_endpoints(self, client):
        html = page(client, place(ME, "service", "divisions", "1"))
        assert all(text in html for text in ("/units/{code}/towns", DATASET, STANDARD))

    def test_as_json(self, client):
        found = client.get(reverse("catalogue-document", args=[ME, "service", "divisions", "1"])).json()
        assert (found["log_index"], found["body"]["dataset"]) == (2, "divisions")


def test_an_identifier_of_this_node_leads_to_its_page(client):
    assert client.get("/standard/division/1.0").url == STANDARD


@pytest.mark.parametrize(
    "address", [place("x.example", "dataset", "a", "1"), "/catalogue/cq.example/standard/a/1/schema.json"]
)
def test_an_unknown_entry_is_not_found(client, address):
    assert client.get(address, headers={"Accept": "application/json"}).json()["code"] == "not-found"


def test_json_takes_no_parameters(client):
    answer = client.get(reverse("catalogue-schema", args=[ME, "division", "1.0"]), {"a": 1})
    assert answer.status_code == 400


def test_the_first_page_shows_what_is_new(client, rf):
    template, context = panels.newest(rf.get("/"))
    assert "区划表" in render_to_string(template, context)


def test_an_empty_catalogue_has_no_panel(rf):
    Entry.objects.all().delete()
    assert panels.newest(rf.get("/")) is None


def test_pages_work_before_the_node_has_joined_a_circle(client, monkeypatch):
    monkeypatch.setattr("twincity.engines.circle.facade.is_open", lambda: False)
    assert "sc.example" in page(client, LIST)
