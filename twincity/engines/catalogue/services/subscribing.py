"""Subscribing to changes, and telling subscribers: each change is looked at once, and nothing is searched anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import Piece, holds, matches, pieces, traits_of
from twincity.engines.catalogue.models import Change, Entry, Notice, Subscription
from twincity.engines.catalogue.services import indexing
from twincity.kernel.problems import NOT_FOUND, Problem, define

MOST = 100
"""Subscriptions of one account."""
KEPT = 500
"""Notices kept of one subscription."""
BATCH = 500
TOO_MANY = define(
    "too-many-subscriptions",
    409,
    zh="每个账号最多 {most} 个订阅; 请先取消不用的",
    en="An account has at most {most} subscriptions; end those no longer used",
)


class _Changed(NamedTuple):
    """A change as subscriptions look at it."""

    change: Change
    entry: Entry
    text: str
    traits: Mapping[str, list[str]]


def subscribe(*, account: str, text: str, chosen: Mapping[str, str]) -> Subscription:
    """Tell an account of changes that a search would show from now on; the same again changes nothing.

    Raises:
        Problem: ``too-many-subscriptions``.
    """
    wanted = {name: value for name, value in sorted(chosen.items()) if value}
    mine = list(queries.subscriptions(account))
    same = next((each for each in mine if (each.text, each.chosen) == (text, wanted)), None)
    if same is not None:
        return same
    if len(mine) >= MOST:
        raise Problem(TOO_MANY, most=MOST)
    return Subscription.objects.create(account=account, text=text, chosen=wanted, after=queries.latest())


def unsubscribe(*, account: str, identifier: str) -> None:
    """End a subscription with all that came of it.

    Raises:
        Problem: ``not-found`` when the account has none of that id.
    """
    deleted, _ = Subscription.objects.filter(account=account, pk=identifier).delete()
    if not deleted:
        raise Problem(NOT_FOUND, field="subscription", what=identifier)


def mark_read(*, account: str) -> None:
    """The account has looked at everything."""
    Notice.objects.filter(subscription__account=account, unread=True).update(unread=False)


def notify() -> int:
    """Look at what changed since the last time; how many notices came of it."""
    made = 0
    while (after := _behind()) is not None:
        made += _notify(after)
    return made


def _behind() -> int | None:
    """The earliest cursor of a subscription, None when all have seen the last change."""
    first = Subscription.objects.filter(after__lt=queries.latest()).order_by("after").values_list("after", flat=True)
    return first.first()


@transaction.atomic
def _notify(after: int) -> int:
    changes = list(Change.objects.filter(seq__gt=after).order_by("seq")[:BATCH])
    entries = Entry.objects.in_bulk([change.identifier for change in changes])
    seen = [_changed(change, entries[change.identifier]) for change in changes if change.identifier in entries]
    waiting = list(Subscription.objects.filter(after__lt=changes[-1].seq))
    notices = [notice for each in waiting for notice in _notices(each, seen)]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    Subscription.objects.filter(pk__in=[each.pk for each in waiting]).update(after=changes[-1].seq)
    for subscription in {notice.subscription_id for notice in notices}:
        _forget(subscription)
    return len(notices)


def _changed(change: Change, entry: Entry) -> _Changed:
    document = queries.document_of(entry)
    text = indexing.head_of(document) + indexing.words_of(document)
    return _Changed(change, entry, text, traits_of(document))


def _notices(subscription: Subscription, seen: list[_Changed]) -> list[Notice]:
    asked = pieces(subscription.text)
    return [
        Notice(
            subscription=subscription,
            seq=each.change.seq,
            act=each.change.act,
            identifier=each.entry.pk,
            title=each.entry.title,
        )
        for each in seen
        if each.change.seq > subscription.after and _wants(subscription.chosen, asked, each)
    ]


def _wants(chosen: Mapping[str, str], asked: tuple[Piece, ...], each: _Changed) -> bool:
    others = {name: value for name, value in chosen.items() if name != "name"}
    named = chosen.get("name", each.entry.name) == each.entry.name
    return named and matches(asked, each.text) and holds(others, each.traits, each.entry.body.get("bbox") or ())


def _forget(subscription: str) -> None:
    rows = Notice.objects.filter(subscription=subscription)
    oldest = rows.order_by("-seq").values_list("seq", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        rows.filter(seq__lte=oldest).delete()
