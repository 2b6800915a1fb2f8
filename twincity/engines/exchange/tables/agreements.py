"""Agreements in lists and in full: terms, process, what was signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from msgspec.structs import replace

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement import text
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.rules import RowFilter
from twincity.engines.exchange.tables.words import LAST, member_link, moment, title
from twincity.kernel import clock, jws
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone
from twincity.kernel.ui.tables import Column, Table
from twincity.kernel.ui.timelines import Event

READERS: dict[str, Callable[..., object]] = {
    "request": docs.read_request,
    "offer": docs.read_offer,
    "decision": docs.read_decision,
    "withdrawal": docs.read_withdrawal,
}
"""Readers of the documents of an agreement by the name they have in addresses."""


def state_words(state: str) -> tuple[str, Tone]:
    """A state in a word, and its tone."""
    words: dict[str, tuple[str, Tone]] = {
        "requested": (_("Awaiting decision"), "busy"),
        "offered": (_("Other terms offered"), "busy"),
        "withdrawn": (_("Withdrawn"), "quiet"),
        "active": (_("Active"), "good"),
        "refused": (_("Refused"), "bad"),
        "suspended": (_("Suspended"), "warn"),
        "ended": (_("Terminated"), "quiet"),
    }
    return words[state]


def states() -> list[tuple[str, str]]:
    """All states with their words."""
    return [(state, state_words(state)[0]) for state in Agreement.State.values]


def agreements_table(rows: Iterable[Agreement], empty: str = "", **tools: Any) -> Table:
    """A list of agreements, each leading to its page; ``tools`` as :class:`Table` takes them."""
    columns = [
        Column(_("Agreement"), _named),
        Column(_("Direction"), lambda row: _("we provide") if row.provider == circle.member_id() else _("we receive")),
        Column(_("Partner"), lambda row: title(row.consumer if row.provider == circle.member_id() else row.provider)),
        Column(_("State"), _state, sort="state"),
        Column(_("Requested at"), lambda row: parts.instant(row.requested_at, "minute"), sort="requested_at"),
        Column(_("Valid until"), lambda row: moment(row.terms["not_after"], "date")),
    ]
    return Table(columns, rows, empty=empty, caption=_("Agreements"), **tools)


def agreement_facts(found: Agreement, terms: Terms) -> list[tuple[Any, Any]]:
    """Parties and terms in force."""
    fields = format_html_join(" ", "<code>{}</code>", ((name,) for name in terms.fields))
    rows = [
        (_("Provider"), member_link(found.provider)),
        (_("Consumer"), member_link(found.consumer)),
        (_("State"), _state(found)),
        (_("Service"), format_html("<code>{}{}</code>", terms.service, terms.path)),
        (_("Kinds of call"), ", ".join(terms.methods)),
        (_("Purpose"), format_html("<code>{}</code>", terms.purpose)),
        (_("Fields"), fields or _("All of the standard")),
        (_("Records"), format_html_join("", "<div>{}</div>", map(_condition, terms.rows)) or _("All")),
        (_("Calls a minute, at most"), terms.rate or _("No limit")),
        (_("Information system"), terms.system),
        (_("Valid from"), moment(terms.not_before) if terms.not_before else None),
        (_("Valid until"), moment(terms.not_after)),
        (_("Decided by"), found.decided_by),
        (_("Identifier"), parts.ident(found.id)),
    ]
    return [(label, value) for label, value in rows if value]


def readable(found: Agreement, terms: Terms) -> LocalText:
    """The terms as one paragraph in each language."""
    within = replace(terms, not_after=min(terms.not_after, LAST))
    return text.render(within, provider=found.provider, consumer=found.consumer)


def narrowed(found: Agreement) -> str:
    """Query of the list of exchanges that shows those under an agreement."""
    if found.provider == circle.member_id():
        return "?" + urlencode({"text": found.pk})
    return "?" + urlencode({"peer": found.provider, "service": found.service})


def process(found: Agreement, terms: Terms) -> list[tuple[str, str, Any]]:
    """The steps an agreement has gone through and the one it is at, for the kit's ``steps``."""
    asked = (_("Requested"), "done", parts.instant(found.requested_at, "minute"))
    decided = parts.instant(found.decided_at, "minute")
    until = format_html("{} {}", _("until"), moment(terms.not_after, "date"))
    rest: dict[str, list[tuple[str, str, Any]]] = {
        "requested": [(_("Decision"), "now", title(found.provider)), (_("Now in force"), "next", until)],
        "offered": [
            (_("Other terms offered"), "done", ""),
            (_("Answer to the offer"), "now", title(found.consumer)),
            (_("Now in force"), "next", until),
        ],
        "withdrawn": [(_("Withdrawn"), "failed", "")],
        "active": [(_("Approved"), "done", decided), (_("Now in force"), "now", until)],
        "refused": [(_("Refused"), "failed", decided)],
        "suspended": [(_("Approved"), "done", ""), (_("Suspended"), "failed", decided)],
        "ended": [(_("Approved"), "done", ""), (_("Terminated"), "done", decided)],
    }
    return [asked, *rest[found.state]]


