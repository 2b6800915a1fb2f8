"""Pages of negotiations and transfers, in both languages; who may see them and who takes steps."""

from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.apps.dataspace.models import Message, Negotiation, Transfer
from twincity.apps.dataspace.services import negotiations, offering
from twincity.apps.dataspace.wire.peers import Peer
from twincity.engines.circle.tests.opened import OTHER, opened, sign_in
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel import clock
from twincity.kernel.http.client import Client
from twincity.kernel.locale_text import LocalText

pytestmark = pytest.mark.django_db
TERMS = Terms(service="probe", purpose="planning", reason=LocalText("规划", "planning"), not_after=2_000_000_000)


@pytest.fixture
def circle(node_home, tmp_path):
    with opened(node_home, tmp_path) as made:
        exchange.start(node_home.config, Client())
        yield made
        exchange.stop()


@pytest.fixture
def asked(circle):
    """A negotiation that this node has begun and a person goes on with, with its first message."""
    peer = Peer(OTHER, "http://other.example", member=True)
    begun = negotiations.begin(peer=peer, url="http://other.example/dsp", dataset="urn:d", offer="o", terms=TERMS)
    return begun.process


def page(browser, address, language="zh-hans", status=200, **query):
    answer = browser.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def one(found, kind="negotiation"):
    return reverse(f"dataspace:{kind}", args=[found.pk])


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "合约协商"), ("en", "Contract negotiations")])
def test_the_list_shows_a_negotiation_in_both_languages(client, asked, language, word):
    shown = page(sign_in(client, "official"), reverse("dataspace:negotiations"), language)
    assert word in shown
    assert one(asked) in shown


def test_a_visitor_sees_nothing(client, asked):
    for address in (reverse("dataspace:negotiations"), reverse("dataspace:transfers"), one(asked)):
        assert client.get(address).status_code in {302, 403}


def test_unknown_parameters_are_refused(client, asked):
    official = sign_in(client, "official")
    page(official, reverse("dataspace:transfers"), status=400, colour="red")
    page(official, reverse("dataspace:transfers"), status=422, state="offered")


def test_one_negotiation_shows_terms_and_messages_and_no_step_to_an_official(client, asked):
    shown = page(sign_in(client, "official"), one(asked))
    assert "planning" in shown
    assert "ContractRequestMessage" in shown
    assert "<form method" not in shown.split("<main", 1)[-1].split("</main", 1)[0]


def test_a_steward_terminates_with_a_reason(client, asked):
    steward = sign_in(client, "steward")
    answer = steward.post(one(asked), {"act": "terminate", "reason": "不再需要"})
    assert answer.status_code == 302
    assert Negotiation.objects.get(pk=asked.pk).state == "terminated"
    last = Message.objects.filter(process=asked.pk).order_by("at").last()
    assert last.body["reason"] == ["不再需要"]


@pytest.mark.parametrize("act", ["finalize", "agree", "nonsense", ""])
def test_a_step_that_is_not_open_is_refused(client, asked, act):
    answer = sign_in(client, "steward").post(one(asked), {"act": act})
    assert answer.status_code == 422
    assert Negotiation.objects.get(pk=asked.pk).state == "requested"


def test_an_official_takes_no_step(client, asked):
    assert sign_in(client, "official").post(one(asked), {"act": "terminate"}).status_code == 403
    assert Negotiation.objects.get(pk=asked.pk).state == "requested"


def test_a_transfer_is_listed_and_shown(client, circle):
    made = Transfer.objects.create(
        role="provider", peer=OTHER, peer_pid="urn:x", agreement="urn:a", contract="c", form="HttpData-PULL",
        state="started", next_attempt_at=None, token_until=clock.now(),
    )  # fmt: skip
    auditor = sign_in(client, "auditor")
    assert "HttpData-PULL" in page(auditor, one(made, "transfer"), "en")
    assert made.pk[:13] in page(auditor, reverse("dataspace:transfers"), "en")


def test_the_catalogue_goes_on_after_a_page(circle, monkeypatch):
    monkeypatch.setattr(offering, "PAGE", 2)
    for number in range(5):
        offering.offer(terms=TERMS, answer="auto", dataset=f"urn:d{number}")
    names, after, pages = [], "", 0
    while pages == 0 or after:
        page_of, after = offering.catalog(after=after)
        names += [each["@id"] for each in page_of["dataset"]]
        pages += 1
    assert (names, pages) == ([f"urn:d{number}" for number in range(5)], 3)
