"""Forms of the pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.models import Kind
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem


class SearchForm(forms.Form):
    """What to look for; the address of the page holds it, so that a search can be sent to somebody."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *Kind.choices])
    owner = forms.CharField(required=False, max_length=253)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def checked(self) -> dict[str, str]:
        """Text, kind and owner.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return {name: self.cleaned_data[name] for name in ("text", "kind", "owner")}
