"""What a standard, a dataset and a service say, as facts and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import (
    Content,
    Dataset,
    Distribution,
    Duty,
    DutyList,
    Endpoint,
    ServiceDescription,
)
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


def content_parts(content: Content, owner: str) -> dict[str, Any]:
    """The context with which a page shows a content: facts, and tables by name."""
    if isinstance(content, Standard):
        return {"facts": standard_facts(content), "fields": fields_table(content), "rules": rules_table(content)}
    if isinstance(content, Dataset):
        return {"facts": dataset_facts(content, owner)}
    if isinstance(content, DutyList):
        return {"facts": duty_facts(content), "duties": duties_table(content)}
    return {"facts": service_facts(content, owner), "endpoints": endpoints_table(content)}


def standard_facts(standard: Standard) -> list[tuple[Any, Any]]:
    """Source, and each code list with its codes."""
    lists = [(local(found.title), _codes(found)) for found in standard.lists]
    about = [(_("Description"), local(standard.description))] if standard.description else []
    return [*about, (_("Based on"), source(standard.source)), *lists]


def fields_table(standard: Standard) -> Table:
    """The fields of a standard with their limits and grades."""
    columns = [
        Column(_("Field"), lambda field: titled(field.title, field.name)),
        Column(_("Type"), type_words),
        Column(_("Required"), _required),
        Column(_("Allowed"), lambda field: allowed(field, standard)),
        Column(_("Grade"), lambda field: parts.pill(*GRADES[field.grade])),
        Column(_("Data class"), "category"),
        Column(_("Source"), lambda field: source(field.source)),
    ]
    return Table(columns, standard.fields, caption=_("Fields"))


def rules_table(standard: Standard) -> Table:
    """The quality rules of a standard."""
    columns: list[Column] = [
        Column(_("Rule"), lambda rule: titled(rule.title, rule.id)),
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
        (_("Rows"), f"{dataset.rows:,}" if dataset.sha256 else None),
        (_("Fingerprint of the table (SHA-256)"), parts.ident(dataset.sha256) if dataset.sha256 else None),
        (_("Services"), _joined(queries.services_of(owner, dataset.name))),
        *_more(dataset),
        (_("Made from"), _lineage(dataset)),
    ]


def distributions_table(found: Iterable[Distribution]) -> Table:
    """How a dataset can be had."""
    columns = [
        Column(_("Title"), lambda each: each.title or each.path or each.url),
        Column(_("Format"), "format"),
        Column(_("Where"), lambda each: whole(each.url or f"{each.service}{each.path}")),
        Column(_("Bytes"), lambda each: f"{each.size:,}" if each.size else "", "number"),
    ]
    return Table(columns, found, caption=_("Distributions"))


def _more(dataset: Dataset) -> list[tuple[Any, Any]]:
    """What only some datasets say of themselves."""
    box = dataset.bbox
    listed = dataset.distributions
    rows: list[tuple[Any, Any]] = [
        (_("Theme"), dataset.theme),
        (_("Grade"), parts.pill(*GRADES[dataset.grade]) if dataset.grade else ""),
        (_("Map extent"), f"{box[0]}, {box[1]} – {box[2]}, {box[3]}" if box else ""),
        (_("Fulfils"), ", ".join(dataset.duties)),
        (_("Harvested from"), dataset.source),
        (_("Distributions"), f"{listed.count:,} · {', '.join(listed.formats)}" if listed else ""),
    ]
    return [(name, value) for name, value in rows if value]


def duty_facts(found: DutyList) -> list[tuple[Any, Any]]:
    """Who has to share how much, and what says so."""
    return [
        (_("List"), found.list),
        (_("Owing province"), found.province),
        (_("Categories"), f"{found.categories:,}"),
        (_("Named here"), f"{len(found.duties):,}"),
        (_("Based on"), found.basis),
        (_("Source"), found.source),
    ]


def duties_table(found: DutyList) -> Table:
    """The categories that are named."""
    columns = [
        Column(_("Category"), lambda each: titled(each.title, each.number)),
        Column(_("Theme"), lambda each: local(each.theme)),
        Column(_("Department"), lambda each: local(each.department)),
        Column(_("Brought up to date"), lambda each: RHYTHMS[each.rhythm]),
        Column(_("Source"), _duty_source),
    ]
    return Table(columns, found.duties, caption=_("Duties"))


def _duty_source(duty: Duty) -> SafeString | str:
    return duty.source if duty.verified else parts.pill(_("not verified"), "quiet")


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


def type_words(field: Field) -> str:
    """Type, precision and unit of a field."""
    found = [TYPES[field.type], PRECISIONS[field.precision] if field.type == "date" else "", field.unit]
    return " · ".join(str(each) for each in found if each)


def _required(field: Field) -> SafeString | Promise | str:
    if field.key:
        return parts.pill(_("key field"), "info")
    return parts.yes_no(field.required)


def allowed(field: Field, standard: Standard) -> SafeString | str:
    """What limits a field's values, the narrowest first."""
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


def titled(title: LocalText, name: str) -> SafeString:
    """A title with the name that machines use."""
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
