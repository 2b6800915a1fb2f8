"""Subscriptions and notices for people."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue.models import Act, Entry, Kind, Notice, Subscription
from twincity.engines.catalogue.tables.entries import address, publisher
from twincity.engines.catalogue.tables.facets import parameters
from twincity.engines.catalogue.tables.labels import local
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

_TONES = {Act.PUBLISHED: "good", Act.CHANGED: "info", Act.WITHDRAWN: "bad"}


def notices_table(notices: Iterable[Notice]) -> Table:
    """What has changed."""
    rows = list(notices)
    entries = Entry.objects.in_bulk([each.identifier for each in rows])
    columns = [
        Column(_("Title"), lambda each: _linked(each, entries.get(each.identifier))),
        Column(_("What happened"), lambda each: parts.pill(each.get_act_display(), _TONES[Act(each.act)])),
        Column(_("When"), lambda each: parts.instant(each.at, "minute")),
        Column(_("Subscription"), lambda each: subscribed(each.subscription)),
        Column("", lambda each: parts.pill(_("New"), "warn") if each.unread else ""),
    ]
    return Table(columns, rows, empty=_("Nothing has changed yet"), caption=_("What has changed"))


def subscribed(subscription: Subscription) -> str:
    """A subscription in words."""
    chosen = dict(subscription.chosen)
    words = [f"“{subscription.text}”"] if subscription.text else []
    if kind := chosen.pop("kind", ""):
        words.append(str(Kind(kind).label))
    if owner := chosen.pop("owner", ""):
        words.append(publisher(owner))
    return " · ".join([*words, *map(str, chosen.values())]) or _("Everything")


def search_address(subscription: Subscription) -> str:
    """The page that shows what a subscription watches."""
    chosen = {name: value for name, value in subscription.chosen.items() if name != "name"}
    words = {"text": subscription.text or subscription.chosen.get("name", "")}
    return f"{reverse('catalogue')}?{urlencode(parameters(words | chosen))}"


def _linked(notice: Notice, entry: Entry | None) -> SafeString | str:
    title = local(notice.title)
    return parts.link(address(entry), title) if entry else title
