"""What stewards and officers write: data agreements, requests for consent, codes for people they have identified."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.consent.documents import LONGEST_DAYS, Attribute, DataAgreement
from twincity.engines.exchange.forms.consenting import OwnForm
from twincity.engines.exchange.forms.fields import NamesField, member_choices
from twincity.kernel.locale_text import LocalText

BASES = (
    ("consent", _("Consent of the person (art. 13-1)")),
    ("contract", _("Contract with the person, human resources (art. 13-2)")),
    ("duty", _("Statutory duty (art. 13-3)")),
    ("emergency", _("Public health or emergency (art. 13-4)")),
    ("public-interest", _("News and supervision in the public interest (art. 13-5)")),
    ("disclosed", _("Already made public (art. 13-6)")),
    ("law", _("Other laws and regulations (art. 13-7)")),
)
TEXT = forms.Textarea(attrs={"rows": 2})


class ProposalForm(OwnForm):
    """A data agreement; saved under a known name it becomes the next revision."""

    name = forms.SlugField(label=_("Short name"), max_length=60, help_text=_("Small letters, digits and hyphens."))
    title_zh = forms.CharField(label=_("Title, in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title, in English"), max_length=200)
    service = forms.CharField(label=_("Service"), max_length=100)
    purpose = forms.CharField(label=_("Purpose"), max_length=100)
    why_zh = forms.CharField(label=_("What for, in Chinese"), max_length=1000, widget=TEXT)
    why_en = forms.CharField(label=_("What for, in English"), max_length=1000, widget=TEXT)
    attributes = forms.CharField(
        label=_("Data"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One field a line: name | Chinese | English; a star before the name marks sensitive data."),
    )
    recipients = forms.MultipleChoiceField(
        label=_("Recipients"), choices=lambda: member_choices("")[1:], widget=forms.CheckboxSelectMultiple
    )
    basis = forms.ChoiceField(label=_("Legal basis"), choices=BASES)
    valid_days = forms.IntegerField(
        label=_("Longest life of a consent, in days"), min_value=1, max_value=LONGEST_DAYS, initial=180
    )
    retention_days = forms.IntegerField(
        label=_("Recipients delete within days after its end"), min_value=0, max_value=LONGEST_DAYS, initial=30
    )
    active = forms.BooleanField(label=_("People may consent"), required=False, initial=True)

    def clean_attributes(self) -> tuple[Attribute, ...]:
        """The fields.

        Raises:
            ValidationError: for a line of another form.
        """
        found = []
        for line in self.cleaned_data["attributes"].splitlines():
            name, zh, en = [part.strip() for part in [*line.split("|", 2), "", ""][:3]]
            if line.strip() and not (name and zh and en):
                raise ValidationError(_("This line is not name | Chinese | English: %(line)s"), params={"line": line})
            if name:
                found.append(Attribute(name.lstrip("* "), LocalText(zh, en), sensitive=name.startswith("*")))
        return tuple(found)

    def agreement(self) -> DataAgreement:
        """What was written, without who proposes it and in which revision."""
        given = self.cleaned_data
        plain = ("name", "service", "purpose", "attributes", "basis", "valid_days", "retention_days", "active")
        return DataAgreement(
            iss="",
            iat=0,
            revision=0,
            title=LocalText(given["title_zh"], given["title_en"]),
            why=LocalText(given["why_zh"], given["why_en"]),
            recipients=tuple(given["recipients"]),
            **{name: given[name] for name in plain},
        )


def written(agreement: DataAgreement) -> dict[str, Any]:
    """An agreement as the form shows it."""
    lines = [f"{'*' if a.sensitive else ''}{a.name} | {a.title.zh} | {a.title.en}" for a in agreement.attributes]
    return {
        "name": agreement.name,
        "title_zh": agreement.title.zh,
        "title_en": agreement.title.en,
        "service": agreement.service,
        "purpose": agreement.purpose,
        "why_zh": agreement.why.zh,
        "why_en": agreement.why.en,
        "attributes": "\n".join(lines),
        "recipients": list(agreement.recipients),
        "basis": agreement.basis,
        "valid_days": agreement.valid_days,
        "retention_days": agreement.retention_days,
        "active": agreement.active,
    }


class AskForm(OwnForm):
    """A request that one person consent."""

    agreement = forms.ChoiceField(label=_("Data agreement"))
    fields_asked = NamesField(
        label=_("Fields"), required=False, help_text=_("Empty asks for all data of the agreement.")
    )
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=LONGEST_DAYS, initial=30)
    reason_zh = forms.CharField(label=_("Reason, in Chinese"), max_length=1000, widget=TEXT)
    reason_en = forms.CharField(label=_("Reason, in English"), max_length=1000, required=False, widget=TEXT)
    case = forms.CharField(label=_("Own case number"), max_length=64, required=False)

    def __init__(self, agreements: list[DataAgreement], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        field = self.fields["agreement"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choose…")), *((a.identifier, a.title.in_language(language)) for a in agreements)]


class PersonForm(OwnForm):
    """A person whom an officer has identified."""

    person = forms.CharField(
        label=_("Person, as this node's data call them"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ObligationForm(OwnForm):
    """A deletion that was done."""

    obligation = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    note = forms.CharField(label=_("What was deleted, by whom"), max_length=500)
