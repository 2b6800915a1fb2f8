"""Keys of members with their terms and revocations."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.circle.queries import CircleView
from twincity.engines.circle.tables.members import title
from twincity.engines.circle.trust.directory import KeyRecord
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def all_keys_table(view: CircleView) -> Table:
    """The keys that sign exchanges, of all members, and any other key that was revoked."""
    keys = (key for row in view.members for key in row.keys if key.use == "tc1" or key.revocation)
    member = Column(_("Member"), lambda key: title(view, key.member))
    return _table([member], keys, view.now)


def keys_table(keys: Iterable[KeyRecord], now: int) -> Table:
    """All keys of one member."""
    return _table([], keys, now)


def _table(first: list[Column], keys: Iterable[KeyRecord], now: int) -> Table:
    columns = [
        *first,
        Column(_("Key"), lambda key: parts.ident(key.key.kid)),
        Column(_("Signs"), _use),
        Column(_("Suite"), lambda key: key.key.suite),
        Column(_("Valid from"), lambda key: parts.instant(key.nbf * 1000, "minute")),
        Column(_("Valid until"), lambda key: parts.instant(key.exp * 1000, "date")),
        Column(_("State"), lambda key: _state(key, now)),
    ]
    return Table(columns, keys, empty=_("No keys announced yet"), caption=_("Keys"))


def _use(key: KeyRecord) -> str:
    return {"tc1": _("Exchanges"), "log": _("Log"), "witness": _("Logs of others")}[key.use]


def _state(key: KeyRecord, now: int) -> SafeString:
    revoked = key.revocation
    if revoked is not None:
        text = _("from entry %(index)s of %(origin)s: %(reason)s") % {
            "index": revoked.index,
            "origin": revoked.origin,
            "reason": revoked.reason,
        }
        at = parts.instant(revoked.at * 1000, "minute")
        return format_html("<span>{} <small>{} · {}</small></span>", parts.pill(_("Revoked"), "bad"), at, text)
    if now < key.nbf:
        return parts.pill(_("Not yet valid"), "quiet")
    return parts.pill(_("Expired"), "quiet") if now >= key.exp else parts.pill(_("Valid"), "good")
