"""Reads of messages on their way."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from twincity.engines.exchange.models import Following, InboxMessage, OutboxMessage, Room, Transfer


def partners() -> list[dict[str, Any]]:
    """For each partner how many messages stand where, both ways, and since when the oldest waits (milliseconds)."""
    found: dict[str, dict[str, Any]] = {}
    own = OutboxMessage.objects.order_by().values("destination").annotate(
        waiting=_count("queued"), accepted=_count("taken"), answers=_count("done"), given_up=_count("dead"),
        since=Min("queued", filter=Q(state="queued")), tries=Max("attempts", filter=Q(state="queued")),
    )  # fmt: skip
    for row in own.values_list("destination", "waiting", "accepted", "answers", "given_up", "since", "tries"):
        found[row[0]] = dict(zip(_OWN, (value or 0 for value in row[1:]), strict=True))
    others = InboxMessage.objects.order_by().values("peer").annotate(
        waiting=_count("taken"), finished=_count("done"), given_up=_count("dead")
    )  # fmt: skip
    for member, *counts in others.values_list("peer", "waiting", "finished", "given_up"):
        found.setdefault(member, {}).update(zip(_OTHERS, counts, strict=True))
    none = dict.fromkeys((*_OWN, *_OTHERS), 0)
    return [{"member": member, **none, **known} for member, known in sorted(found.items())]


_OWN = ("out_queued", "out_taken", "out_done", "out_dead", "out_oldest", "out_attempts")
_OTHERS = ("in_taken", "in_done", "in_dead")


def _count(state: str) -> Count:
    return Count("seq", filter=Q(state=state))


def outbox(*, member: str = "", state: str = "") -> QuerySet[OutboxMessage]:
    """Messages of this node, latest first; without their bodies."""
    chosen = {name: value for name, value in {"destination": member, "state": state}.items() if value}
    return OutboxMessage.objects.filter(**chosen).order_by("-seq").defer("request", "result")


def inbox(*, member: str = "", state: str = "") -> QuerySet[InboxMessage]:
    """Messages of others, latest first; without their bodies."""
    chosen = {name: value for name, value in {"peer": member, "state": state}.items() if value}
    return InboxMessage.objects.filter(**chosen).order_by("-seq").defer("body")


def dead() -> int:
    """How many messages wait for a person."""
    return outbox(state="dead").count() + inbox(state="dead").count()


def rooms() -> list[dict[str, Any]]:
    """Rooms of this member, each with its subscribers, their cursors, and by how many events they lag."""
    return [
        {
            "name": room.name,
            "title": {"zh-Hans": room.title_zh, "en": room.title_en},
            "standard": room.standard,
            "first": room.first,
            "last": room.last,
            "keep_seconds": room.keep_seconds,
            "keep_events": room.keep_events,
            "subscribers": [
                {"member": each.member, "system": each.system, "cursor": each.cursor, "lag": room.last - each.cursor,
                 "seen": each.seen}
                for each in room.subscribers.order_by("member", "system")
            ],
        }
        for room in Room.objects.order_by("name").prefetch_related("subscribers")
    ]  # fmt: skip


def following() -> QuerySet[Following]:
    """How far own systems have come in rooms of the circle."""
    return Following.objects.order_by("provider", "room", "system")


def transfers() -> QuerySet[Transfer]:
    """Bulk deliveries, the latest first."""
    return Transfer.objects.all()
