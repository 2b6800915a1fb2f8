"""Forms of the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.apps.sharing.divisions import Level, divisions
from twincity.apps.sharing.duties import State
from twincity.apps.sharing.tables import STATES
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

LISTED = (("", _("All")), (Level.COUNTY.value, _("Counties")), (Level.TOWN.value, _("Towns")))
"""Levels offered on the page."""


class DutiesForm(forms.Form):
    """Which duties to list."""

    province = forms.RegexField(r"^[0-9]{6}$", required=False)
    state = forms.ChoiceField(required=False, choices=[("", _("All")), *((each.value, "") for each in State)])

    def checked(self) -> dict[str, str]:
        """Province and state.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        _require_good(self)
        return dict(self.cleaned_data)

    def facets(self, provinces: list[str]) -> list[tuple[str, Any, list[tuple[str, Any, bool]]]]:
        """Name and label of each choice there is, with value, label and whether it is made of each of its values."""
        places = [(code, divisions().name(code)) for code in provinces]
        states = [(each.value, STATES[each][0]) for each in State]
        return [
            (
                name,
                label,
                [(value, text, value == self.cleaned_data[name]) for value, text in [("", _("All")), *values]],
            )
            for name, label, values in (("province", _("Owing province"), places), ("state", _("State"), states))
        ]


class LinkForm(forms.Form):
    """A dataset of this node that fulfils a duty."""

    dataset = forms.ChoiceField(label=_("Dataset of this node"))

    def __init__(self, offers: list[tuple[str, str]], data: Any = None) -> None:
        """Offer some datasets by name and title."""
        super().__init__(data)
        self.fields["dataset"].choices = offers  # type: ignore[attr-defined]

    def checked(self) -> str:
        """The dataset's name.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        _require_good(self)
        return str(self.cleaned_data["dataset"])


def _require_good(form: forms.Form) -> None:
    for name in form.data:
        if name not in form.fields and name != "csrfmiddlewaretoken":
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    for name, errors in form.errors.items():
        raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))


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
        _require_good(self)
        return {name: self.cleaned_data[name] for name in ("text", "level")}

    def levels(self) -> list[tuple[str, str, bool]]:
        """Value, label and whether it is chosen, of each level offered."""
        chosen = self.cleaned_data["level"]
        return [(value, str(label), value == chosen) for value, label in LISTED]
