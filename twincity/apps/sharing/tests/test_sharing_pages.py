from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.apps.sharing import services

pytestmark = pytest.mark.django_db
LIST = reverse("sharing:divisions")


@pytest.fixture
def loaded():
    services.load_divisions(province="50")


def page(client, address, language="zh-hans", **query):
    answer = client.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200
    return answer.content.decode()


def place(code):
    return reverse("sharing:division", args=[code])


@pytest.mark.usefixtures("loaded")
class TestTheList:
    def test_counties_with_their_province(self, client):
        html = page(client, LIST, level="county")
        assert all(text in html for text in ("万州区", place("500101"), place("500000"), "县级"))
        assert "桂溪街道" not in html

    def test_by_a_part_of_the_name_or_the_beginning_of_a_code(self, client):
        assert "桂溪街道" in page(client, LIST, text="桂溪")
        assert "垫江县" in page(client, LIST, text="50023")

    @pytest.mark.parametrize("code", ["512322", "500231001", "500231000000"])
    def test_a_whole_code_leads_to_its_page(self, client, code):
        assert client.get(LIST, {"text": code}).url == place(code)

    def test_pages(self, client):
        assert "page=2" in page(client, LIST, level="town")

    def test_nothing_found_says_so(self, client):
        assert "没有符合的行政区划" in page(client, LIST, text="不存在")

    @pytest.mark.parametrize("query", [{"sort": "x"}, {"level": "village"}, {"page": "x"}])
    def test_a_parameter_that_means_nothing_is_refused(self, client, query):
        answer = client.get(LIST, query, headers={"Accept": "application/json"})
        assert answer.json()["field"] == next(iter(query))


def test_before_the_tables_are_loaded_the_page_says_so(client):
    assert "数据表尚未载入" in page(client, LIST)


@pytest.mark.usefixtures("loaded")
class TestACode:
    def test_a_former_code_leads_to_today(self, client):
        html = page(client, place("512322"))
        assert all(text in html for text in ("517021", place("500231"), "到今天的沿革", "垫江县"))

    def test_a_county_shows_its_towns_and_changes(self, client):
        html = page(client, place("500231"), "en")
        assert all(text in html for text in ("桂溪街道", "Units below", "Changes", "107."))

    def test_a_code_that_was_divided_says_so(self, client):
        assert "仅凭代码不能确定" in page(client, place("510102"))

    @pytest.mark.parametrize(("code", "status"), [("500998", 404), ("50", 422)])
    def test_what_is_no_code(self, client, code, status):
        answer = client.get(place(code), headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["field"]) == (status, "code")
