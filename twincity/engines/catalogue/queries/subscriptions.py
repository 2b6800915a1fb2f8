"""What one account, by its sign-in name, has subscribed to and has been told."""

from __future__ import annotations

from django.db.models import QuerySet

from twincity.engines.catalogue.models import Notice, Subscription


def subscriptions(account: str) -> QuerySet[Subscription]:
    """The subscriptions of an account, latest first."""
    return Subscription.objects.filter(account=account).order_by("-created", "-pk")


def notices(account: str) -> QuerySet[Notice]:
    """What an account has been told, latest first."""
    return Notice.objects.filter(subscription__account=account).select_related("subscription").order_by("-seq", "-pk")


def unread(account: str) -> int:
    """How much of it nobody has looked at."""
    return Notice.objects.filter(subscription__account=account, unread=True).count()
