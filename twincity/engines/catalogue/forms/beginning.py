"""Beginning a draft, and bringing a part of one in from a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue import services
from twincity.engines.catalogue.forms.base import RevisionForm, StrictForm, chosen_standards, text_of
from twincity.engines.catalogue.rules import Field, Standard, decode_standard
from twincity.kernel.locale_text import LocalText

BLANK, VERSION, TABLE, JSON = "blank", "version", "table", "json"


class BeginForm(StrictForm):
    """With what a draft begins: nothing, a published version of whomever, a sample of a table, or a JSON file."""

    begin = forms.ChoiceField(
        label=_("Begin with"),
        choices=[
            (BLANK, _("nothing")),
            (VERSION, _("a published version")),
            (TABLE, _("a sample of a table (CSV or Parquet)")),
            (JSON, _("a standard as JSON")),
        ],
        widget=forms.RadioSelect,
    )
    version = forms.ChoiceField(label=_("Published version"), required=False)
    file = forms.FileField(label=_("File"), required=False)
    name = forms.RegexField(
        r"^[a-z][a-z0-9-]{0,62}$",
        label=_("Id"),
        required=False,
        help_text=_("Lower-case letters, digits and hyphens; not needed for JSON and versions"),
    )
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [("", "—"), *chosen_standards()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Each way asks for its own fields."""
        given = self.cleaned_data
        needed = {
            BLANK: ("name", "title_zh"),
            VERSION: ("version",),
            TABLE: ("file", "name", "title_zh"),
            JSON: ("file",),
        }
        for name in needed.get(given.get("begin", ""), ()):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _("Needed to begin in this way."))
        return given

    def standard(self) -> tuple[Standard, str]:
        """What the draft begins with, and the identifier of the version it was taken from.

        Raises:
            Problem: ``table-unreadable``, ``standard-faulty`` or ``not-found``.
        """
        given = self.cleaned_data
        if given["begin"] == VERSION:
            return services.published_standard(given["version"]), given["version"]
        if given["begin"] == JSON:
            return decode_standard(given["file"].read()), ""
        title = text_of(given, "title")
        if given["begin"] == TABLE:
            upload = given["file"]
            return services.inferred(upload.read(), name=given["name"], title=title), ""
        first = Field(name="code", title=LocalText("代码", "code"), required=True, key=True)
        return Standard(id=given["name"], version="1.0.0", title=title, fields=(first,)), ""


class BringForm(RevisionForm):
    """A file that replaces all fields, all code lists or the whole."""

    part = forms.ChoiceField(
        label=_("Replace"),
        choices=[
            ("fields", _("all fields (CSV)")),
            ("lists", _("all code lists (CSV)")),
            ("whole", _("the whole (JSON)")),
        ],
    )
    file = forms.FileField(label=_("File"))
