"""What searches, feeds and subscriptions may ask for; anything else is refused."""

from __future__ import annotations

from typing import NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.documents import FACETS, read_box
from twincity.engines.catalogue.models import Kind
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

SIDES = ("west", "south", "east", "north")


MOST = 500
"""Changes in one answer of the feed."""


class FeedPage(NamedTuple):
    """From which cursor, and how many changes."""

    after: int
    limit: int


class FeedForm(forms.Form):
    """Which part of the feed."""

    after = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST)

    def checked(self) -> FeedPage:
        """Raises as :func:`require_good`."""
        require_good(self)
        return FeedPage(self.cleaned_data["after"] or 0, self.cleaned_data["limit"] or 100)


def require_good(form: forms.Form) -> None:
    """Refuse what a form does not know or understand.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
    """
    for name in form.data:
        if name not in form.fields and name != "csrfmiddlewaretoken":
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    for name, errors in form.errors.items():
        raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))


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
    division = forms.RegexField(r"^[0-9]{6}$", label=_("Covered territory"), required=False)
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
        require_good(self)
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


class SubscribeForm(SearchForm):
    """A search, or one entry by owner, kind and name, to be told of."""

    name = forms.CharField(required=False, max_length=63)

    def checked(self) -> dict[str, str]:
        """As the search's, with the name. Raises likewise."""
        return super().checked() | {"name": self.cleaned_data["name"]}


class InboxForm(forms.Form):
    """Which page of the inbox."""

    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
