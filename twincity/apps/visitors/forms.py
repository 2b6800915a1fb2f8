"""Forms of the sign-in across nodes."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import facade as identity
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

ALLOWED = {"csrfmiddlewaretoken"}


class StrictForm(forms.Form):
    """Refuses fields it does not know."""

    def checked(self) -> dict[str, object]:
        """The cleaned values.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the field.
        """
        for name in self.data:
            if name not in self.fields and name not in ALLOWED:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return self.cleaned_data


class SearchForm(StrictForm):
    """Which members to offer, and where to go after signing in."""

    text = forms.CharField(label=_("Find a member"), required=False, max_length=60)
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class StartForm(StrictForm):
    """The home node that was chosen."""

    member = forms.CharField(max_length=253)
    next = forms.CharField(required=False, max_length=2000)


class ConsentForm(StrictForm):
    """What to show at the other node."""

    request = forms.CharField(max_length=4000, widget=forms.HiddenInput)
    name = forms.BooleanField(label=_("My name"), required=False)
    roles = forms.MultipleChoiceField(label=_("My roles"), required=False, widget=forms.CheckboxSelectMultiple)
    action = forms.ChoiceField(choices=[("agree", ""), ("refuse", "")], required=False, widget=forms.HiddenInput)

    def __init__(self, roles: Iterable[str], data: QueryDict | None = None, token: str = "") -> None:
        super().__init__(data, initial={"request": token})
        labels = identity.role_labels(roles=roles)
        self.fields["roles"].choices = labels  # type: ignore[attr-defined]
        if not labels:
            del self.fields["roles"]


class NoFields(StrictForm):
    """A button alone."""
