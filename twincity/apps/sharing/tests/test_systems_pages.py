"""A steward registers a service of a system in the portal and sees how the system is."""

from __future__ import annotations

import asyncio
import io
import json

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from twincity.apps.sharing import panels
from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.queries import sources as places
from twincity.apps.sharing.services import offers
from twincity.apps.sharing.services import systems as services
from twincity.apps.sharing.services.systems import offering
from twincity.apps.sharing.tests.office import description, open_office
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import ME
from twincity.engines.exchange import facade as exchange
from twincity.engines.identity import facade as identity
from twincity.kernel import operations
from twincity.kernel.home import SourceSystem
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

HTML = {"Accept": "text/html", "Accept-Language": "zh-hans"}
GIVEN = {"name": "firms", "title_zh": "企业查询", "title_en": "", "operations": ["GET /firms"]}
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings):
    with open_office() as (address, handler):
        settings.CONFIG = msgspec.structs.replace(settings.CONFIG, sources={"office": SourceSystem(url=address)})
        yield handler


@pytest.fixture(autouse=True)
def _home(node_home, circle, office, monkeypatch):
    """A home for the drafts, a circle for what is published."""
    monkeypatch.setattr("twincity.engines.circle.facade.member_id", lambda: ME)
    yield
    exchange.withdraw("firms")


@pytest.fixture
def steward(client):
    identity.create_account(username="wang", password="correct horse battery", roles=["steward"])
    client.login(username="wang", password="correct horse battery")
    return client


def upload(client, **more):
    file = io.BytesIO(json.dumps(description()).encode())
    file.name = "openapi.json"
    return client.post(
        reverse("sharing:service-new"), {"system": "office", "file": file, "path": ""} | more, headers=HTML
    )


def page(client, address):
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200
    return answer.content.decode()


def test_uploaded_chosen_and_published(steward):
    choosing = upload(steward).url
    html = page(steward, choosing)
    assert [text for text in ("GET /firms/{code}", "需要请求头", "Firms") if text not in html] == []
    assert 'value="GET /secret"' not in html
    answer = steward.post(choosing, GIVEN, headers=HTML)
    assert answer.url == reverse("sharing:service", args=["firms"])
    assert {each.kind for each in catalogue.search(text="企业查询")} == {"service"}
    assert "firms" in {each.name for each in exchange.registered()}
    assert not list(places.drafts().glob("*"))
    html = page(steward, answer.url)
    assert all(text in html for text in ("企业查询", "尚未查看", "GET /health", "GET /firms"))
    assert "企业查询" in page(steward, reverse("sharing:sources"))


def test_without_a_file_it_is_fetched_from_the_system(steward, office):
    address = reverse("sharing:service-new")
    answer = steward.post(address, {"system": "office", "path": "/openapi.json"}, headers=HTML)
    assert "/sources/services/new/" in answer.url
    assert office.asked[-1][:2] == ("GET", "/openapi.json")
    missing = steward.post(address, {"system": "office", "path": "/nowhere.json"}, headers=HTML)
    assert missing.status_code == 422
    assert "db.internal" not in missing.content.decode()


def test_what_cannot_be_offered_is_refused(steward):
    choosing = upload(steward).url
    for wrong in ({"operations": ["GET /secret"]}, {"operations": []}, {"name": "services"}, {"name": "divisions"}):
        assert steward.post(choosing, GIVEN | wrong, headers=HTML).status_code == 422
    assert not SystemService.objects.exists()
    assert not catalogue.search(kind="service")


def first_page(rf):
    request = rf.get("/")
    request.user = get_user_model().objects.get(username="wang")
    return panels.silent(request)


def test_a_system_that_is_gone_stands_on_the_first_page_until_it_is_back(steward, rf, settings, office):
    steward.post(upload(steward).url, GIVEN, headers=HTML)
    services.look()
    assert "正常应答" in page(steward, reverse("sharing:service", args=["firms"]))
    assert office.asked[-1][:2] == ("GET", "/health")
    named = settings.CONFIG.sources
    settings.CONFIG = msgspec.structs.replace(settings.CONFIG, sources={})
    services.look()
    assert "没有 [sources.office]" in page(steward, reverse("sharing:service", args=["firms"]))
    template, context = first_page(rf)
    with translation.override("zh-hans"):
        assert all(text in render_to_string(template, context) for text in ("没有应答的系统", "企业查询"))
    settings.CONFIG = msgspec.structs.replace(settings.CONFIG, sources=named)
    services.look()
    assert first_page(rf) is None


def test_withdrawn_from_the_page_it_is_offered_no_longer(steward):
    steward.post(upload(steward).url, GIVEN, headers=HTML)
    steward.post(reverse("sharing:service-withdraw", args=["firms"]))
    assert not SystemService.objects.exists()
    assert not catalogue.search(kind="service")
    assert "firms" not in {each.name for each in exchange.registered()}


def test_a_start_offers_it_again(steward):
    steward.post(upload(steward).url, GIVEN, headers=HTML)
    exchange.withdraw("firms")
    offers.offer_all()
    assert "firms" in {each.name for each in exchange.registered()}


def test_operations_say_what_can_be_offered():
    found = operations.perform("sharing.describe-service", {"system": "office"})
    assert {each["operation"]: each["why"] for each in found}["GET /secret"] == "parameter"
    assert operations.perform("sharing.services", {}) == []


def test_a_system_that_hangs_does_not_take_all_places(monkeypatch):
    monkeypatch.setitem(offering._under_way, "office", offering.AT_ONCE)
    service = offering.service_of(
        services.register(services.fetched("office"), services.Choice(
            name="firms", title=LocalText("企业", "Firms"), operations=("GET /firms",)))
    )  # fmt: skip
    endpoint, _ = service.find("GET", "/firms")
    call = exchange.Call("m", "x", "", "p", exchange.Grant(id="g", subject="any", service="firms"), 0)
    with pytest.raises(Problem, match="unavailable"):
        asyncio.run(endpoint.handler(call, msgspec.convert({}, endpoint.parameters)))


@pytest.mark.parametrize("route", ["sharing:service-new"])
def test_only_stewards_register(client, route):
    assert "login" in client.get(reverse(route)).url
    identity.create_account(username="li", password="correct horse battery", roles=["official"])
    client.login(username="li", password="correct horse battery")
    assert client.get(reverse(route)).status_code == 403
