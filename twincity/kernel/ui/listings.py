"""What the address of a listing may say: which page, in which order, as a page or as a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

FORMATS = ("html", "csv")


class ListingForm(forms.Form):
    """The common parameters ``page``, ``sort`` and ``format``; a page adds what it narrows its listing by.

    ::

    class ExchangesForm(ListingForm):
        sorts = ("at", "peer")
        peer = forms.CharField(required=False, max_length=200)

    form = ExchangesForm(request.GET)
    rows = queries.listed(**form.checked()).order_by(*form.order("-at"))
    """

    sorts: ClassVar[tuple[str, ...]] = ()
    """Keys that the listing may be ordered by: the ``sort`` of its columns, names of fields."""

    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    sort = forms.CharField(required=False, max_length=60)
    format = forms.ChoiceField(required=False, choices=[(each, each) for each in FORMATS])

    def clean_sort(self) -> str:
        """An order that the listing knows."""
        sort = str(self.cleaned_data["sort"])
        if sort and sort.removeprefix("-") not in self.sorts:
            raise forms.ValidationError(", ".join(self.sorts) or "-", code="choice")
        return sort

    def checked(self) -> dict[str, Any]:
        """What narrows the listing: the page's own parameters.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return {name: value for name, value in self.cleaned_data.items() if name not in ListingForm.base_fields}

    def number(self) -> int:
        """The page asked for, from 1."""
        return self.cleaned_data["page"] or 1

    def order(self, *usual: str) -> tuple[str, ...]:
        """Arguments for ``order_by``: the order asked for, then the usual one, so that equal rows keep their places."""
        asked = self.cleaned_data["sort"]
        key = asked.removeprefix("-")
        return ((asked,) if asked else ()) + tuple(each for each in usual if not asked or each.removeprefix("-") != key)

    @property
    def as_csv(self) -> bool:
        """Whether the whole listing is asked for as a file."""
        return self.cleaned_data["format"] == "csv"
