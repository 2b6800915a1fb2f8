"""Parts of the pages of services of systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.sources.operation import Operation
from twincity.apps.sharing.tables.sources import entry
from twincity.apps.sharing.tables.words import PLACES, WHY
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, kinds
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def services_table(found: Iterable[SystemService]) -> Table:
    """All services of systems, each leading to its page."""
    columns = [
        Column(_("Service"), lambda each: parts.link(reverse("sharing:service", args=[each.name]), title(each))),
        Column(_("Name in calls"), lambda each: format_html("<code>{}</code>", each.name)),
        Column(_("System"), "system"),
        Column(_("Operations"), lambda each: len(each.operations), "number"),
        Column(_("State"), state),
        Column(_("Since"), lambda each: parts.instant(each.since, "minute")),
    ]
    return Table(columns, found, empty=_("No service is registered yet"), caption=_("Services of systems"))


def title(service: SystemService) -> str:
    """The title in the language of the page."""
    return msgspec.convert(service.title, LocalText).in_language(get_language() or "")


def state(service: SystemService) -> SafeString:
    """Whether the system behind it answers."""
    if service.since is None:
        return parts.pill(_("Not looked at yet"))
    return parts.pill(_("Does not answer"), "bad") if service.trouble else parts.pill(_("Answers"), "good")


def facts(service: SystemService) -> list[tuple[Any, Any]]:
    """What there is to know of a service."""
    return [
        (_("Name in calls"), format_html("<code>{}</code>", service.name)),
        (_("System"), service.system),
        (_("State"), state(service)),
        (_("Since"), parts.instant(service.since)),
        (_("Trouble"), trouble(service)),
        (_("Asked for health"), format_html("<code>GET {}</code>", service.health)),
        (_("Standard of its rows"), entry(service.standard) or _("None: answers are passed on as they are")),
        (_("Entry in the catalogue"), entry(service.entry)),
        (_("Responsible department"), service.department),
        (_("Description"), service.described),
        (_("SHA-256 of the description"), parts.ident(service.description_digest)),
    ]


def trouble(service: SystemService) -> str:
    """What is wrong with the system, in words."""
    kind = next((each for each in kinds() if each.code == service.trouble), None)
    if kind is None:
        return ""
    problem = Problem(kind, system=service.system, what=f"[sources.{service.system}] url = http")
    return problem.text(get_language() or "")


def operations_table(found: Iterable[Operation]) -> Table:
    """Operations with what they take, and why some cannot be offered."""
    columns = [
        Column(_("Operation"), lambda each: format_html("<code>{}</code>", each.id)),
        Column(_("What it does"), "summary"),
        Column(_("Parameters"), _parameters),
        Column(_("Can be offered"), _fit),
    ]
    return Table(columns, found, caption=_("Operations"))


def _parameters(operation: Operation) -> str:
    marks = (f"{each.name}{'*' if each.required else ''} ({PLACES[each.place]})" for each in operation.parameters)
    return ", ".join(marks)


def _fit(operation: Operation) -> Any:
    """A sentence must wrap on narrow screens, which a pill does not."""
    return WHY[operation.why] if operation.why else parts.pill(_("Yes"), "good")
