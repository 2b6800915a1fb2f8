"""A draft as its steward works on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue import services
from twincity.engines.catalogue.models import Draft
from twincity.engines.catalogue.rules import Fault, Standard, validate_standard
from twincity.engines.catalogue.rules.versions import Advice
from twincity.engines.catalogue.tables.contents import allowed, titled, type_words
from twincity.engines.catalogue.tables.labels import GRADES, QUALITIES, check_kind, local, percent, source, whole
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def drafts_table(drafts: Iterable[Draft]) -> Table:
    """All drafts with what keeps each from being published."""
    columns = [
        Column(_("Draft"), lambda draft: parts.link(_address(draft), local(services.standard_of_draft(draft).title))),
        Column(_("Id"), "name"),
        Column(_("Version"), lambda draft: services.standard_of_draft(draft).version),
        Column(_("State"), _state),
        Column(_("Changed"), lambda draft: parts.instant(draft.edited_at, "minute")),
        Column(_("By"), "edited_by"),
    ]
    return Table(columns, drafts, caption=_("Drafts of standards"), empty=_("No drafts yet"), name="drafts")


def draft_facts(draft: Draft, standard: Standard, size: int, limit: int) -> list[tuple[Any, Any]]:
    """What a draft says of itself."""
    return [
        (_("Id"), format_html("<code>{}</code>", standard.id)),
        (_("Version"), standard.version),
        (_("Title in Chinese"), standard.title.zh),
        (_("Title in English"), standard.title.en),
        (_("Description"), local(standard.description) if standard.description else ""),
        (_("Based on"), source(standard.source)),
        (_("Taken from"), whole(draft.based_on) if draft.based_on else ""),
        (_("Size"), _("%(size)s of %(limit)s bytes") % {"size": f"{size:,}", "limit": f"{limit:,}"}),
        (_("Changed"), parts.instant(draft.edited_at, "minute")),
    ]


def advice_lines(advice: Advice) -> list[str]:
    """Why a draft has to have at least a certain version: the changes, those that break somebody first."""
    found = advice.comparison.differences if advice.comparison else ()
    return [local(each.text) for each in sorted(found, key=lambda each: not each.breaking)]


def draft_fields(draft: Draft, standard: Standard) -> Table:
    """One line for each field, leading to its form."""
    faulty = {fault.field for fault in validate_standard(standard) if not fault.rule}
    columns: list[Column] = [
        Column(
            _("Field"), lambda each: parts.link(_part(draft, "field", each[0]), titled(each[1].title, each[1].name))
        ),
        Column(_("Type"), lambda each: type_words(each[1])),
        Column(_("Required"), lambda each: parts.yes_no(each[1].required or each[1].key)),
        Column(_("Allowed"), lambda each: allowed(each[1], standard)),
        Column(_("Grade"), lambda each: parts.pill(*GRADES[each[1].grade])),
        Column(_("Data class"), lambda each: each[1].category),
        Column(_("Faults"), lambda each: parts.pill(_("faulty"), "bad") if each[1].name in faulty else ""),
    ]
    return Table(columns, list(enumerate(standard.fields, 1)), caption=_("Fields"), empty=_("No fields yet"))


def draft_lists(draft: Draft, standard: Standard) -> Table:
    """One line for each code list."""
    columns: list[Column] = [
        Column(
            _("Code list"), lambda each: parts.link(_part(draft, "list", each[0]), titled(each[1].title, each[1].id))
        ),
        Column(_("Codes"), lambda each: len(each[1].codes), "number"),
        Column(_("Source"), lambda each: source(each[1].source)),
    ]
    return Table(columns, list(enumerate(standard.lists, 1)), caption=_("Code lists"), empty=_("No code lists yet"))


def draft_rules(draft: Draft, standard: Standard) -> Table:
    """One line for each rule."""
    faulty = {fault.rule for fault in validate_standard(standard)}
    columns: list[Column] = [
        Column(_("Rule"), lambda each: parts.link(_part(draft, "rule", each[0]), titled(each[1].title, each[1].id))),
        Column(_("Kind of quality"), lambda each: QUALITIES[each[1].kind]),
        Column(_("What has to hold"), lambda each: check_kind(each[1].check)),
        Column(_("Threshold"), lambda each: percent(each[1].threshold)),
        Column(_("Faults"), lambda each: parts.pill(_("faulty"), "bad") if each[1].id in faulty else ""),
    ]
    return Table(columns, list(enumerate(standard.rules, 1)), caption=_("Quality rules"), empty=_("No rules yet"))


def faults_table(draft: Draft, standard: Standard, faults: Iterable[Fault]) -> Table:
    """What keeps a draft from being published, each with the way to where it can be mended."""
    columns: list[Column] = [
        Column(_("Where"), lambda fault: _where(draft, standard, fault)),
        Column(_("What is wrong"), lambda fault: local(fault.text)),
    ]
    return Table(columns, faults, caption=_("Faults"))


def _where(draft: Draft, standard: Standard, fault: Fault) -> SafeString | str:
    kind, name = ("rule", fault.rule) if fault.rule else ("field", fault.field)
    names = {
        "rule": [rule.id for rule in standard.rules],
        "field": [field.name for field in standard.fields],
        "list": [found.id for found in standard.lists],
    }
    kind = "list" if kind == "field" and name not in names["field"] and name in names["list"] else kind
    if name in names[kind]:
        return parts.link(_part(draft, kind, names[kind].index(name) + 1), name)
    return parts.link(reverse("catalogue-draft-about", args=[draft.pk]), name)


def _address(draft: Draft) -> str:
    return reverse("catalogue-draft", args=[draft.pk])


def _part(draft: Draft, kind: str, place: int) -> str:
    return reverse("catalogue-draft-part", args=[draft.pk, kind, place])


def _state(draft: Draft) -> SafeString:
    count = len(validate_standard(services.standard_of_draft(draft)))
    if count:
        return parts.pill(_("%(count)s faults") % {"count": count}, "warn")
    return parts.pill(_("can be published"), "good")
