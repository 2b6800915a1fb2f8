from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from twincity.engines.catalogue import facade, jobs, panels, queries, services
from twincity.engines.catalogue.documents import document_of, payload_of
from twincity.engines.catalogue.services import subscribing
from twincity.engines.catalogue.tests.examples import ME, OTHER, SERVICE, a_dataset, a_standard
from twincity.kernel import jws
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
FEED = reverse("catalogue-feed")
INBOX = reverse("catalogue-subscriptions")
WHY = LocalText("停用", "ended")


def theirs(circle, name="stops", title=("公交站点", "Bus stops"), version="1", **more):
    content = a_dataset(name=name, title=LocalText(*title), **more)
    circle.publish_as(
        OTHER, "tc-dataset+jwt", payload_of(document_of("dataset", OTHER, version, 1_700_000_000, content))
    )
    services.take_in()


@pytest.fixture
def person(circle):
    return get_user_model().objects.create_user("li", "correct horse battery")


class TestTheFeed:
    def test_it_tells_every_change_in_its_order_with_the_signed_document(self, client, circle):
        made = facade.publish_dataset(dataset=a_dataset())
        facade.publish_dataset(dataset=a_dataset(rows=3))
        theirs(circle)
        facade.withdraw(identifier=made.identifier.replace("/1", "/2"), reason=WHY)
        found = client.get(FEED).json()
        assert [(each["act"], each["owner"], each["index"]) for each in found["changes"]] == [
            ("published", ME, 0),
            ("changed", ME, 1),
            ("published", OTHER, 0),
            ("withdrawn", ME, 2),
        ]
        for each in found["changes"]:
            key = circle.keys[each["owner"]].public
            payload = jws.verify(each["jws"], {key.kid: key}.get, typ=jws.header(each["jws"])["typ"])
            assert payload["iss"] == each["owner"]
        assert [each["seq"] for each in found["changes"]] == sorted({each["seq"] for each in found["changes"]})

    def test_a_cursor_leads_on_and_at_the_end_nothing_is_sent_twice(self, client, circle):
        for rows in range(5):
            facade.publish_dataset(dataset=a_dataset(rows=rows))
        first = client.get(FEED, {"limit": 2}).json()
        second = client.get(FEED, {"after": first["next"], "limit": 3}).json()
        assert [each["index"] for each in first["changes"] + second["changes"]] == [0, 1, 2, 3, 4]
        last = client.get(FEED, {"after": second["next"]})
        assert (last.json()["changes"], last.json()["next"]) == ([], second["next"])
        again = client.get(FEED, {"after": second["next"]}, headers={"If-None-Match": last["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        facade.publish_dataset(dataset=a_dataset(rows=9))
        new = client.get(FEED, {"after": second["next"]}, headers={"If-None-Match": last["ETag"]})
        assert [each["index"] for each in new.json()["changes"]] == [5]

    def test_as_cloud_events(self, client, circle):
        made = facade.publish_dataset(dataset=a_dataset())
        answer = client.get(FEED, headers={"Accept": "application/cloudevents-batch+json"})
        assert answer["Content-Type"] == "application/cloudevents-batch+json"
        (event,) = answer.json()
        assert event["data"] == circle.logs[ME][0][1]
        assert (event["specversion"], event["type"]) == ("1.0", "twincity.catalogue.published")
        assert (event["id"], event["source"], event["subject"]) == ("0", f"https://{ME}/log/public", made.identifier)
        assert event["time"].endswith("Z")

    @pytest.mark.parametrize("query", [{"after": "-1"}, {"limit": "501"}, {"limit": "0"}, {"since": "1"}])
    def test_what_means_nothing_is_refused(self, client, query):
        answer = client.get(FEED, query, headers={"Accept": "application/json"})
        assert answer.status_code in {400, 422}
        assert answer.json()["field"] == next(iter(query))

    def test_a_replay_is_no_change(self, circle):
        facade.publish_dataset(dataset=a_dataset())
        before = queries.latest()
        circle.replay()
        services.take_in()
        assert queries.latest() == before


class TestSubscriptions:
    def test_new_changed_and_withdrawn_entries_are_told_once(self, circle, person):
        services.subscribe(account="li", text="公交", chosen={"kind": "dataset"})
        theirs(circle)
        theirs(circle, name="schools", title=("学校", "Schools"))
        theirs(circle, rows=4, version="2")
        assert (services.notify(), services.notify()) == (2, 0)
        facade.publish_dataset(dataset=a_dataset(name="bus", title=LocalText("公交线路", "Bus lines")))
        facade.withdraw(identifier="https://cq.example/dataset/bus/1", reason=WHY)
        jobs.notify(None)
        acts = [(each.act, each.title["en"]) for each in queries.notices("li")]
        assert acts == [
            ("withdrawn", "Bus lines"),
            ("published", "Bus lines"),
            ("changed", "Bus stops"),
            ("published", "Bus stops"),
        ]

    def test_what_was_there_before_is_not_told(self, circle, person):
        theirs(circle)
        services.subscribe(account="li", text="公交", chosen={})
        assert services.notify() == 0

    @pytest.mark.parametrize(
        ("chosen", "told"),
        [
            ({"owner": OTHER, "kind": "dataset", "name": "stops"}, 1),
            ({"owner": OTHER, "kind": "dataset", "name": "others"}, 0),
            ({"division": "500000"}, 1),
            ({"division": "510000"}, 0),
            ({"box": "106,29,107,30"}, 1),
            ({"box": "90,29,91,30"}, 0),
            ({"theme": "transport"}, 1),
            ({"licence": "MIT"}, 0),
        ],
    )
    def test_every_choice_counts(self, circle, person, chosen, told):
        services.subscribe(account="li", text="", chosen=chosen)
        theirs(circle, theme="transport", bbox=("106.5", "29.5", "106.6", "29.6"))
        assert services.notify() == told

    @pytest.mark.parametrize("batch", [1, 2])
    def test_no_change_is_lost_between_batches(self, circle, person, monkeypatch, batch):
        monkeypatch.setattr(subscribing, "BATCH", batch)
        services.subscribe(account="li", text="", chosen={})
        for number in range(3):
            theirs(circle, version=str(number + 1), rows=number)
        services.subscribe(account="li", text="later", chosen={})
        assert services.notify() == 3

    def test_the_same_again_changes_nothing_and_there_is_a_limit(self, circle, person, monkeypatch):
        monkeypatch.setattr(subscribing, "MOST", 1)
        for _ in range(2):
            services.subscribe(account="li", text="x", chosen={"kind": ""})
        with pytest.raises(Problem) as refused:
            services.subscribe(account="li", text="y", chosen={})
        assert refused.value.kind.code == "too-many-subscriptions"

    def test_only_the_last_notices_are_kept(self, circle, person, monkeypatch):
        monkeypatch.setattr(subscribing, "KEPT", 2)
        services.subscribe(account="li", text="", chosen={})
        for number in range(4):
            theirs(circle, version=str(number + 1), rows=number)
        services.notify()
        assert queries.notices("li").count() == 2


class TestThePages:
    def test_from_a_search_to_the_inbox_and_back(self, client, circle, person, rf):
        client.force_login(person)
        assert 'name="text" value="公交"' in client.get(reverse("catalogue"), {"text": "公交"}).content.decode()
        answer = client.post(reverse("catalogue-subscribe"), {"text": "公交", "kind": "dataset"})
        assert answer.url == INBOX
        theirs(circle)
        services.notify()
        html = client.get(INBOX, headers={"Accept-Language": "en"}).content.decode()
        assert all(text in html for text in ("Bus stops", "Published", "New", "“公交” · Dataset"))
        request = rf.get("/")
        request.user = person
        assert panels.unread(request)[1] == {"unread": 1}
        client.post(reverse("catalogue-read"))
        assert panels.unread(request) is None
        (kept,) = queries.subscriptions("li")
        client.post(reverse("catalogue-unsubscribe", args=[kept.pk]))
        assert not queries.subscriptions("li")

    def test_nobody_ends_what_belongs_to_another(self, client, person):
        kept = services.subscribe(account="li", text="x", chosen={})
        client.force_login(get_user_model().objects.create_user("wang", "correct horse battery"))
        answer = client.post(reverse("catalogue-unsubscribe", args=[kept.pk]), headers={"Accept": "application/json"})
        assert answer.json()["code"] == "not-found"
        assert queries.subscriptions("li")

    def test_visitors_are_sent_to_sign_in(self, client):
        assert "login" in client.get(INBOX).url
        assert "login" in client.post(reverse("catalogue-subscribe"), {"text": "x"}).url

    def test_a_field_that_means_nothing_is_refused(self, client, person):
        client.force_login(person)
        answer = client.post(reverse("catalogue-subscribe"), {"colour": "x"}, headers={"Accept": "application/json"})
        assert answer.json()["field"] == "colour"

    def test_from_an_entry(self, client, circle, person):
        facade.publish_standard(standard=a_standard())
        facade.publish_service(description=SERVICE)
        client.force_login(person)
        address = reverse("catalogue-entry", args=[ME, "service", "divisions", "1"])
        assert 'name="name" value="divisions"' in client.get(address).content.decode()
