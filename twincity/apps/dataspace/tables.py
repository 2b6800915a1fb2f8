"""Parts of the pages: lists of processes, their facts, their messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.apps.dataspace.models import Message, Negotiation, Transfer
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone
from twincity.kernel.ui.tables import Column, Table

SEE = ("official", "steward", "auditor", "operator")
ACT = ("steward",)


def state_pill(state: str) -> SafeString:
    """A state of the protocol in a word."""
    words: dict[str, tuple[str, Tone]] = {
        "requested": (_("Requested"), "busy"),
        "offered": (_("Offered"), "busy"),
        "accepted": (_("Accepted"), "busy"),
        "agreed": (_("Agreed"), "busy"),
        "verified": (_("Verified"), "busy"),
        "finalized": (_("Concluded"), "good"),
        "terminated": (_("Terminated"), "quiet"),
        "started": (_("Under way"), "good"),
        "suspended": (_("Suspended"), "warn"),
        "completed": (_("Completed"), "good"),
    }
    return parts.pill(*words[state])


def processes_table(rows: Iterable[Any], kind: str, empty: str) -> Table:
    """Negotiations or transfers, each leading to its page."""
    route = "dataspace:negotiation" if kind == "negotiations" else "dataspace:transfer"
    about = "dataset" if kind == "negotiations" else "agreement"
    columns = [
        Column(_("Process"), lambda row: parts.link(reverse(route, args=[row.pk]), row.pk[:13])),
        Column(_("Direction"), lambda row: _("we provide") if row.role == "provider" else _("we receive")),
        Column(_("Partner"), lambda row: title(row.peer)),
        Column(_("About"), lambda row: parts.ident(getattr(row, about), keep=24)),
        Column(_("State"), lambda row: state_pill(row.state)),
        Column(_("Since"), lambda row: parts.instant(row.state_since, "minute")),
    ]
    return Table(columns, rows, empty=empty, caption=_("Processes"), name="dataspace")


def title(peer: str) -> str:
    """What a peer is called in the page's language."""
    known = circle.directory().members.get(peer) if circle.is_open() else None
    return known.node.title.in_language(get_language() or "") if known else peer


def negotiation_facts(found: Negotiation) -> list[tuple[Any, Any]]:
    """Parties and subject."""
    rows = [
        *_shared(found),
        (_("Dataset"), parts.ident(found.dataset, keep=40)),
        (_("Offer"), parts.ident(found.offer_id, keep=40)),
        (_("Digital contract"), _contract(found)),
    ]
    return [(label, value) for label, value in rows if value]


def transfer_facts(found: Transfer) -> list[tuple[Any, Any]]:
    """Parties and subject."""
    rows = [
        *_shared(found),
        (_("Form"), found.form),
        (_("Digital contract"), _agreement(found.contract)),
        (_("Token valid until"), parts.instant(found.token_until) if found.token_until else None),
        (_("Bytes received"), len(found.received) if found.received else None),
    ]
    return [(label, value) for label, value in rows if value]


def readable(found: Negotiation) -> LocalText:
    """The terms last proposed, as a paragraph in each language."""
    own = circle.member_id() if circle.is_open() else ""
    provider, consumer = (own, found.peer) if found.role == "provider" else (found.peer, own)
    return exchange.describe(terms=msgspec.convert(found.terms, Terms), provider=provider, consumer=consumer)


def timeline(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages with what they hold."""
    return [
        {
            "kind": each.kind,
            "direction": _("sent") if each.sent else _("received"),
            "at": each.at,
            "state": _delivery(each),
            "error": each.last_error,
            "body": json.dumps(each.body, ensure_ascii=False, indent=1),
        }
        for each in messages
    ]


def _delivery(message: Message) -> SafeString:
    words: dict[str, tuple[str, Tone]] = {
        "due": (_("Being delivered"), "busy"),
        "done": (_("Arrived there") if message.sent else _("Dealt with here"), "good"),
        "refused": (_("Refused"), "bad"),
    }
    return parts.pill(*words[message.state])


def _shared(found: Any) -> list[tuple[Any, Any]]:
    return [
        (_("Partner"), title(found.peer)),
        (_("Role"), _("Provider") if found.role == "provider" else _("Consumer")),
        (_("State"), state_pill(found.state)),
        (_("Next steps"), _("at once") if found.auto else _("a person decides")),
        (_("Our process"), parts.ident(found.pk)),
        (_("Their process"), parts.ident(found.peer_pid) if found.peer_pid else None),
        (_("Begun"), parts.instant(found.began_at)),
    ]


def _contract(found: Negotiation) -> SafeString | None:
    if found.state != "finalized":
        return None
    kept = found.agreement.removeprefix("urn:uuid:") if found.role == "provider" else found.pk
    return _agreement(kept)


def _agreement(identifier: str) -> SafeString | None:
    if not identifier or exchange.agreement(identifier=identifier) is None:
        return None
    return format_html("{}", parts.link(reverse("exchanges-agreement", args=[identifier]), identifier[:13]))
