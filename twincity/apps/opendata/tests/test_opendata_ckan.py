"""The actions of CKAN: what they answer, and how they refuse."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.opendata.api.answers import ACTIONS
from twincity.apps.opendata.faces import names
from twincity.apps.opendata.faces.ckan import filters
from twincity.apps.opendata.faces.ckan.errors import ActionError
from twincity.apps.opendata.tests.world import many
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import a_dataset

pytestmark = pytest.mark.django_db
BUSES, DIVISIONS, TOWNS = "cq_example__bus_stops", "cq_example__divisions", "sc_example__towns"
OWNERS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,3})?(\.[a-z0-9]{1,5}){1,3}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)


def ask(client, action, status=200, **given):
    answer = client.get(f"/api/3/action/{action}", given)
    assert answer.status_code == status, answer.content
    found = json.loads(answer.getvalue())
    assert found["success"] is (status == 200)
    assert found["help"].endswith(f"/api/3/action/help_show?name={action}")
    return found["result" if status == 200 else "error"]


def found(client, **given):
    return [each["name"] for each in ask(client, "package_search", **given)["results"]]


class TestPackages:
    def test_all_are_listed_by_name_and_in_parts(self, filled, client) -> None:
        assert ask(client, "package_list") == [BUSES, DIVISIONS, TOWNS]
        assert ask(client, "package_list", limit=1, offset=1) == [DIVISIONS]

    def test_one_says_what_its_entry_says(self, filled, client) -> None:
        shown = ask(client, "package_show", id=BUSES)
        assert shown["title_translated"]["en"] == 'Bus stops "central" \\ 2026'
        assert (shown["license_id"], shown["isopen"], shown["frequency"]) == ("CC-BY-4.0", True, "daily")
        assert shown["organization"]["name"] == shown["owner_org"] == "cq_example"
        assert json.loads(shown["spatial"])["coordinates"][0][0] == [106.4, 29.5]
        assert [each["format"] for each in shown["resources"]] == ["CSV", "GeoJSON", "古籍", "JSON"]
        assert shown["num_resources"] == 4

    def test_what_needs_a_grant_leads_to_where_one_is_asked_for(self, filled, client) -> None:
        shown = ask(client, "package_show", id=DIVISIONS)
        assert {"key": "access_rights", "value": "restricted"} in shown["extras"]
        (service,) = shown["resources"]
        assert service["url"] == "https://cq.example/agreements/new/?provider=cq.example&service=divisions"

    def test_one_that_there_is_not_is_not_found(self, filled, client) -> None:
        for name in ("cq_example__nothing", "nothing", "sc_example__divisions"):
            error = ask(client, "package_show", status=404, id=name)
            assert error == {"__type": "Not Found Error", "message": f"Not found: package {name}"}

    def test_ten_thousand_resources_come_in_pieces(self, circle, client) -> None:
        lines = (catalogue.Distribution(title=f"r{n}", url=f"https://data.example/{n}") for n in range(10_000))
        listed = catalogue.keep_distributions(distributions=lines)
        catalogue.publish_dataset(dataset=a_dataset(name="large", distributions=listed))
        catalogue.take_in()
        answer = client.get("/api/3/action/package_show", {"id": "cq_example__large"})
        pieces = list(answer.streaming_content)
        assert max(map(len, pieces)) < 10_000
        resources = json.loads(b"".join(pieces))["result"]["resources"]
        assert [resources[n]["name"] for n in (0, 9_999)] == ["r0", "r9999"]
        assert ask(client, "resource_show", id="cq_example__large.9999")["url"] == "https://data.example/9999"
        ask(client, "resource_show", status=404, id="cq_example__large.10000")


class TestSearch:
    def test_words_find_datasets_of_both_provinces(self, filled, client) -> None:
        assert found(client, q="四川乡镇") == [TOWNS]
        assert set(found(client, q="*:*")) == {BUSES, DIVISIONS, TOWNS}

    @pytest.mark.parametrize(
        ("fq", "wanted"),
        [
            ("organization:sc_example", [TOWNS]),
            ("+organization:cq_example +res_format:CSV", [BUSES]),
            ('groups:"自选 主题"', [TOWNS]),
            ("tags:交通运输 AND license_id:CC-BY-4.0", [BUSES]),
            ("dataset_type:dataset organization:sc_example", [TOWNS]),
            ("res_format:PDF", []),
            ("metadata_modified:[* TO 2024-01-01T00:00:00Z]", [TOWNS]),
            ("+metadata_modified:[2999-01-01T00:00:00Z TO *]", []),
        ],
    )
    def test_filters_narrow(self, filled, client, fq, wanted) -> None:
        assert found(client, fq=fq) == wanted

    def test_a_harvester_asks_for_what_changed_since_it_came(self, filled, client) -> None:
        since = "+metadata_modified:[2024-01-01T00:00:00Z TO *]"
        assert set(found(client, fq=since, sort="metadata_modified asc")) == {BUSES, DIVISIONS}

    def test_orders(self, filled, client) -> None:
        assert found(client, sort="name asc") == [BUSES, DIVISIONS, TOWNS]
        assert found(client, sort="metadata_modified asc")[0] == TOWNS
        assert found(client, sort="score desc, metadata_modified desc")[-1] == TOWNS

    def test_facets_are_counted_and_titled(self, filled, client) -> None:
        fields = '["organization", "res_format", "license_id"]'
        result = ask(client, "package_search", **{"facet.field": fields, "rows": 0})
        assert (result["count"], result["results"]) == (3, [])
        assert result["facets"]["organization"] == {"cq_example": 2, "sc_example": 1}
        assert result["facets"]["res_format"]["CSV"] == 1
        (title,) = (i for i in result["search_facets"]["organization"]["items"] if i["name"] == "sc_example")
        assert title == {"name": "sc_example", "display_name": "四川省", "count": 1}
        limited = ask(client, "package_search", **{"facet.field": fields, "facet.limit": 1})
        assert limited["facets"]["organization"] == {"cq_example": 2}

    def test_parts_hold_every_dataset_once(self, circle, client) -> None:
        many(7)
        seen = [name for start in range(0, 9, 2) for name in found(client, rows=2, start=start, sort="name asc")]
        assert seen == [f"cq_example__set-{number:03}" for number in range(7)]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"colour": "red"}, "colour"),
            ({"rows": "many"}, "rows"),
            ({"start": -1}, "start"),
            ({"fq": "colour:red"}, "fq"),
            ({"fq": "-organization:cq_example"}, "fq"),
            ({"fq": "organization:a organization:b"}, "fq"),
            ({"fq": "metadata_modified:yesterday"}, "fq"),
            ({"sort": "colour asc"}, "sort"),
            ({"facet.field": '["colour"]'}, "facet.field"),
        ],
    )
    def test_what_is_not_kept_is_refused_by_name(self, filled, client, given, field) -> None:
        error = ask(client, "package_search", status=409, **given)
        assert error["__type"] == "Validation Error"
        assert field in error


class TestGroups:
    def test_members_are_organizations(self, filled, client) -> None:
        assert ask(client, "organization_list") == ["cq_example", "sc_example"]
        one = ask(client, "organization_list", all_fields="true", limit=1)
        assert (one[0]["title"], one[0]["package_count"]) == ("重庆市", 2)
        shown = ask(client, "organization_show", id="sc_example", include_datasets="true")
        assert [each["name"] for each in shown["packages"]] == [TOWNS]
        ask(client, "organization_show", status=404, id="gz_example")

    def test_themes_are_groups_and_tags(self, filled, client) -> None:
        assert ask(client, "group_list") == ask(client, "tag_list") == ["交通运输", "自选 主题", "行政区划"]
        assert ask(client, "group_show", id="交通运输")["package_count"] == 1
        assert ask(client, "tag_list", query="交通") == ["交通运输"]
        ask(client, "group_show", status=404, id="无")

    def test_licences_with_their_texts(self, filled, client) -> None:
        found = {each["id"]: each["url"] for each in ask(client, "license_list")}
        assert found["CC-BY-4.0"] == "https://creativecommons.org/licenses/by/4.0/"
        assert found["wtfpl"] == ""

    def test_resources_are_found_by_format(self, filled, client) -> None:
        result = ask(client, "resource_search", query="format:csv")
        assert (result["count"], result["results"][0]["name"]) == (1, "站点")
        assert ask(client, "resource_search", query='["format:CSV", "name:无"]')["count"] == 0
        assert "query" in ask(client, "resource_search", status=409, query="hash:x")

    def test_all_with_resources_newest_first(self, filled, client) -> None:
        shown = ask(client, "current_package_list_with_resources", limit=2)
        assert len(shown) == 2
        assert all(each["resources"] for each in shown)


class TestEnvelope:
    def test_json_may_be_posted_without_a_token_of_this_site(self, filled) -> None:
        answer = Client(enforce_csrf_checks=True).post(
            "/api/action/package_search", {"q": "四川", "rows": 1}, content_type="application/json"
        )
        assert json.loads(answer.getvalue())["result"]["count"] == 1

    def test_any_origin_may_read(self, filled, client) -> None:
        assert client.get("/api/3/action/site_read")["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("body", ["{", "[1]", "7"])
    def test_a_body_that_is_no_object_is_refused(self, filled, client, body) -> None:
        answer = client.post("/api/3/action/package_list", body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json().startswith("Bad request - JSON Error")

    def test_an_action_that_there_is_not_is_named(self, filled, client) -> None:
        answer = client.get("/api/3/action/package_create")
        assert (answer.status_code, answer.json()) == (400, "Bad request - Action name not known: package_create")

    def test_every_action_says_what_it_does(self, filled, client) -> None:
        assert len(ACTIONS) == 15
        assert all(ask(client, "help_show", name=name) for name in ACTIONS)
        ask(client, "help_show", status=404, name="package_create")
        assert ask(client, "status_show")["ckan_version"] == "2.11.0"


@given(OWNERS, NAMES)
def test_a_package_s_name_leads_back_to_owner_and_name(owner, name) -> None:
    made = names.package(owner, name)
    assert names.place(made) == (owner, name)
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.text(max_size=60))
def test_a_filter_is_understood_or_refused(text) -> None:
    try:
        understood = filters.read("fq", text)
    except ActionError as error:
        refused: ActionError | None = error
    else:
        refused = None
        assert understood.chosen or understood.span or not text.strip() or ":" in text
    assert refused is None or refused.status == 409


@given(st.text(max_size=60))
def test_a_question_loses_nothing_but_filters(text) -> None:
    words, more = filters.question(text)
    assert more or words == text.replace("*:*", " ").strip()
