"""Forms of the kit's page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.kernel.ui.listings import ListingForm

PURPOSES = [("planning", _("Planning")), ("service", _("Service to citizens")), ("safety", _("Safety"))]


class CallsForm(ListingForm):
    """The sample listing's address."""

    sorts = ("service", "peer", "at", "ms")
    peer = forms.CharField(label=_("Partner"), required=False, max_length=40)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Title"), max_length=40, help_text=_("As it is to stand in the catalogue"))
    rows = forms.IntegerField(label=_("Rows"), min_value=1, max_value=10_000)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=PURPOSES)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 3}))
    public = forms.BooleanField(label=_("Visible to everybody"), required=False)


class WhatForm(forms.Form):
    """First step of the sample wizard."""

    dataset = forms.CharField(label=_("Dataset"), max_length=60)
    fields_asked = forms.MultipleChoiceField(
        label=_("Fields"),
        choices=[("name", _("Title")), ("place", _("Location")), ("count", _("Count"))],
        widget=forms.CheckboxSelectMultiple,
    )


class WhyForm(forms.Form):
    """Second step: what for, and how long."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=PURPOSES, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=500)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput({"type": "date"}))

    def clean_until(self) -> date:
        """No agreement runs longer than the sample year."""
        until: date = self.cleaned_data["until"]
        if until.year > 2027:
            raise forms.ValidationError(_("2027 at the latest"))
        return until

    def clean(self) -> dict[str, Any]:
        """Safety needs a longer reason."""
        found = super().clean() or {}
        if found.get("purpose") == "safety" and len(found.get("reason", "")) < 10:
            self.add_error("reason", _("Say more: at least ten characters"))
        return found
