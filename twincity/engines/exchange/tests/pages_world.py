"""Exchanges and agreements between this node and one other, made without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.urls import reverse

from twincity.engines.circle.tests.opened import OTHER, Opened, opened
from twincity.engines.exchange import facade, services
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.wire import records
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock, ids
from twincity.kernel.http.client import Client
from twincity.kernel.locale_text import LocalText
from twincity.kernel.tc1 import message

DAY = 86_400
REASON = LocalText("旅游环线规划", "planning the tourist road")


@contextmanager
def exchanging(home, folder) -> Iterator[Opened]:
    """The circle of two, open in this process and ready to exchange."""
    cache.clear()
    with opened(home, folder) as made:
        facade.start(home.config, Client())
        yield made
        facade.stop()


def page(browser, address, language="zh-hans", status=200, **query):
    """The text of a page; its status must be as expected."""
    answer = browser.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == status
    return answer.content.decode()


def one(record):
    """Address of an exchange's page."""
    return reverse("exchanges-one", args=[record.id])


def contract(agreement):
    """Address of an agreement's page."""
    return reverse("exchanges-agreement", args=[agreement.pk])


def terms(**changes):
    values = {"service": "towns", "purpose": "planning", "reason": REASON, "not_after": clock.unix() + 90 * DAY}
    return Terms(**values | changes)


def requested(circle, **changes):
    """The other's request for data of this node, as it arrives."""
    request = docs.Request(
        id=ids.new_id(), provider=circle.home.config.id, consumer=OTHER, iat=clock.unix(), terms=terms(**changes)
    )
    return services.receive_request(sender=OTHER, token=docs.sign(request, circle.other.key("tc1")))


def recorded(circle, side="provider", *, outcome="ok", answered=True, **changes):
    """An exchange in this node's ledger; ``side`` is this node's."""
    own, theirs = circle.home.key("tc1"), circle.other.key("tc1")
    asker, answerer = (theirs, own) if side == "provider" else (own, theirs)
    values = {
        "id": ids.new_id(),
        "service": "towns",
        "path": "/units",
        "purpose": "planning",
        "method": "GET",
    } | changes
    headers = {"content-digest": message.content_digest(b""), "tc-message-id": values["id"]}
    headers |= {"tc-purpose": values["purpose"]}
    target = f"https://x.test/tc1/{values['service']}{values['path']}"
    now = clock.unix()
    asked = message.sign_request(asker, method="GET", target=target, headers=headers, now=now, nonce=ids.new_id())
    answer = {"content-digest": message.content_digest(b"{}"), "tc-receipt": f'"{OTHER}/exchange";index=3'}
    base, _ = message.response_base(status=200, headers=answer, request=headers, now=now, key=answerer.public)
    record = records.Record(
        side=side,
        at=clock.millis(),
        peer=OTHER,
        outcome=outcome,
        status=200 if outcome == "ok" else 403,
        req=records.part(*asked, asker.public.kid),
        res=records.part(base, answerer.sign(base), answerer.public.kid) if answered else None,
        micros=2100,
        **values,
    )
    ledger.exchange_log().append_wait(lambda _: records.encode(record))
    return record
