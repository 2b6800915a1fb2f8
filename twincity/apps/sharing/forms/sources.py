"""Forms of registered sources: the upload, and what a steward says of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.apps.sharing.services.sources import Draft, Registration
from twincity.apps.sharing.sources import LICENCES, match
from twincity.apps.sharing.tables.words import RHYTHMS
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem

OFFERED = 500
"""Standards of the catalogue that can be chosen."""
_MAP = "map_"


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=False,
        help_text=_("CSV in UTF-8 or GB18030, Parquet or GeoJSON; the first line of a CSV names its columns."),
    )

    @property
    def upload(self) -> UploadedFile:
        """The file, once the form is valid."""
        found: UploadedFile = self.cleaned_data["file"]
        return found


class StandardForm(forms.Form):
    """The standard that the rows follow; the address of the page holds it."""

    standard = forms.ChoiceField(label=_("Standard"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standard"] = forms.ChoiceField(label=_("Standard"), required=False, choices=standards())


def standards() -> list[tuple[str, object]]:
    """Standards of the whole circle by identifier, behind that of none."""
    language = get_language() or ""
    found = catalogue.search(kind="standard", limit=OFFERED)
    labels = [(each.identifier, f"{each.title.in_language(language)} {each.version} · {each.owner}") for each in found]
    return [("", _("None yet: draft one from the columns")), *labels]


class RegisterForm(forms.Form):
    """What the data are, under which terms, and which column holds which field."""

    name = forms.RegexField(
        r"\A[a-z][a-z0-9-]{0,62}\Z",
        label=_("Name in calls"),
        help_text=_("Small letters, digits and hyphens; dataset and service bear it."),
    )
    title_zh = forms.CharField(label=_("Title, in Chinese"), max_length=100)
    title_en = forms.CharField(label=_("Title, in English"), max_length=100, required=False)
    description_zh = forms.CharField(
        label=_("Description, in Chinese"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    description_en = forms.CharField(
        label=_("Description, in English"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    licence = forms.ChoiceField(label=_("Licence"))
    rhythm = forms.ChoiceField(label=_("Brought up to date"), choices=list(RHYTHMS.items()), initial="monthly")
    department = forms.CharField(label=_("Responsible department"), max_length=100, required=False)

    def __init__(self, draft: Draft, standard: catalogue.Standard | None, data: Any = None) -> None:
        super().__init__(data)
        language = get_language() or ""
        terms = [(each.id, each.title.in_language(language)) for each in LICENCES.values()]
        self.fields["licence"] = forms.ChoiceField(label=_("Licence"), choices=terms)
        known = match(draft.columns, standard) if standard else {}
        for field in standard.fields if standard else ():
            self.fields[_MAP + field.name] = forms.ChoiceField(
                label=f"{field.title.in_language(language)} ({field.name})",
                required=False,
                choices=[("", _("no column")), *((each, each) for each in draft.columns)],
                initial=known.get(field.name, ""),
            )

    def checked(self, identifier: str) -> Registration:
        """What the steward has said; without an English text the Chinese one stands for both.

        Raises:
            Problem: ``unknown-parameter``.
        """
        for name in self.data:
            if name not in self.fields and name != "csrfmiddlewaretoken":
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        given = self.cleaned_data
        title = LocalText(given["title_zh"], given["title_en"] or given["title_zh"])
        about = given["description_zh"] or title.zh
        mapping = {name.removeprefix(_MAP): column for name, column in given.items() if name.startswith(_MAP)}
        return Registration(
            name=given["name"],
            title=title,
            description=LocalText(about, given["description_en"] or about),
            licence=given["licence"],
            rhythm=given["rhythm"],
            department=given["department"],
            standard=identifier,
            mapping={field: column for field, column in mapping.items() if column},
        )
