"""One field of a standard."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import RevisionForm, source_initial, source_of, text_of, title_initial
from twincity.engines.catalogue.rules import Field, Standard
from twincity.engines.catalogue.tables.labels import GRADES, PRECISIONS, TYPES
from twincity.kernel.locale_text import LocalText

_PLAIN = (
    "name",
    "type",
    "precision",
    "required",
    "key",
    "pattern",
    "minimum",
    "maximum",
    "codes",
    "unit",
    "grade",
    "category",
)


class FieldForm(RevisionForm):
    """All that a field says, and its place among the others."""

    name = forms.CharField(label=_("Name"), max_length=63, help_text=_("Lower-case letters, digits and underscores"))
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    type = forms.ChoiceField(label=_("Type"), choices=list(TYPES.items()))
    required = forms.BooleanField(label=_("Required"), required=False)
    key = forms.BooleanField(label=_("Part of the key"), required=False)
    grade = forms.ChoiceField(label=_("Grade"), choices=[(code, words) for code, (words, _tone) in GRADES.items()])
    category = forms.CharField(
        label=_("Data class"),
        max_length=200,
        required=False,
        help_text=_("Business category, its levels separated by /"),
    )
    codes = forms.ChoiceField(label=_("Code list"), required=False)
    values = forms.CharField(
        label=_("Allowed values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, in place of a code list"),
    )
    unit = forms.CharField(label=_("Unit"), max_length=40, required=False, help_text=_("UCUM, such as har, kg or CNY"))
    precision = forms.ChoiceField(
        label=_("Precision of dates"),
        choices=[(code, words or _("day")) for code, words in PRECISIONS.items()],
        required=False,
    )
    pattern = forms.CharField(
        label=_("Pattern"), max_length=256, required=False, help_text=_("Regular expression for the whole text")
    )
    min_length = forms.IntegerField(label=_("Shortest length"), min_value=0, max_value=100_000, required=False)
    max_length = forms.IntegerField(label=_("Longest length"), min_value=0, max_value=100_000, required=False)
    minimum = forms.CharField(label=_("Smallest value"), max_length=40, required=False)
    maximum = forms.CharField(label=_("Largest value"), max_length=40, required=False)
    description_zh = forms.CharField(label=_("Description in Chinese"), max_length=1000, required=False)
    description_en = forms.CharField(label=_("Description in English"), max_length=1000, required=False)
    source = forms.CharField(label=_("Based on"), max_length=200, required=False)
    article = forms.CharField(label=_("Article"), max_length=100, required=False)
    verified = forms.BooleanField(label=_("Checked against the text itself"), required=False)
    place = forms.IntegerField(label=_("Place among the fields"), min_value=1, max_value=10_000, required=False)

    def __init__(self, *args: Any, standard: Standard, current: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [each.id for each in standard.lists] + list(standard.external)
        names = dict.fromkeys(["", *lists, current])
        self.fields["codes"].choices = [(name, name or "—") for name in names]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(field: Field, place: int, revision: int) -> dict[str, Any]:
        """A field as initial values; ``place`` counts from 1."""
        return {
            **{name: getattr(field, name) for name in (*_PLAIN, "min_length", "max_length")},
            **title_initial(field.title),
            **title_initial(field.description, "description"),
            **source_initial(field.source),
            "values": "\n".join(field.values),
            "place": place,
            "revision": revision,
        }

    def made(self) -> Field:
        """The field."""
        given = self.cleaned_data
        about = LocalText(given["description_zh"], given["description_en"] or given["description_zh"])
        return Field(
            **{name: given[name] for name in _PLAIN if name != "precision"},
            precision=given["precision"] or "day",
            title=text_of(given, "title"),
            values=tuple(line.strip() for line in given["values"].splitlines() if line.strip()),
            min_length=given["min_length"] or 0,
            max_length=given["max_length"],
            description=about if about.zh or about.en else None,
            source=source_of(given),
        )
