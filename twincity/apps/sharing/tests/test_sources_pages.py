"""A steward registers a file in the portal, sees what is in it, has it checked and published."""

from __future__ import annotations

import io

import msgspec
import pytest
from django.urls import reverse

from tests.federation.test_two_nodes import until
from twincity.apps.sharing.models import Source
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services import sources as services
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import ME
from twincity.engines.identity import facade as identity

ROWS = "代码,名称,电话\n500101,万州,13800000001\n500102,涪陵,13800000002\n5001,坏,\n"
STANDARD = {
    "id": "county",
    "version": "1",
    "title": {"zh-Hans": "区县", "en": "County"},
    "fields": [
        {"name": "code", "title": {"zh-Hans": "代码", "en": "code"}, "key": True, "pattern": "[0-9]{6}"},
        {"name": "name", "title": {"zh-Hans": "名称", "en": "name"}, "grade": "general-3", "min_length": 2},
    ],
}
GIVEN = {
    "name": "counties",
    "title_zh": "区县表",
    "title_en": "",
    "description_zh": "",
    "description_en": "",
    "licence": "CC-BY-4.0",
    "rhythm": "monthly",
    "department": "民政局",
}


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(node_home, circle, settings, monkeypatch):
    """A home for the files, a circle for what is published."""
    monkeypatch.setattr("twincity.engines.circle.facade.member_id", lambda: ME)


@pytest.fixture
def steward(client):
    """A signed-in steward."""
    identity.create_account(username="wang", password="correct horse battery", roles=["steward"])
    client.login(username="wang", password="correct horse battery")
    return client


def upload(client, name="counties.csv"):
    file = io.BytesIO(ROWS.encode())
    file.name = name
    return client.post(reverse("sharing:source-new"), {"file": file}, headers={"Accept": "text/html"})


def page(client, address, language="zh-hans"):
    answer = client.get(address, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200
    return answer.content.decode()


def registered(client):
    standard = catalogue.publish_standard(standard=msgspec.convert(STANDARD, catalogue.Standard)).identifier
    draft = upload(client).url
    html = page(client, f"{draft}?standard={standard}")
    assert '<option value="代码" selected>' in html
    given = GIVEN | {"map_code": "代码", "map_name": "名称"}
    return client.post(f"{draft}?standard={standard}", given, headers={"Accept": "text/html"})


def test_the_preview_shows_columns_and_first_rows(steward):
    html = page(steward, upload(steward).url)
    assert all(text in html for text in ("UTF-8", "代码", "13800000002", "整数", "涪陵"))


def test_registered_with_a_standard_it_has_a_version_and_no_entry_yet(steward):
    answer = registered(steward)
    assert answer.url == reverse("sharing:source", args=["counties"])
    source = queries.source("counties")
    version = queries.newest(source)
    assert (version.number, version.rows, version.mapping) == (1, 3, {"code": "代码", "name": "名称"})
    assert queries.file(source, version.digest).exists()
    assert not list(queries.drafts().glob("*"))
    assert not catalogue.search(kind="dataset")
    html = page(steward, answer.url)
    assert all(text in html for text in ("区县表", "民政局", "尚未发布", "尚未检查", "知识共享"))


@pytest.mark.django_db(transaction=True)
def test_checked_and_published_from_the_page(steward):
    registered(steward)
    place = reverse("sharing:source", args=["counties"])
    steward.post(reverse("sharing:source-act", args=["counties", "publish"]))
    until(lambda: services.current("counties").state != "running", 60)
    assert services.current("counties").state == "done", services.current("counties").problem
    assert {each.kind for each in catalogue.search(text="区县表")} == {"dataset", "service"}
    html = page(steward, place)
    run = catalogue.quality_runs(dataset="counties")[0]
    report = reverse("sharing:source-quality", args=["counties", run.id])
    assert [text for text in ("未通过", report, "到标准的映射", "已入目录") if text not in html] == []
    shown = page(steward, report, "en")
    assert "5001" in shown
    assert "坏" not in shown
    file = steward.get(reverse("sharing:source-failures", args=["counties", run.id])).content.decode().splitlines()
    assert file[0] == "rule,row,key,field,value"
    assert "code.pattern,3,5001,code,5001" in file
    assert "name.length,3,5001,name,•••" in file


def test_a_second_source_of_that_name_is_refused_beside_the_field(steward):
    registered(steward)
    answer = steward.post(upload(steward).url, GIVEN, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "名称 counties 已被使用" in answer.content.decode()
    assert Source.objects.count() == 1


def test_a_field_that_the_form_does_not_know_is_refused(steward):
    answer = steward.post(upload(steward).url, GIVEN | {"offer": "1"}, headers={"Accept": "text/html"})
    assert "offer" in answer.content.decode()
    assert not Source.objects.exists()


@pytest.mark.parametrize("route", ["sharing:sources", "sharing:source-new"])
def test_visitors_are_sent_to_sign_in(client, route):
    assert "login" in client.get(reverse(route)).url


def test_an_official_sees_sources_but_registers_none(client):
    identity.create_account(username="li", password="correct horse battery", roles=["official"])
    client.login(username="li", password="correct horse battery")
    assert "尚未登记数据" in page(client, reverse("sharing:sources"))
    assert client.get(reverse("sharing:source-new")).status_code == 403


def test_a_mapping_to_another_standard_is_begun_from_the_columns(steward):
    registered(steward)
    other = STANDARD | {"id": "district"}
    uri = catalogue.publish_standard(standard=msgspec.convert(other, catalogue.Standard)).identifier
    answer = steward.post(reverse("sharing:source-map", args=["counties"]), {"standard": uri})
    assert answer.url == reverse("catalogue-mapping", args=["counties"])
    mapping = catalogue.saved_mapping(name="counties")
    assert (mapping.standard, mapping.columns) == (uri, ("代码", "名称", "电话"))
    assert [each.field for each in mapping.fields] == ["code", "name"]
    assert steward.post(reverse("sharing:source-map", args=["counties"]), {"standard": ""}).status_code == 422
