"""Draft grants for a simulation."""

from __future__ import annotations

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.forms.searching import AddressForm
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.services.simulating import DAYS

LONGEST = 500_000
"""Characters of a draft: some 1,000 grants."""


class DraftFromForm(AddressForm):
    """What a draft begins with: the grants in force, with those of an agreement or without one grant."""

    agreement = forms.CharField(required=False, max_length=36)
    without = forms.CharField(required=False, max_length=60)


class DraftForm(forms.Form):
    """Grants to be tried instead of those in force."""

    grants = forms.CharField(
        label=_("Draft grants"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text=_("Change, add or remove grants; nothing here takes effect."),
    )
    days = forms.IntegerField(label=_("Past days"), min_value=1, max_value=DAYS, initial=DAYS)

    def clean_grants(self) -> list[Grant]:
        """The grants of the draft.

        Raises:
            ValidationError: saying what is wrong and where.
        """
        try:
            return msgspec.json.decode(self.cleaned_data["grants"], type=list[Grant])
        except (msgspec.DecodeError, RecursionError) as error:
            raise forms.ValidationError(str(error)) from error
