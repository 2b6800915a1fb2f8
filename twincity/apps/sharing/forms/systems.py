"""Forms of services of systems: where the description is, and which operations are offered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.apps.sharing.forms.sources import standards
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services.systems import WHERE, Choice, Described
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem


class DescriptionForm(forms.Form):
    """A system that the operator has named, and its description."""

    system = forms.ChoiceField(label=_("System"), help_text=_("Named by the operator in node.toml, [sources.NAME]."))
    file = forms.FileField(
        label=_("Description as a file"), required=False, help_text=_("OpenAPI 3.0 or 3.1 as JSON; fetched when empty.")
    )
    path = forms.CharField(label=_("Or fetched from the system at"), max_length=200, required=False, initial=WHERE)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["system"].choices = [(each, each) for each in queries.named()]  # type: ignore[attr-defined]

    @property
    def upload(self) -> UploadedFile | None:
        """The file, once the form is valid."""
        found: UploadedFile | None = self.cleaned_data["file"]
        return found


class ChoiceForm(forms.Form):
    """Name and operations of a new service."""

    name = forms.RegexField(
        r"\A[a-z][a-z0-9-]{0,62}\Z", label=_("Name in calls"), help_text=_("Small letters, digits and hyphens.")
    )
    title_zh = forms.CharField(label=_("Title, in Chinese"), max_length=100)
    title_en = forms.CharField(label=_("Title, in English"), max_length=100, required=False)
    standard = forms.ChoiceField(
        label=_("Standard of its rows"),
        required=False,
        help_text=_("With one, rows are cut down to what a grant allows; all else needs a full grant."),
    )
    department = forms.CharField(label=_("Responsible department"), max_length=100, required=False)
    operations = forms.MultipleChoiceField(label=_("Operations offered"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, described: Described, data: Any = None) -> None:
        super().__init__(data)
        fit = [
            (each.id, f"{each.id} {each.summary}".strip()) for each in described.description.operations if not each.why
        ]
        none = [("", _("None: answers are passed on as they are"))]
        self.fields["operations"].choices = fit  # type: ignore[attr-defined]
        self.fields["standard"].choices = [*none, *standards()[1:]]  # type: ignore[attr-defined]
        self.fields["title_zh"].initial = described.description.title
        if get_language() == "en":
            self.fields["title_en"].initial = described.description.title

    def checked(self) -> Choice:
        """What the steward has said.

        Raises:
            Problem: ``unknown-parameter``.
        """
        for name in self.data:
            if name not in self.fields and name != "csrfmiddlewaretoken":
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        given = self.cleaned_data
        return Choice(
            name=given["name"],
            title=LocalText(given["title_zh"], given["title_en"] or given["title_zh"]),
            operations=tuple(given["operations"]),
            standard=given["standard"],
            department=given["department"],
        )
