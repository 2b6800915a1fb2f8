"""Forms of the pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.documents import FACETS, read_box
from twincity.engines.catalogue.models import Kind
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

SIDES = ("west", "south", "east", "north")


class SearchForm(forms.Form):
    """What to look for; the address of the page holds it, so that a search can be sent to somebody."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *Kind.choices])
    owner = forms.CharField(required=False, max_length=253)
    theme = forms.CharField(required=False, max_length=60)
    standard = forms.CharField(required=False, max_length=400)
    licence = forms.CharField(required=False, max_length=200)
    rhythm = forms.CharField(required=False, max_length=20)
    format = forms.CharField(required=False, max_length=40)
    grade = forms.CharField(required=False, max_length=20)
    division = forms.RegexField(r"^[0-9]{6}$", label=_("Territory"), required=False)
    duty = forms.CharField(required=False, max_length=100)
    west = forms.DecimalField(label=_("West"), required=False, min_value=-180, max_value=180)
    south = forms.DecimalField(label=_("South"), required=False, min_value=-90, max_value=90)
    east = forms.DecimalField(label=_("East"), required=False, min_value=-180, max_value=180)
    north = forms.DecimalField(label=_("North"), required=False, min_value=-90, max_value=90)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def checked(self) -> dict[str, str]:
        """Text, choices and box, as :func:`queries.search` takes them.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        chosen = {name: self.cleaned_data[name] for name in ("text", *FACETS, "division", "duty")}
        return chosen | {"box": self._box()}

    def _box(self) -> str:
        sides = [self.cleaned_data[name] for name in SIDES]
        if all(side is None for side in sides):
            return ""
        text = ",".join("" if side is None else str(side) for side in sides)
        try:
            read_box(text)
        except ValueError as error:
            raise Problem(INVALID, field="west", name="box", reason="west ≤ east, south ≤ north") from error
        return text