def documents(found: Agreement) -> list[dict[str, Any]]:
    """The signed documents that exist, with whether their signatures hold against the directory of now."""
    parties = (
        ("request", _("Signed request"), found.consumer),
        ("offer", _("Signed offer of other terms"), found.provider),
        ("decision", _("Signed decision"), found.provider),
        ("withdrawal", _("Signed withdrawal"), found.consumer),
    )
    return [
        {
            "name": name,
            "heading": heading,
            "facts": _signed(name, signer, token),
            "content": json.dumps(jws.payload(token), ensure_ascii=False, indent=2),
        }
        for name, heading, signer in parties
        if (token := getattr(found, name))
    ]


def _signed(name: str, signer: str, token: str) -> list[tuple[Any, Any]]:
    payload = jws.payload(token)
    keys = circle.keys_of(signer)
    try:
        READERS[name](token, keys.get)
    except Problem:
        state = parts.pill(_("The signature does not hold, or its key was revoked"), "bad")
    else:
        state = parts.pill(_("The signature holds"), "good")
    rows = [
        (_("Signed by"), member_link(signer)),
        (_("Key"), parts.ident(jws.header(token)["kid"], keep=11)),
        (_("Signed"), moment(payload["iat"])),
        (_("Signature"), state),
        (_("Note"), payload.get("note")),
    ]
    return [(label, value) for label, value in rows if value]


def history(found: Agreement) -> list[Event]:
    """What was signed, in its order, for the kit's timeline."""
    return [_event(token) for token in dict.fromkeys((*found.earlier, *_latest(found))) if token]


def _latest(found: Agreement) -> tuple[str, ...]:
    late = found.offer not in found.earlier  # an offer that waits for its answer comes after the request
    pair = (found.request, found.offer) if late else (found.request,)
    return (*pair, found.decision, found.withdrawal)


def _event(token: str) -> Event:
    payload, kind = jws.payload(token), jws.header(token)["typ"]
    words: dict[str, tuple[str, Tone]] = {
        docs.REQUEST: (_("Offer answered") if payload.get("previous") else _("Requested"), "busy"),
        docs.OFFER: (_("Other terms offered"), "busy"),
        docs.WITHDRAWAL: (_("Withdrawn"), "quiet"),
    }
    name, tone = words[kind] if kind in words else state_words(payload["state"])
    by = payload["provider"] if kind in {docs.DECISION, docs.OFFER} else payload["consumer"]
    note = " · ".join(filter(None, (title(by), payload.get("note"))))
    return Event(clock.instant(min(max(payload["iat"], 0), LAST) * 1000), name, tone, note)


def _named(row: Agreement) -> SafeString:
    href = reverse("exchanges-agreement", args=[row.pk])
    return format_html("<span>{} <small>{}</small></span>", parts.link(href, row.service), row.purpose)


def _state(row: Agreement) -> SafeString:
    waiting = "" if row.told else parts.pill(_("Being delivered"), "busy")
    return format_html("<span>{} {}</span>", parts.pill(*state_words(row.state)), waiting)


def _condition(row: RowFilter) -> tuple[SafeString]:
    words = {"in": _("is one of"), "prefix": _("begins with"), "min": _("is at least"), "max": _("is at most")}
    return (format_html("<code>{}</code> {} {}", row.field, words[row.op], ", ".join(row.values)),)
