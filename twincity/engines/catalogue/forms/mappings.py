"""Mappings of local tables."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import StrictForm, chosen_standards
from twincity.engines.catalogue.rules import Field
from twincity.engines.catalogue.rules.mapping import (
    DATE_FORMS,
    UNITS,
    CodePair,
    Concat,
    Constant,
    FieldMapping,
    FirstOf,
    FromColumn,
    Mapping,
    Part,
    Take,
    columns_of,
)

NOTHING = "nothing"
TAKES = {
    NOTHING: _("nothing: stays blank"),
    "column": _("one column"),
    "constant": _("a constant"),
    "concat": _("several columns, joined"),
    "part": _("part of a column"),
    "first-of": _("the first of several that is filled"),
}
ARROW = "=>"


class MappingForm(StrictForm):
    """A new mapping: of which table, to which version."""

    name = forms.RegexField(
        r"^[a-z][a-z0-9-]{0,62}$", label=_("Id"), help_text=_("Lower-case letters, digits and hyphens")
    )
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    standard = forms.ChoiceField(label=_("Standard"))
    file = forms.FileField(label=_("Sample of the local table"), help_text=_("CSV or Parquet, at most 1 MiB"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standard"].choices = chosen_standards()  # type: ignore[attr-defined]


class CheckForm(StrictForm):
    """Rows of the local table to try, under its own version of the standard or another."""

    file = forms.FileField(label=_("Rows of the local table"), help_text=_("CSV or Parquet, at most 1 MiB"))
    standard = forms.ChoiceField(label=_("Judge by"), required=False)

    def __init__(self, *args: Any, others: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standard"].choices = [("", _("the version it was written for")), *others]  # type: ignore[attr-defined]


class FieldMappingForm(StrictForm):
    """How one field is filled."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    take = forms.ChoiceField(label=_("Take"), choices=list(TAKES.items()))
    columns = forms.MultipleChoiceField(label=_("Columns"), required=False, help_text=_("In the order of the table"))
    constant = forms.CharField(label=_("Constant"), max_length=400, required=False)
    separator = forms.CharField(label=_("Separator"), max_length=10, required=False, strip=False)
    index = forms.IntegerField(label=_("Which part"), required=False, help_text=_("From 1; negative from the end"))
    codes = forms.CharField(
        label=_("Codes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line: local code => code of the standard; nothing behind the arrow drops it"),
    )
    unit = forms.ChoiceField(label=_("Local unit"), required=False)
    digits = forms.IntegerField(
        label=_("Decimals when a conversion has no finite result"), min_value=0, max_value=30, required=False
    )
    form = forms.CharField(label=_("Form of dates"), max_length=40, required=False)
    offset = forms.CharField(label=_("Offset of instants from UTC"), max_length=6, required=False)

    def __init__(self, *args: Any, mapping: Mapping, field: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field = field
        self.fields["columns"].choices = [(name, name) for name in mapping.columns]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "—"), *_units(field)]  # type: ignore[attr-defined]
        self.fields["form"].help_text = _("Such as %(forms)s") % {"forms": ", ".join(DATE_FORMS[:6])}
        for name in _unused(field):
            del self.fields[name]

    @staticmethod
    def initial_of(found: FieldMapping | None, seen: int) -> dict[str, Any]:
        """A field of the mapping as initial values."""
        if found is None:
            return {"take": NOTHING, "seen": seen, "digits": 6, "offset": "+08:00"}
        take = found.take
        return {
            "take": next(name for name, kind in _KINDS.items() if isinstance(take, kind)),
            "columns": list(columns_of(take)),
            "constant": getattr(take, "value", ""),
            "separator": getattr(take, "separator", ""),
            "index": getattr(take, "index", None),
            "codes": "\n".join(f"{pair.local} {ARROW} {pair.code}" for pair in found.codes),
            **{name: getattr(found, name) for name in ("unit", "digits", "form", "offset")},
            "seen": seen,
        }

    def clean_codes(self) -> tuple[CodePair, ...]:
        """The pairs."""
        found = []
        for line in filter(str.strip, self.cleaned_data["codes"].splitlines()):
            local, arrow, code = line.partition(ARROW)
            if not arrow or not local.strip():
                raise forms.ValidationError(_("“%(line)s” is not of the form local => code."), params={"line": line})
            found.append(CodePair(local=local.strip(), code=code.strip()))
        return tuple(found)

    def clean(self) -> dict[str, Any]:
        """Columns for all that come from columns."""
        given = self.cleaned_data
        needed = given.get("take") not in {NOTHING, "constant", None}
        if needed and not given.get("columns") and "columns" not in self.errors:
            self.add_error("columns", _("Choose at least one column."))
        if given.get("take") == "part" and not (given.get("separator") and given.get("index")):
            self.add_error("separator", _("A part needs a separator and which part it is."))
        return given

    def made(self) -> FieldMapping | None:
        """The field of the mapping; None when it stays blank."""
        given = self.cleaned_data
        if given["take"] == NOTHING:
            return None
        return FieldMapping(
            field=self._field.name,
            take=_take(given),
            codes=given.get("codes", ()),
            unit=given.get("unit", ""),
            digits=given["digits"] if given.get("digits") is not None else 6,
            form=given.get("form", ""),
            offset=given.get("offset") or "+08:00",
        )


_KINDS: dict[str, type[Take]] = {
    "column": FromColumn,
    "constant": Constant,
    "concat": Concat,
    "part": Part,
    "first-of": FirstOf,
}


def _take(given: dict[str, Any]) -> Take:
    kind, columns = given["take"], tuple(given["columns"])
    if kind == "constant":
        return Constant(value=given["constant"])
    if kind == "concat":
        return Concat(columns=columns, separator=given["separator"])
    if kind == "first-of":
        return FirstOf(columns=columns)
    if kind == "part":
        return Part(column=columns[0], separator=given["separator"], index=given["index"])
    return FromColumn(column=columns[0])


def _units(field: Field) -> list[tuple[str, str]]:
    """Units that convert to the field's."""
    target = UNITS().find(field.unit)
    language = get_language() or ""
    quantity = target.quantity if target else ""
    fitting = [each for each in UNITS().units if each.quantity == quantity]
    return [(each.names[0], f"{each.title.in_language(language)} ({each.names[0]})") for each in fitting]


def _unused(field: Field) -> list[str]:
    """Fields of the form that make no sense for a field of the standard."""
    unused = [] if field.type in {"date", "datetime"} else ["form", "offset"]
    unused += [] if UNITS().find(field.unit) else ["unit", "digits"]
    return unused + ([] if field.codes or field.values else ["codes"])
