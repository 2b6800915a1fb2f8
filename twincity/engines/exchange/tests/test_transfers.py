"""Files fetched in the background from a provider made of paper: what is kept, what is discarded, who may do what."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from django.urls import reverse

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange.models import Transfer
from twincity.engines.exchange.services import fetching, transfers
from twincity.engines.exchange.tests.pages_world import exchanging, page
from twincity.engines.exchange.wire import consumer, streaming
from twincity.engines.exchange.wire.runtime import current
from twincity.engines.identity import facade as identity
from twincity.kernel.problems import Problem

WHOLE = bytes(range(256)) * 64
INDEX = "/transfers/"


@pytest.fixture
def circle(node_home, tmp_path, db):
    with exchanging(node_home, tmp_path) as made:
        yield made


class Paper:
    """A provider that says and gives what a test tells it."""

    def __init__(self, monkeypatch) -> None:
        self.said: dict[str, Any] = {"tag": "t1", "size": len(WHOLE), "sha256": hashlib.sha256(WHOLE).hexdigest()}
        self.status, self.data, self.ends = 200, WHOLE, len(WHOLE)
        self.breaks: Problem | None = None
        self.asked: list[str] = []
        monkeypatch.setattr(consumer, "call", self._call)
        monkeypatch.setattr(streaming, "stream", self._stream)

    async def _call(self, _: Any, outbound: consumer.Outbound) -> consumer.Result:
        return consumer.Result("id", self.status, "", msgspec.json.encode(self.said), "", 0, "no")

    async def _stream(self, _: Any, outbound: consumer.Outbound, most: int) -> AsyncGenerator[bytes, None]:
        self.asked.append(f"{outbound.path}?{outbound.query}")
        begun = int(outbound.query.removeprefix("offset="))
        for place in range(begun, self.ends, 1000):
            yield self.data[place : min(place + 1000, self.ends)]
        if self.breaks is not None:
            raise self.breaks


@pytest.fixture
def paper(circle, monkeypatch) -> Paper:
    return Paper(monkeypatch)


def begin() -> Transfer:
    return transfers.begin(provider=OTHER, service="sections", path="/extract", purpose="planning", by="someone")


def attempt(row: Transfer, stopped: bool = False) -> None:
    """One run, as the background would make it, but in this thread's transaction."""

    async def run() -> None:
        fetch = fetching.Fetch(current(), row, lambda: stopped)
        described = await fetch.describe()
        row.tag, row.size, row.sha256 = described.tag, described.size, described.sha256
        await fetch.run(described)

    asyncio.run(run())


def refused(row: Transfer) -> str:
    with pytest.raises(Problem) as caught:
        attempt(row)
    return caught.value.kind.code


def test_a_whole_file_is_kept_and_not_fetched_again(paper) -> None:
    row = begin()
    attempt(row)
    attempt(row)
    assert fetching.whole_file(row.id).read_bytes() == WHOLE
    assert paper.asked == ["/extract/t1?offset=0"]


def test_after_a_break_only_what_is_missing_is_asked_for(paper) -> None:
    row = begin()
    paper.ends, paper.breaks = 5000, Problem(consumer.UNREACHABLE, member=OTHER, reason="gone")
    assert refused(row) == "provider-unreachable"
    paper.ends, paper.breaks = len(WHOLE), None
    attempt(row)
    assert paper.asked == ["/extract/t1?offset=0", "/extract/t1?offset=5000"]
    assert fetching.whole_file(row.id).read_bytes() == WHOLE


def test_a_pause_keeps_what_has_come(paper) -> None:
    row = begin()
    with pytest.raises(fetching.StoppedError):
        attempt(row, stopped=True)
    assert fetching.received(row.id) == 1000


def test_a_newer_version_ends_the_delivery(paper) -> None:
    row = begin()
    paper.ends, paper.breaks = 5000, Problem(consumer.UNREACHABLE, member=OTHER, reason="gone")
    refused(row)
    paper.said |= {"tag": "t2"}
    assert refused(row) == "changed"


