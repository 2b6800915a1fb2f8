"""The steward's decision on an agreement."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from msgspec.structs import replace

from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.forms.fields import DateInput, NamesField, day_of, end_of, today

MOVES = {
    "requested": (("active", _("Approve")), ("offered", _("Offer other terms")), ("refused", _("Refuse"))),
    "offered": (("refused", _("Refuse")),),
    "active": (("suspended", _("Suspend")), ("ended", _("End for good"))),
    "suspended": (("active", _("Resume")), ("ended", _("End for good"))),
}
"""What can be decided in which state, in the order of offering; nothing in the others."""


class DecisionForm(forms.Form):
    """Approve, refuse, suspend, resume or end; an approval may give less than was asked for, never more."""

    state = forms.ChoiceField()
    fields_given = NamesField(
        label=_("Fields given"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Leave out what the purpose does not need. Empty means all fields of the standard."),
    )
    until = forms.DateField(label=_("Valid until the end of"), widget=DateInput)
    note = forms.CharField(
        label=_("Note to the other side"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, state: str, terms: Terms, data: QueryDict | None = None) -> None:
        self.terms = terms
        last = day_of(terms.not_after)
        super().__init__(data, initial={"fields_given": ", ".join(terms.fields), "until": last})
        self.fields["state"] = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect, choices=MOVES[state])
        if state != "requested":
            self.fields["until"].widget.attrs["max"] = last.isoformat()
        if state in {"active", "offered"}:  # it is suspended or ended as it is
            del self.fields["fields_given"], self.fields["until"]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("state") in {"active", "offered"} and given.get("until", date.max) < today():
            self.add_error("until", _("This day is over."))
        return given

    def narrowed(self) -> Terms | None:
        """The terms given, when they differ from those asked for; wider ones only when they are offered."""
        if self.cleaned_data["state"] not in {"active", "offered"} or "until" not in self.cleaned_data:
            return None
        day = self.cleaned_data["until"]
        not_after = self.terms.not_after if day == day_of(self.terms.not_after) else end_of(day)
        given = replace(self.terms, fields=self.cleaned_data["fields_given"], not_after=not_after)
        return None if given == self.terms else given


REPLIES = {
    "requested": (("withdraw", _("Withdraw the request")),),
    "offered": (("accept", _("Sign the terms offered")), ("withdraw", _("Withdraw the request"))),
    "active": (("withdraw", _("End for good")),),
    "suspended": (("withdraw", _("End for good")),),
}
"""What a consumer can do in which state."""


class ReplyForm(forms.Form):
    """The consumer's next step: sign what was offered, or want no more."""

    act = forms.ChoiceField()
    note = forms.CharField(
        label=_("Note to the other side"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, state: str, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["act"] = forms.ChoiceField(label=_("Next step"), widget=forms.RadioSelect, choices=REPLIES[state])
