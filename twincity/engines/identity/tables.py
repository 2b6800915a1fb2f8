"""Sessions, sign-ins and mandates as their pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.identity.models import SignIn
from twincity.engines.identity.queries import ActRecord, MandateRecord
from twincity.kernel import clock
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""Marks in the user agent, the more particular one first."""
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "HarmonyOS", "Linux")


def session(found: UserSession) -> dict[str, Any]:
    """Title, facts, and the key for ending it."""
    facts = [
        (_("Signed in"), found.created_at),
        (_("Network address"), found.ip),
        (_("This session"), found.is_current()),
    ]
    return {"title": browser(found.user_agent), "facts": facts, "id": found.pk, "current": found.is_current()}


def sign_ins(rows: Iterable[SignIn]) -> Table:
    """The history, newest first."""
    columns = [
        Column(_("Time"), "at"),
        Column(_("Way"), way),
        Column(_("Second factor"), "second_factor"),
        Column(_("Network address"), "address"),
        Column(
            _("Outcome"),
            lambda row: parts.pill(_("Failed"), "bad") if row.failed else parts.pill(_("Signed in"), "good"),
        ),
    ]
    return Table(columns, rows, empty=_("No sign-ins yet"), caption=_("Latest sign-ins"))


def way(row: SignIn) -> str:
    """How somebody signed in, in the page's language."""
    kind, _colon, detail = row.way.partition(":")
    names = {
        "password": _("Password"),
        "passkey": _("Passkey"),
        "oidc": _("Account of %(name)s") % {"name": detail},
        "circle": _("Account of the node %(name)s") % {"name": detail},
    }
    return names.get(kind, row.way)


def mandate(found: MandateRecord) -> dict[str, Any]:
    """Title, state, facts, and the key for withdrawing it."""
    facts = [
        (_("Acts for"), found.principal_title),
        (_("Agent"), found.agent_title),
        (_("Acts"), ", ".join(found.scope)),
        (_("Term begins"), found.since),
        (_("Term ends"), found.until or _("until it is withdrawn")),
        (_("May be passed on"), found.may_pass_on),
        (_("Given by"), found.given_by or _("Operator")),
        (_("Grounds"), found.evidence),
    ]
    return {"title": f"{found.agent_title} → {found.principal_title}", "facts": facts, "id": found.id, **_state(found)}


def acts(rows: Iterable[ActRecord]) -> Table:
    """What was done for whom by whom."""
    columns = [
        Column(_("Time"), "at"),
        Column(_("Act"), "act"),
        Column(_("Agent"), "agent_title"),
        Column(_("Acts for"), "principal_title"),
        Column(_("Reference"), "reference"),
    ]
    return Table(columns, rows, empty=_("Nothing was done under a mandate yet"), caption=_("Latest acts"))


def browser(user_agent: str) -> str:
    """Browser and system by name, as far as they say so."""
    names = {"Edg": "Edge", "OPR": "Opera"}
    found = next((names.get(mark, mark) for mark in BROWSERS if mark in user_agent), _("Another program"))
    system = next((mark for mark in SYSTEMS if mark in user_agent), "")
    return f"{found} · {system}" if system else found


def _state(found: MandateRecord) -> dict[str, SafeString | bool]:
    if found.revoked:
        return {"state": parts.pill(_("Withdrawn"), "bad"), "open": False}
    if found.until is not None and found.until <= clock.now():
        return {"state": parts.pill(_("Over"), "quiet"), "open": False}
    return {"state": parts.pill(_("Effective"), "good"), "open": True}
