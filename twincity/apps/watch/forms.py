"""Forms of the pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.apps.watch import rules
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem

SPANS = (("hour", _("Last hour")), ("day", _("Last day")), ("month", _("Last 30 days")))


class SpanForm(forms.Form):
    """The span of time that the traffic page shows."""

    span = forms.ChoiceField(choices=SPANS, required=False)

    def checked(self) -> str:
        """The span.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``.
        """
        for name in self.data:
            if name not in self.fields:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        if not self.is_valid():
            raise Problem(INVALID, field="span", name="span", reason=" ".join(map(str, self.errors["span"])))
        return str(self.cleaned_data["span"] or "hour")


class TakeForm(forms.Form):
    """What the one who looks into an alert knows of it."""

    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class LimitsForm(forms.Form):
    """The operator's own limits."""

    silent_calls = forms.IntegerField(label=_("Calls without an answer"), min_value=1, max_value=10**9)
    least_calls = forms.IntegerField(
        label=_("Fewest calls"),
        min_value=1,
        max_value=10**9,
        help_text=_("Below them, shares and times of a partner are not judged."),
    )
    refused_percent = forms.IntegerField(label=_("Refused calls (%)"), min_value=1, max_value=100)
    p95_millis = forms.IntegerField(label=_("Time of 95% of calls (ms)"), min_value=1, max_value=10**9)
    witness_seconds = forms.IntegerField(label=_("Age of the last witness (s)"), min_value=1, max_value=10**9)
    free_mebibytes = forms.IntegerField(label=_("Free disk (MiB)"), min_value=1, max_value=10**9)

    def limits(self) -> rules.Limits:
        """The limits entered."""
        return rules.Limits(**self.cleaned_data)


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"


class ExportForm(forms.Form):
    """What an auditor looks into, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=400, help_text=_("Kept in the ledger with your name."))
    case = forms.CharField(label=_("Case"), max_length=100, required=False)
    since = forms.DateField(label=_("From the day"), required=False, widget=DateInput)
    until = forms.DateField(label=_("To, this day included"), required=False, widget=DateInput)
    peer = forms.ChoiceField(label=_("Partner"), required=False)
    service = forms.CharField(label=_("Service"), max_length=100, required=False)
    subject = forms.CharField(
        label=_("Person"), max_length=43, required=False, help_text=_("The pseudonym in the records of exchanges.")
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["peer"]
        if isinstance(field, forms.ChoiceField):
            field.choices = partial(_partners)

    def clean(self) -> dict[str, Any]:
        """An export of everything is none: something must narrow it."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(
            found[name] for name in ("case", "since", "until", "peer", "service", "subject")
        ):
            raise ValidationError(_("Narrow the export by a case, a person, a time, a partner or a service."))
        if found.get("since") and found.get("until") and found["until"] < found["since"]:
            self.add_error("until", _("The end lies before the beginning."))
        return found

    def scope(self) -> exchange.Scope:
        """The scope entered."""
        given = self.cleaned_data
        return exchange.Scope(
            case=given["case"],
            peer=given["peer"],
            service=given["service"],
            subject=given["subject"],
            since=_start(given["since"]) if given["since"] else None,
            until=_start(given["until"] + timedelta(days=1)) if given["until"] else None,
        )


def _start(day: Any) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def _partners() -> list[tuple[str, Any]]:
    known = circle.directory().members if circle.is_open() else {}
    own = circle.member_id() if known else ""
    language = get_language() or ""
    titles = [(name, known[name].node.title.in_language(language)) for name in sorted(known) if name != own]
    return [("", _("Any partner")), *((name, f"{title} ({name})") for name, title in titles)]
