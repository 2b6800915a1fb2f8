"""A form for one row of a standard, made from the standard itself and judged by its rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext as _

from twincity.engines.catalogue.forms.base import StrictForm
from twincity.engines.catalogue.rules import Field, QualityReport, Standard, check_rows
from twincity.engines.catalogue.rules.faults import names_in
from twincity.engines.catalogue.rules.samples import Anything
from twincity.engines.catalogue.tables.labels import local

MOST_CHOICES = 1000
LONGEST = 2048
_INPUTS = {"date": "date", "integer": "number"}
SEPARATE = "field-"
"""Stands before each name, so that a field called ``act`` is no button."""


class RowForm(StrictForm):
    """Fields as the standard has them; rules of several rows or of the whole table do not concern one row."""

    def __init__(self, *args: Any, standard: Standard, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._standard, self._today = standard, today
        for field in standard.fields:
            self.fields[SEPARATE + field.name] = _input(field, standard)

    def row(self) -> dict[str, str]:
        """What was entered, without blanks."""
        pairs = ((field.name, self.cleaned_data.get(SEPARATE + field.name, "")) for field in self._standard.fields)
        return {name: value for name, value in pairs if value}

    def clean(self) -> dict[str, Any]:
        """Judge the row as a quality run would, and put what fails beside its field."""
        sets = dict.fromkeys(self._standard.external, Anything())
        report = check_rows(self._standard, [self.row()], today=self._today, sets=sets)
        for field, text in _failures(report):
            if SEPARATE + field not in self.errors:
                self.add_error(SEPARATE + field if SEPARATE + field in self.fields else None, text)
        return self.cleaned_data


def _failures(report: QualityReport) -> Iterator[tuple[str, str]]:
    for outcome in report.outcomes:
        for failure in outcome.failures:
            if failure.row == 1:
                yield failure.field, _("Not kept: %(rule)s") % {"rule": local(outcome.title)}


def _input(field: Field, standard: Standard) -> forms.Field:
    label, needed = local(field.title), field.required
    about = escape(" · ".join(_remarks(field, standard)))
    choices = _choices(field, standard)
    if choices:
        return forms.ChoiceField(label=label, help_text=about, required=needed, choices=[("", "—"), *choices])
    kind = _INPUTS.get(field.type, "text") if field.precision == "day" else "text"
    widget = forms.TextInput(attrs={"type": kind} if kind != "text" else {})
    return forms.CharField(label=label, help_text=about, required=needed, max_length=LONGEST, widget=widget)


def _choices(field: Field, standard: Standard) -> list[tuple[str, str]]:
    if field.type == "boolean":
        return [("true", _("Yes")), ("false", _("No"))]
    own = next((each for each in standard.lists if each.id == field.codes), None)
    if own and len(own.codes) <= MOST_CHOICES:
        return [(each.code, f"{each.code} {local(each.title)}") for each in own.codes]
    return [(value, value) for value in field.values[:MOST_CHOICES]]


def _remarks(field: Field, standard: Standard) -> Iterator[str]:
    """Description, unit, and the rules that concern the field."""
    if field.description:
        yield local(field.description)
    if field.unit:
        yield _("in %(unit)s") % {"unit": field.unit}
    yield from (local(rule.title) for rule in standard.rules if field.name in names_in(rule))
