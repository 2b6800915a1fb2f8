"""What a standard says of itself."""

from __future__ import annotations

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import RevisionForm, source_initial, source_of, text_of, title_initial
from twincity.engines.catalogue.rules import Standard
from twincity.kernel.locale_text import LocalText


class AboutForm(RevisionForm):
    """Id, version, titles, description, source and external sets."""

    name = forms.CharField(label=_("Id"), max_length=63, help_text=_("Lower-case letters, digits and hyphens"))
    version = forms.CharField(label=_("Version"), max_length=40, help_text=_("MAJOR.MINOR.PATCH"))
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    description_zh = forms.CharField(label=_("Description in Chinese"), max_length=2000, required=False)
    description_en = forms.CharField(label=_("Description in English"), max_length=2000, required=False)
    source = forms.CharField(label=_("Based on"), max_length=200, required=False)
    article = forms.CharField(label=_("Article"), max_length=100, required=False)
    verified = forms.BooleanField(label=_("Checked against the text itself"), required=False)
    external = forms.CharField(
        label=_("Sets of values kept elsewhere"),
        max_length=1000,
        required=False,
        help_text=_("Ids separated by blanks"),
    )

    @staticmethod
    def initial_of(standard: Standard, revision: int) -> dict[str, object]:
        """A standard as initial values."""
        return {
            "revision": revision,
            "name": standard.id,
            "version": standard.version,
            "external": " ".join(standard.external),
            **title_initial(standard.title),
            **title_initial(standard.description, "description"),
            **source_initial(standard.source),
        }

    def applied(self, standard: Standard) -> Standard:
        """The standard as this form has it."""
        given = self.cleaned_data
        about = LocalText(given["description_zh"], given["description_en"] or given["description_zh"])
        return msgspec.structs.replace(
            standard,
            id=given["name"],
            version=given["version"],
            title=text_of(given, "title"),
            description=about if about.zh or about.en else None,
            source=source_of(given),
            external=tuple(dict.fromkeys(given["external"].split())),
        )
