"""What may stand in the addresses of the pages, and the steps a person takes there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from twincity.apps.dataspace.protocol.states import NEGOTIATION, TRANSFER, NegotiationGraph, TransferGraph
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

WORDS = {
    "request": _("Ask again"),
    "offer": _("Offer"),
    "accept": _("Accept the offer"),
    "agree": _("Agree"),
    "verify": _("Confirm the agreement"),
    "finalize": _("Put into force"),
    "terminate": _("Terminate"),
    "start": _("Start"),
    "suspend": _("Suspend"),
    "complete": _("Declare complete"),
}
PROPOSING = {"request", "offer"}
"""Steps that need terms; they are taken by operation, where terms can be given."""


class ListForm(forms.Form):
    """Which processes to list."""

    state = forms.ChoiceField(required=False)
    text = forms.CharField(required=False, max_length=200)
    page = forms.IntegerField(required=False, validators=[MinValueValidator(1)])

    def __init__(self, kind: str, data: Any) -> None:
        super().__init__(data)
        graph = NegotiationGraph if kind == "negotiations" else TransferGraph
        self.fields["state"] = forms.ChoiceField(required=False, choices=[("", ""), *((n, n) for n in graph.states)])

    def checked(self) -> dict[str, Any]:
        """The values without the page's number.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return {name: value for name, value in self.cleaned_data.items() if name != "page"}


class StepForm(forms.Form):
    """The next step in a process."""

    act = forms.ChoiceField(label=_("Step"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)

    def __init__(self, acts: list[str], data: Any = None) -> None:
        super().__init__(data)
        choices = [(act, WORDS[act]) for act in acts]
        self.fields["act"] = forms.ChoiceField(label=_("Step"), widget=forms.RadioSelect, choices=choices)


def possible(process: Any, kind: str) -> list[str]:
    """Steps that this side can take now."""
    moves = NEGOTIATION if kind == "negotiations" else TRANSFER
    found = [act for act, move in moves.items() if process.role in move.by and process.state in move.after]
    if kind == "transfers" and process.role == "consumer" and process.state == "requested":
        found.remove("start")
    return [act for act in found if act not in PROPOSING]
