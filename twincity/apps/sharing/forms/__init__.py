"""Forms of the pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.apps.sharing.divisions import Level
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

LISTED = (("", _("All")), (Level.COUNTY.value, _("Counties")), (Level.TOWN.value, _("Towns")))
"""Levels offered on the page."""


class SearchForm(forms.Form):
    """Which divisions to list; the address of the page holds it."""

    text = forms.CharField(required=False, max_length=30)
    level = forms.ChoiceField(required=False, choices=LISTED)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)

    def checked(self) -> dict[str, str]:
        """Text and level.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return {name: self.cleaned_data[name] for name in ("text", "level")}

    def levels(self) -> list[tuple[str, str, bool]]:
        """Value, label and whether it is chosen, of each level offered."""
        chosen = self.cleaned_data["level"]
        return [(value, str(label), value == chosen) for value, label in LISTED]
