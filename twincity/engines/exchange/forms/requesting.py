"""A consumer's request for data."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange import rules
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.forms.fields import DateInput, NamesField, end_of, member_choices, today
from twincity.kernel.locale_text import LocalText

METHODS = (
    ("GET", _("Read (GET)")),
    ("POST", _("Submit (POST)")),
    ("PUT", _("Replace (PUT)")),
    ("DELETE", _("Delete (DELETE)")),
)
TERM = timedelta(days=365)
"""What is proposed as the term of an agreement."""
FIELD_OF = {"purposes": "purpose", "not_after": "until", "member": "provider", "subject": "system"}
"""Where a problem's field stands under another name in the form."""


class RequestForm(forms.Form):
    """Who is asked, for what, why, and within which limits."""

    provider = forms.ChoiceField(label=_("Provider"), choices=partial(member_choices, _("Choose…"), others=True))
    service = forms.CharField(
        label=_("Service"), max_length=100, widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"})
    )
    path = forms.CharField(
        label=_("Path"), max_length=500, initial="/*", help_text=_("/* stands for all of the service.")
    )
    methods = forms.MultipleChoiceField(
        label=_("Kinds of call"), choices=METHODS, initial=["GET"], widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=100,
        help_text=_("A code in small letters, finer parts behind dots: planning.transport"),
    )
    reason_zh = forms.CharField(
        label=_("Reason, in Chinese"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2, "lang": "zh-Hans"})
    )
    reason_en = forms.CharField(
        label=_("Reason, in English"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en"}),
    )
    fields_asked = NamesField(
        label=_("Fields"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Names separated by commas; empty asks for all fields of the standard."),
    )
    until = forms.DateField(
        label=_("Valid until the end of"),
        widget=DateInput,
        initial=lambda: today() + TERM,
        validators=[MinValueValidator(today)],
    )
    rate = forms.IntegerField(label=_("Calls a minute, at most"), min_value=1, max_value=1_000_000, initial=600)
    system = forms.CharField(
        label=_("Information system"),
        required=False,
        max_length=100,
        help_text=_("Only when the data are for a single system of yours."),
    )

    def terms(self, rows: tuple[rules.RowFilter, ...]) -> Terms:
        """The terms asked for; without an English reason the Chinese one stands for both."""
        given = self.cleaned_data
        return Terms(
            service=given["service"],
            purpose=given["purpose"],
            reason=LocalText(given["reason_zh"], given["reason_en"] or given["reason_zh"]),
            not_after=end_of(given["until"]),
            methods=tuple(given["methods"]),
            path=given["path"],
            fields=given["fields_asked"],
            rows=rows,
            rate=given["rate"],
            system=given["system"],
        )

    def blame(self, field: str, text: str) -> None:
        """Show a problem beside the field it names, if it names one of these."""
        name = {"fields": "fields_asked"}.get(field, FIELD_OF.get(field, field))
        if name in self.fields:
            self.add_error(name, text)


class RowForm(forms.Form):
    """One condition on the records asked for; left empty it is none."""

    field = forms.CharField(label=_("Field"), required=False, max_length=100)
    op = forms.ChoiceField(
        label=_("Condition"),
        required=False,
        choices=[
            ("in", _("is one of")),
            ("prefix", _("begins with")),
            ("min", _("is at least")),
            ("max", _("is at most")),
        ],
    )
    values = NamesField(label=_("Values"), required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if bool(given.get("field")) != bool(given.get("values")):
            raise forms.ValidationError(_("A condition needs a field and at least one value."))
        return given


RowForms = forms.formset_factory(RowForm, extra=2, max_num=8)
"""The conditions; all of them must hold."""


def filters(rows: forms.BaseFormSet) -> tuple[rules.RowFilter, ...]:
    """The conditions that were filled in."""
    given = (form.cleaned_data for form in rows.forms)
    return tuple(rules.RowFilter(each["field"], each["op"], each["values"]) for each in given if each.get("field"))
