"""Choosing two versions, and giving a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import StrictForm, chosen_standards, text_of
from twincity.engines.catalogue.tables.entries import publisher
from twincity.kernel.locale_text import LocalText


class CompareForm(StrictForm):
    """Two published versions, of one owner or of two."""

    old = forms.ChoiceField(label=_("First version"))
    new = forms.ChoiceField(label=_("Second version"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *chosen_standards()]
        for name in ("old", "new"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def said(self, name: str) -> str:
        """Version and publisher of a choice."""
        _, _, rest = self.cleaned_data[name].partition("://")
        owner, _, what = rest.partition("/standard/")
        return f"{what.rpartition('/')[2]} · {publisher(owner)}"


class ReasonForm(StrictForm):
    """Why a standard is refused, or a signature taken back."""

    reason_zh = forms.CharField(label=_("Reason in Chinese"), max_length=1000)
    reason_en = forms.CharField(label=_("Reason in English"), max_length=1000)

    def reason(self) -> LocalText:
        """In both languages."""
        return text_of(self.cleaned_data, "reason")
