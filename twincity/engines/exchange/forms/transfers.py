"""Which file to fetch, and what is to become of a delivery."""

from __future__ import annotations

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.forms.fields import member_choices
from twincity.engines.exchange.services.transfers import ACTS


class TransferForm(forms.Form):
    """A file of a partner."""

    provider = forms.ChoiceField(label=_("Partner"), choices=partial(member_choices, _("Choose…"), others=True))
    service = forms.CharField(label=_("Service"), max_length=100)
    path = forms.CharField(label=_("Path that describes the file"), max_length=400, initial="/extract")
    query = forms.CharField(label=_("Query"), max_length=1000, required=False, initial="format=parquet")
    purpose = forms.CharField(label=_("Purpose"), max_length=100)


class ActForm(forms.Form):
    """Pause, resume or cancel."""

    act = forms.ChoiceField(choices=[(name, name) for name in ACTS])
