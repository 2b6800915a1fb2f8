"""A standard in full, for printing: every limit, code and rule, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue.rules import Field, Standard
from twincity.engines.catalogue.rules.model import Rule
from twincity.engines.catalogue.tables.contents import allowed, type_words
from twincity.engines.catalogue.tables.labels import GRADES, QUALITIES, check_kind, local, percent, source
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def whole_fields(standard: Standard) -> Table:
    """Each field with all its limits."""
    columns: list[Column] = [
        Column(_("Field"), lambda field: _both(field.name, field.title)),
        Column(_("Type"), type_words),
        Column(_("Limits"), lambda field: _limits(field, standard)),
        Column(_("Grade"), lambda field: parts.pill(*GRADES[field.grade])),
        Column(_("Data class"), "category"),
        Column(_("Description"), lambda field: local(field.description) if field.description else ""),
        Column(_("Source"), lambda field: source(field.source)),
    ]
    return Table(columns, standard.fields, caption=_("Fields"))


def whole_rules(standard: Standard) -> Table:
    """Each rule with what it checks."""
    columns: list[Column] = [
        Column(_("Rule"), lambda rule: _both(rule.id, rule.title)),
        Column(_("Kind of quality"), lambda rule: QUALITIES[rule.kind]),
        Column(_("What has to hold"), check_words),
        Column(_("Only for rows with"), lambda rule: " · ".join(_conditions(rule))),
        Column(_("Threshold"), lambda rule: percent(rule.threshold)),
        Column(_("Source"), lambda rule: source(rule.source)),
    ]
    return Table(columns, standard.rules, caption=_("Quality rules"), empty=_("No rules beyond those of the fields"))


def field_facts(field: Field, standard: Standard) -> list[tuple[Any, Any]]:
    """One field of a standard, beside the form that fills it."""
    own = next((each for each in standard.lists if each.id == field.codes), None)
    codes = (
        format_html_join(" · ", "<code>{}</code> {}", ((each.code, local(each.title)) for each in own.codes))
        if own
        else ""
    )
    return [
        (_("Name"), format_html("<code>{}</code>", field.name)),
        (_("Type"), type_words(field)),
        (_("Required"), parts.yes_no(field.required)),
        (_("Allowed"), codes or allowed(field, standard)),
        (_("Grade"), parts.pill(*GRADES[field.grade])),
    ]


def check_words(rule: Rule) -> SafeString:
    """A check in words with its parameters."""
    given = {name: value for name, value in msgspec.to_builtins(rule.check).items() if name != "type"}
    shown = ((name, ", ".join(map(str, value)) if isinstance(value, list) else value) for name, value in given.items())
    told = format_html_join(", ", "{} <code>{}</code>", shown)
    return format_html("<span>{}: {}</span>", check_kind(rule.check), told)


def _both(name: str, title: LocalText) -> SafeString:
    return format_html("<span>{} / {} <code>{}</code></span>", title.zh, title.en, name)


def _conditions(rule: Rule) -> Iterator[str]:
    yield from (f"{each.field} = {' | '.join(each.values) or '*'}" for each in rule.when)


def _limits(field: Field, standard: Standard) -> SafeString:
    found: list[Any] = []
    if field.key:
        found.append(_("key field"))
    if field.required:
        found.append(_("required"))
    if field.min_length or field.max_length is not None:
        found.append(
            _("%(low)s–%(high)s characters")
            % {"low": field.min_length, "high": "∞" if field.max_length is None else field.max_length}
        )
    if field.minimum or field.maximum:
        found.append(f"{field.minimum or '-∞'} – {field.maximum or '∞'}")
    if field.pattern:
        found.append(format_html("<code>{}</code>", field.pattern))
    if field.codes or field.values:
        found.append(allowed(field, standard))
    return format_html("<span>{}</span>", format_html_join(" · ", "{}", ((each,) for each in found)))