def test_bytes_that_are_not_the_signed_ones_are_discarded(paper) -> None:
    row = begin()
    paper.data = WHOLE[:-1] + b"x"
    assert refused(row) == "digest-mismatch-file"
    assert fetching.received(row.id) == 0


def test_a_stream_that_proves_false_at_its_end_leaves_nothing(paper) -> None:
    row = begin()
    paper.ends, paper.breaks = 3000, Problem(consumer.UNREACHABLE, member=OTHER, reason="gone")
    refused(row)
    paper.ends, paper.breaks = 9000, Problem(consumer.UNPROVEN, member=OTHER, reason="digest-mismatch")
    assert refused(row) == "answer-unproven"
    assert fetching.received(row.id) == 3000


@pytest.mark.parametrize(("status", "later"), [(403, False), (404, False), (429, True), (503, True)])
def test_what_is_refused_ends_a_delivery_only_when_it_would_be_refused_again(paper, status, later) -> None:
    paper.status = status
    with pytest.raises(Problem) as caught:
        attempt(begin())
    assert (caught.value.kind.code, caught.value.retry_after is not None) == ("transfer-refused", later)


@pytest.mark.parametrize("said", [{}, {"tag": "../x"}, {"size": -1}, {"size": 2**41}, {"sha256": "no"}])
def test_what_does_not_describe_a_file_is_not_fetched(paper, said) -> None:
    paper.said = paper.said | said if said else {}
    assert refused(begin()) == "not-described"


def test_there_must_be_room(paper) -> None:
    paper.said |= {"size": 2**40}
    assert refused(begin()) == "no-room"


def test_what_cannot_be_done_any_more_is_refused(circle) -> None:
    row = begin()
    transfers.act(identifier=row.id, act="cancel")
    with pytest.raises(Problem) as caught:
        transfers.act(identifier=row.id, act="resume")
    assert caught.value.kind.code == "transfer-state"
    with pytest.raises(Problem) as caught:
        transfers.begin(provider=OTHER, service="s", path="extract", purpose="p", by="x")
    assert caught.value.field == "path"


@pytest.fixture
def browser(client):
    def signed_in(*roles: str):
        identity.create_account(username="someone", password="a long password 7", roles=list(roles))
        client.login(username="someone", password="a long password 7")
        return client

    return signed_in


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", ("批量交付", "等待")), ("en", ("Bulk deliveries", "waiting"))]
)
def test_deliveries_are_listed_and_an_auditor_changes_nothing(circle, browser, language, words) -> None:
    row, auditor = begin(), browser("auditor")
    shown = page(auditor, INDEX, language)
    assert all(word in shown for word in words)
    address = reverse("exchanges-transfer", args=[row.id])
    assert 'name="act"' not in page(auditor, address, language)
    assert auditor.post(address, {"act": "cancel"}).status_code == 403
    assert auditor.post(INDEX, {}).status_code == 403
    assert auditor.get(reverse("exchanges-file", args=[row.id])).status_code == 403
    page(auditor, INDEX, status=400, colour="red")


def test_an_official_begins_pauses_and_takes_the_file(circle, browser, paper) -> None:
    official = browser("official")
    given = {"provider": OTHER, "service": "sections", "path": "/extract", "query": "", "purpose": "planning"}
    assert official.post(INDEX, given | {"service": ""}).status_code == 422
    address = official.post(INDEX, given)["Location"]
    row = Transfer.objects.get()
    assert (row.by, address) == ("someone", reverse("exchanges-transfer", args=[row.id]))
    assert official.post(address, {"act": "pause"}).status_code == 302
    assert official.post(address, {"act": "pause"}).status_code == 409
    page(official, reverse("exchanges-file", args=[row.id]), status=404)
    attempt(row)
    Transfer.objects.filter(pk=row.pk).update(state="done")
    answer = official.get(reverse("exchanges-file", args=[row.id]))
    assert b"".join(answer.streaming_content) == WHOLE
