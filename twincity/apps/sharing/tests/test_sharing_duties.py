from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.sharing import queries, services
from twincity.apps.sharing.duties import State, judge, shipped, tally
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.documents import document_of, payload_of
from twincity.engines.catalogue.tests.examples import ME, OTHER, a_dataset
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

DUTY = "chuanyu-1/air-hourly"
LIST = reverse("sharing:duties")


def entry(**more):
    values = {
        "identifier": "https://cq.example/dataset/air/1",
        "kind": "dataset",
        "owner": ME,
        "name": "air",
        "version": "1",
        "title": LocalText("空气", "Air"),
        "body": {"duties": [DUTY], "rhythm": "annual"},
        "log_index": 0,
        "kid": "k",
        "published_at": 1_000_000_000,
        "superseded": False,
        "withdrawn": False,
    }
    return catalogue.EntryRecord(**{**values, **more})


def state_of(*datasets, after=0.0):
    part = shipped().part("500000")
    duty = next(each for each in part.duties if each.number == "air-hourly")
    now = 1_000_000_000 + int(after * 86_400)
    return judge(part, duty, datasets, {ME: "500000", OTHER: "510000"}, shipped().overdue, now).state


class TestFulfilment:
    @pytest.mark.parametrize(
        ("more", "after", "state"),
        [
            ({}, 1.9, State.FULFILLED),
            ({}, 2.1, State.OVERDUE),
            ({"owner": OTHER}, 0, State.MISSING),
            ({"owner": "stranger.example"}, 0, State.MISSING),
            ({"body": {"duties": ["chuanyu-1/motor-vehicles"]}}, 0, State.MISSING),
            ({"body": {"duties": [DUTY], "quality": {"verdict": "failed"}}}, 0, State.FAILED),
            ({"body": {"duties": [DUTY], "quality": {"verdict": "passed"}}}, 0, State.FULFILLED),
        ],
    )
    def test_a_dataset_fulfils_by_its_owner_age_and_quality(self, more, after, state):
        assert state_of(entry(**more), after=after) is state

    def test_the_best_of_several_counts(self):
        failed = entry(body={"duties": [DUTY], "quality": {"verdict": "failed"}})
        assert state_of(failed, entry()) is State.FULFILLED
        assert state_of() is State.MISSING

    @given(st.lists(st.sampled_from([entry(), entry(owner=OTHER), entry(published_at=0)])), st.floats(0, 1000))
    def test_more_datasets_never_make_it_worse(self, datasets, after):
        order = list(State)
        assert order.index(state_of(*datasets, entry(), after=after)) <= order.index(state_of(*datasets, after=after))

    def test_the_list_has_622_categories_and_none_is_claimed_to_be_verified(self):
        assert sum(shipped().categories.values()) == 622
        assert not any(each.verified for each in shipped().duty)
        counted = tally([], unnamed=331)
        assert counted.owed == 331


@pytest.mark.django_db
class TestThePages:
    @pytest.fixture(autouse=True)
    def lists(self, circle, settings):
        settings.CONFIG = settings.CONFIG.__class__(
            id=ME, title=LocalText("重庆", "Chongqing"), division="500000", address="http://127.0.0.1:8400"
        )
        services.publish_duties(division="500000")
        part = shipped().part("510000")
        document = document_of("duty-list", OTHER, "1", clock.unix(), part)
        circle.publish_as(OTHER, "tc-duty-list+jwt", payload_of(document))
        catalogue.publish_dataset(dataset=a_dataset())
        catalogue.take_in()

    def page(self, client, address=LIST, language="en", **query):
        answer = client.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
        assert answer.status_code == 200
        return answer.content.decode()

    def test_both_provinces_with_what_is_named_and_what_is_not(self, client):
        html = self.page(client)
        assert all(text in html for text in ("622 categories", "331", "291", "323", "283", "Driving licences"))
        assert html.count("Nothing offered") > 16

    def test_narrowed_by_province_and_state(self, client):
        services.link(dataset="divisions", duty=DUTY)
        assert "Hourly air quality of cities" in self.page(client, province="500000", state="fulfilled")
        assert "Hourly air quality of cities" not in self.page(client, province="510000", state="fulfilled")

    def test_a_steward_links_a_dataset(self, client, circle):
        address = reverse("sharing:duty", args=["500000", DUTY])
        assert "<form" not in self.page(client, address).split("<main", 1)[1].split("</main>")[0]
        person = get_user_model().objects.create_user("li", "correct horse battery")
        client.force_login(person)
        assert client.post(address, {"dataset": "divisions"}).status_code == 403
        identity.set_roles(username="li", roles=["steward"])
        client.force_login(get_user_model().objects.get(username="li"))
        assert 'value="divisions"' in self.page(client, address)
        client.post(address, {"dataset": "divisions"})
        assert "Fulfilled" in self.page(client, address)
        before = len(circle.logs[ME])
        services.link(dataset="divisions", duty=DUTY)
        assert len(circle.logs[ME]) == before

    def test_a_province_speaks_for_itself_only(self, circle):
        document = document_of("duty-list", OTHER, "2", clock.unix(), shipped().part("500000"))
        circle.publish_as(OTHER, "tc-duty-list+jwt", payload_of(document))
        catalogue.take_in()
        assert [part.province for part in queries.duty_lists()] == ["500000"]

    @pytest.mark.parametrize(("dataset", "duty"), [("nothing", DUTY), ("divisions", "chuanyu-1/nothing")])
    def test_what_there_is_not_is_not_linked(self, dataset, duty):
        with pytest.raises(Problem) as refused:
            services.link(dataset=dataset, duty=duty)
        assert refused.value.kind.code == "not-found"

    @pytest.mark.parametrize("query", [{"state": "x"}, {"province": "x"}, {"colour": "x"}])
    def test_a_parameter_that_means_nothing_is_refused(self, client, query):
        answer = client.get(LIST, query, headers={"Accept": "application/json"})
        assert answer.json()["field"] == next(iter(query))

    def test_the_list_has_a_page_in_the_catalogue(self, client):
        address = reverse("catalogue-entry", args=[ME, "duty-list", "chuanyu-1", "1"])
        assert "Driving licences" in self.page(client, address)
