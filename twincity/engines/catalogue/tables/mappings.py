"""Mappings of local tables, and what breaks under them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.models import Mapping as Row
from twincity.engines.catalogue.rules import Field, Standard
from twincity.engines.catalogue.rules.mapping import (
    Breakage,
    Concat,
    Constant,
    FieldMapping,
    FirstOf,
    Mapping,
    Part,
    columns_of,
)
from twincity.engines.catalogue.rules.mapping.faults import Moved
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.tables.contents import titled
from twincity.engines.catalogue.tables.entries import address, publisher
from twincity.engines.catalogue.tables.labels import local, percent, whole
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

TROUBLES = {
    "missing-column": gettext_lazy("the column is not in the table"),
    "missing-part": gettext_lazy("the text has no such part"),
    "unmapped-code": gettext_lazy("the local code is not mapped"),
    "not-a-number": gettext_lazy("not a number"),
    "not-a-date": gettext_lazy("not of the form of dates"),
}
SHOWN = 100


def mappings_table(rows: Iterable[Row]) -> Table:
    """All mappings of this node."""
    columns: list[Column] = [
        Column(_("Mapping"), lambda row: parts.link(_address(row.name), local(row.body["title"]))),
        Column(_("Id"), "name"),
        Column(_("Version"), "version"),
        Column(_("Standard"), lambda row: whole(row.standard)),
        Column(_("Changed"), lambda row: parts.instant(row.saved_at, "minute")),
        Column(_("By"), "saved_by"),
    ]
    return Table(columns, rows, caption=_("Mappings"), empty=_("No mappings yet"), name="mappings")


def mapping_facts(row: Row, mapping: Mapping, standard: Standard) -> list[tuple[Any, Any]]:
    """What a mapping is between."""
    filled = _("%(count)s of %(all)s") % {"count": len(mapping.fields), "all": len(standard.fields)}
    return [
        (_("Standard"), whole(mapping.standard)),
        (_("Fields filled"), filled),
        (_("Columns of the local table"), " · ".join(mapping.columns)),
        (_("Version of the mapping"), row.version),
        (_("Changed"), parts.instant(row.saved_at, "minute")),
        (_("By"), row.saved_by),
    ]


def mapped_fields(mapping: Mapping, standard: Standard) -> Table:
    """One line for each field of the standard, leading to its form."""
    columns: list[Column] = [
        Column(_("Field"), lambda field: parts.link(_field_address(mapping, field), titled(field.title, field.name))),
        Column(_("Taken from"), lambda field: _taken(mapping.of(field.name), field)),
        Column(_("Rewritten"), lambda field: _rewritten(mapping.of(field.name), field)),
    ]
    return Table(columns, standard.fields, caption=_("Fields"))


def versions_ahead(found: Iterable[tuple[Entry, Moved]], mapping: Mapping) -> Table:
    """Other versions of the standard, and what becomes of the mapping under each."""
    columns: list[Column] = [
        Column(
            _("Version"), lambda each: parts.link(address(each[0]), f"{each[0].version} · {publisher(each[0].owner)}")
        ),
        Column(_("Under it"), lambda each: _moved(each[1])),
        Column(_("What breaks"), lambda each: "; ".join(_reasons(each[1])) or parts.NONE),
    ]
    return Table(
        columns,
        found,
        caption=_("Other versions"),
        empty=_("There is no other version of %(name)s") % {"name": mapping.standard},
    )


def troubles_table(found: Breakage) -> Table:
    """What could not be carried over."""
    columns: list[Column] = [
        Column(_("Field"), "field"),
        Column(_("What is wrong"), lambda each: TROUBLES[each.kind]),
        Column(_("Local value"), "value"),
        Column(_("Rows"), "count", "number"),
        Column(_("First in row"), "row", "number"),
    ]
    return Table(
        columns,
        found.troubles[:SHOWN],
        caption=_("What could not be carried over"),
        empty=_("Everything was carried over"),
    )


def broken_rules(found: Breakage) -> Table:
    """Rules that the mapped rows do not keep, with the first rows that break them."""
    columns: list[Column] = [
        Column(_("Rule"), lambda outcome: titled(outcome.title, outcome.rule)),
        Column(_("Rows checked"), "checked", "number"),
        Column(_("Rows that fail"), "failed", "number"),
        Column(_("Kept"), lambda outcome: percent(outcome.score)),
        Column(_("Passed"), lambda outcome: parts.yes_no(outcome.passed)),
        Column(_("Examples"), _examples),
    ]
    broken = [each for each in found.report.outcomes if each.failed or not each.passed]
    return Table(columns, broken, caption=_("Rules that break"), empty=_("All rules are kept"))


def examples_table(found: Breakage, standard: Standard) -> Table:
    """The first rows as they come out."""
    columns: list[Column] = [Column(local(field.title), _cell(field)) for field in standard.fields]
    return Table(columns, found.examples, caption=_("First rows, mapped"), empty=_("No rows"))


def _cell(field: Field) -> Any:
    return lambda row: row.get(field.name, "")


def _examples(outcome: Outcome) -> str:
    return "; ".join(f"{each.row or '*'}: {each.value or '∅'}" for each in outcome.failures)


def _taken(found: FieldMapping | None, field: Field) -> SafeString | str:
    if found is None:
        return parts.pill(_("required, but blank"), "bad") if field.required else parts.pill(_("blank"), "quiet")
    take = found.take
    if isinstance(take, Constant):
        return f"“{take.value}”"
    sign = {Concat: f" + {take.separator} " if isinstance(take, Concat) else "", FirstOf: " / "}.get(type(take), "")
    names = sign.join(columns_of(take))
    return f"{names} [{take.separator}][{take.index}]" if isinstance(take, Part) else names


def _rewritten(found: FieldMapping | None, field: Field) -> str:
    if found is None:
        return ""
    if found.codes:
        return _("%(count)s codes") % {"count": len(found.codes)}
    return f"{found.unit} → {field.unit}" if found.unit else found.form


def _moved(found: Moved) -> SafeString:
    if found.faults:
        return parts.pill(_("cannot be used"), "bad")
    return parts.pill(_("rows may break"), "warn") if found.breaks else parts.pill(_("fits"), "good")


def _reasons(found: Moved) -> list[str]:
    needed = [_("%(name)s is required and stays blank") % {"name": name} for name in found.unfilled]
    faults = [f"{fault.field}: {local(fault.text)}" for fault in found.faults]
    return [*faults, *needed, *(local(each.text) for each in found.differences)]


def _address(name: str) -> str:
    return reverse("catalogue-mapping", args=[name])


def _field_address(mapping: Mapping, field: Field) -> str:
    return reverse("catalogue-mapping-field", args=[mapping.name, field.name])
