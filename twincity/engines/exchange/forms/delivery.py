"""What a person decides on messages that went no further, and courier bundles going in and out."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.delivery.courier import LIMIT
from twincity.engines.exchange.forms.fields import member_choices

ACTS = (("retry", _("Try again")), ("drop", _("Drop it")))


class LetterForm(forms.Form):
    """Try again, or drop with a reason."""

    act = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect, choices=ACTS)
    reason = forms.CharField(
        label=_("Reason for dropping it"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("act") == "drop" and not given.get("reason", "").strip():
            self.add_error("reason", _("Say why; the reason is recorded, and told to the sender."))
        return given


class ExportForm(forms.Form):
    """For whom to export."""

    to = forms.ChoiceField(label=_("Partner"), choices=partial(member_choices, _("Choose…")))


class ImportForm(forms.Form):
    """A bundle that was carried here."""

    bundle = forms.FileField(label=_("Courier bundle"))

    def clean_bundle(self) -> Any:
        found = self.cleaned_data["bundle"]
        if found.size > LIMIT:
            raise forms.ValidationError(_("The file is larger than a bundle can be."))
        return found
