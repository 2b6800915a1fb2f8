"""What a standard, a dataset and a service say, as facts and tables."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import Dataset, Endpoint, ServiceDescription
from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.rules import CodeList, Field, Standard
from twincity.engines.catalogue.tables.entries import address
from twincity.engines.catalogue.tables.labels import (
    GRADES,
    PRECISIONS,
    QUALITIES,
    RHYTHMS,
    TYPES,
    local,
    percent,
    source,
    whole,
)
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def content_parts(content: Standard | Dataset | ServiceDescription, owner: str) -> dict[str, Any]:
    """The context with which a page shows a content: facts, and tables by name."""
    if isinstance(content, Standard):
        return {"facts": standard_facts(content), "fields": fields_table(content), "rules": rules_table(content)}
    if isinstance(content, Dataset):
        return {"facts": dataset_facts(content, owner)}
    return {"facts": service_facts(content, owner), "endpoints": endpoints_table(content)}


def standard_facts(standard: Standard) -> list[tuple[Any, Any]]:
    """Source, and each code list with its codes."""
    lists = [(local(found.title), _codes(found)) for found in standard.lists]
    return [(_("Based on"), source(standard.source)), *lists]


def fields_table(standard: Standard) -> Table:
    """The fields of a standard with their limits and grades."""
    columns = [
        Column(_("Field"), lambda field: _titled(field.title, field.name)),
        Column(_("Type"), _type),
        Column(_("Required"), _required),
        Column(_("Allowed"), lambda field: _allowed(field, standard)),
        Column(_("Grade"), lambda field: parts.pill(*GRADES[field.grade])),
        Column(_("Source"), lambda field: source(field.source)),
    ]
    return Table(columns, standard.fields, caption=_("Fields"))


def rules_table(standard: Standard) -> Table:
    """The quality rules of a standard."""
    columns: list[Column] = [
        Column(_("Rule"), lambda rule: _titled(rule.title, rule.id)),
        Column(_("Kind of quality"), lambda rule: QUALITIES[rule.kind]),
        Column(_("Threshold"), lambda rule: percent(rule.threshold), "number"),
        Column(_("Source"), lambda rule: source(rule.source)),
    ]
    return Table(columns, standard.rules, caption=_("Quality rules"), empty=_("No rules beyond those of the fields"))


def dataset_facts(dataset: Dataset, owner: str) -> list[tuple[Any, Any]]:
    """What there is to know of a dataset, with links to its standard and to the services that give it out."""
    return [
        (_("Description"), local(dataset.description)),
        (_("Standard"), _linked(dataset.standard)),
        (_("Licence"), dataset.licence),
        (_("Brought up to date"), RHYTHMS[dataset.rhythm]),
        (_("Territory code"), dataset.division),
        (_("Rows"), f"{dataset.rows:,}"),
        (_("Fingerprint of the table (SHA-256)"), parts.ident(dataset.sha256)),
        (_("Services"), _joined(queries.services_of(owner, dataset.name))),
        (_("Made from"), _lineage(dataset)),
    ]


def service_facts(service: ServiceDescription, owner: str) -> list[tuple[Any, Any]]:
    """Name, class, dataset and standard of a service."""
    dataset = queries.in_force(kind="dataset", name=service.dataset, owner=owner) if service.dataset else None
    standard = queries.in_force(kind="standard", name=service.standard) if service.standard else None
    critical = service.service_class == "critical"
    return [
        (_("Name in calls"), format_html("<code>{}</code>", service.name)),
        (_("Class"), parts.pill(_("critical"), "warn") if critical else parts.pill(_("normal"), "quiet")),
        (_("Dataset"), _joined([dataset]) if dataset and dataset.owner == owner else service.dataset),
        (_("Standard"), _joined([standard]) if standard else service.standard),
    ]


def endpoints_table(service: ServiceDescription) -> Table:
    """What can be called."""
    columns = [
        Column(_("Call"), lambda each: format_html("<code>{} {}</code>", each.method, each.path)),
        Column(_("Parameters"), _parameters),
        Column(_("Answer"), lambda each: _("stream") if each.stream else "JSON"),
    ]
    return Table(columns, service.endpoints, caption=_("Endpoints"))


def _type(field: Field) -> str:
    found = [TYPES[field.type], PRECISIONS[field.precision] if field.type == "date" else "", field.unit]
    return " · ".join(str(each) for each in found if each)


def _required(field: Field) -> SafeString | Promise | str:
    if field.key:
        return parts.pill(_("key field"), "info")
    return parts.yes_no(field.required)


def _allowed(field: Field, standard: Standard) -> SafeString | str:
    if field.codes:
        own = next((found for found in standard.lists if found.id == field.codes), None)
        return local(own.title) if own else field.codes
    if field.values:
        return " · ".join(field.values)
    if field.pattern:
        return format_html("<code>{}</code>", field.pattern)
    if field.minimum or field.maximum:
        return f"{field.minimum or '-∞'} – {field.maximum or '∞'}"
    if field.max_length is not None:
        return _("up to %(count)s characters") % {"count": field.max_length}
    return ""


def _titled(title: LocalText, name: str) -> SafeString:
    return format_html("<span>{} <code>{}</code></span>", local(title), name)


def _codes(found: CodeList) -> SafeString:
    return format_html_join(" · ", "<code>{}</code> {}", ((each.code, local(each.title)) for each in found.codes))


def _parameters(endpoint: Endpoint) -> SafeString:
    return format_html("<span>{}</span>", format_html_join(" ", "<code>{}</code>", ((n,) for n in endpoint.parameters)))


def _lineage(dataset: Dataset) -> SafeString:
    made = ((_linked(each.reference) if each.kind == "dataset" else each.reference,) for each in dataset.lineage)
    return format_html_join(" → ", "{}", made)


def _linked(identifier: str) -> SafeString | str:
    found = queries.entry(identifier)
    return _joined([found]) if found else whole(identifier)


def _joined(entries: list[Entry]) -> SafeString:
    return format_html_join(
        " · ", '<a href="{}">{}</a>', ((address(each), f"{local(each.title)} {each.version}") for each in entries)
    )
