"""What the forms of stewards share: they refuse fields that they do not have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.rules import Source
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

ALSO = frozenset({"csrfmiddlewaretoken", "act"})
MOST_OFFERED = 500
"""Published versions that a form proposes."""


class StrictForm(forms.Form):
    """A form that takes its own fields and no others."""

    def full_clean(self) -> None:
        """As Django's.

        Raises:
            Problem: ``unknown-parameter``.
        """
        for name in (*self.data, *self.files):
            if name not in self.fields and name not in ALSO:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        super().full_clean()

    def checked(self) -> dict[str, Any]:
        """What was entered, for parameters of an address.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``.
        """
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return self.cleaned_data

    def blame(self, problem: Problem, field: str | None = None) -> None:
        """Show a refusal at the field it names, if the form has it, else above all."""
        named = field or problem.field
        shown = named in self.fields and not self.fields[named].widget.is_hidden
        self.add_error(named if shown else None, problem.text(get_language() or ""))


class RevisionForm(StrictForm):
    """A form over a draft as the steward saw it."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def text_of(values: dict[str, Any], name: str) -> LocalText:
    """Chinese and English of a pair of fields; where the English is missing, the Chinese stands in."""
    zh = values[f"{name}_zh"]
    return LocalText(zh=zh, en=values[f"{name}_en"] or zh)


def source_of(values: dict[str, Any]) -> Source | None:
    """The source of a rule or field."""
    if not values["source"]:
        return None
    return Source(standard=values["source"], article=values["article"], verified=values["verified"])


def source_initial(found: Source | None) -> dict[str, Any]:
    """A source as initial values of its three fields."""
    if found is None:
        return {}
    return {"source": found.standard, "article": found.article, "verified": found.verified}


def title_initial(found: LocalText | None, name: str = "title") -> dict[str, Any]:
    """A text as initial values of its two fields."""
    return {f"{name}_zh": found.zh, f"{name}_en": found.en} if found else {}


def chosen_standards() -> list[tuple[str, str]]:
    """Published versions to choose from, by identifier."""
    language = get_language() or ""
    found = map(queries.record, queries.standards()[:MOST_OFFERED])
    return [
        (each.identifier, f"{each.title.in_language(language)} {each.version} · {each.owner}/{each.name}")
        for each in found
    ]
