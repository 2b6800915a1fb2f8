"""What the addresses of the pages may hold; anything else is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.forms.fields import member_choices
from twincity.engines.exchange.models import Agreement
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem
from twincity.kernel.ui.listings import ListingForm

OUTCOMES = (("", _("Any outcome")), ("ok", _("Answered")), ("refused", _("Refused")), ("silent", _("No answer")))


class AddressForm(forms.Form):
    """The query of an address."""

    page = forms.IntegerField(required=False, validators=[MinValueValidator(1)], widget=forms.HiddenInput)

    def checked(self) -> dict[str, Any]:
        """The values without the page's number.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the parameter.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return {name: value for name, value in self.cleaned_data.items() if name != "page"}


class ExchangesForm(ListingForm):
    """Which exchanges to list."""

    sorts = ("at", "peer")

    peer = forms.ChoiceField(label=_("Partner"), required=False, choices=partial(member_choices, _("Any partner")))
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=OUTCOMES)
    service = forms.CharField(label=_("Service"), required=False, max_length=100)
    text = forms.CharField(label=_("Message, case or agreement"), required=False, max_length=100)
    protocol = forms.BooleanField(label=_("Also calls of the protocol itself"), required=False)

    def checked(self) -> dict[str, Any]:
        found = super().checked()
        return found | {"protocol": "on" if found["protocol"] else ""}


class ExchangeForm(AddressForm):
    """Which of several records with one message id; the place in the ledger."""

    entry = forms.IntegerField(required=False, min_value=0)


class AgreementsForm(ListingForm):
    """Which agreements to list."""

    sorts = ("requested_at", "state")

    state = forms.ChoiceField(required=False, choices=[("", _("All")), *Agreement.State.choices])


class PrefillForm(AddressForm):
    """What a link from elsewhere fills into a new request."""

    provider = forms.CharField(required=False, max_length=200)
    service = forms.CharField(required=False, max_length=100)


class WhyForm(AddressForm):
    """A call that was or might be made to this node."""

    member = forms.ChoiceField(label=_("Member that calls"), choices=partial(member_choices, _("Choose…")))
    service = forms.CharField(label=_("Service"), max_length=100)
    path = forms.CharField(label=_("Path"), max_length=500, initial="/")
    purpose = forms.CharField(label=_("Purpose"), max_length=100)
    method = forms.ChoiceField(label=_("Method"), choices=[(each, each) for each in ("GET", "POST", "PUT", "DELETE")])
    system = forms.CharField(label=_("Information system"), required=False, max_length=100)
    consent = forms.CharField(label=_("Consent"), required=False, max_length=36)


class AccessesForm(AddressForm):
    """Which page of the accesses."""


class OfferForm(AddressForm):
    """The data agreement that a person consents under of their own accord."""

    agreement = forms.CharField(max_length=300)


class ReviseForm(AddressForm):
    """The data agreement to be revised, by its short name."""

    revise = forms.CharField(required=False, max_length=60)
