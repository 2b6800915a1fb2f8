"""Forms of the pages."""

from __future__ import annotations

from django import forms

from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem


class PageForm(forms.Form):
    """Which page of a listing."""

    page = forms.IntegerField(required=False, min_value=1)

    def number(self) -> int:
        """The page's number, from 1.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return self.cleaned_data["page"] or 1
