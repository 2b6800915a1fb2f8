"""Forms of the back room and of one's own pages; each ends in a service."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import queries, rules
from twincity.engines.identity.models import Account, LocalSystem, RoleName
from twincity.kernel import clock
from twincity.kernel.problems import INVALID, UNKNOWN_PARAMETER, Problem


class AccountForm(forms.ModelForm):
    """An account with its roles; the password is asked for when new, and may be replaced later."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=lazystr(" ".join(password_validators_help_texts())),
    )
    roles = forms.MultipleChoiceField(
        label=_("roles"), choices=RoleName.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Account
        fields = ["username", "title", "party", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["roles"].initial = sorted(self.instance.roles)
            self.fields["password"].required = False
            self.fields["password"].label = _("New password")

    def clean_username(self) -> str:
        return rules.clean_username(self.cleaned_data["username"])

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password


class SystemForm(forms.ModelForm):
    """A local system and what it may ask for, one purpose a line."""

    purposes = forms.CharField(
        label=_("purposes allowed"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One purpose a line.")
    )

    class Meta:
        model = LocalSystem
        fields = ["name"]

    def clean_purposes(self) -> list[str]:
        try:
            return rules.clean_purposes(self.cleaned_data["purposes"].split())
        except Problem as problem:
            raise ValidationError(_("Purposes hold no blanks and at most 80 characters.")) from problem


class StrictForm(forms.Form):
    """Refuses fields it does not know."""

    def checked(self) -> dict[str, Any]:
        """The cleaned values.

        Raises:
            Problem: ``unknown-parameter`` or ``invalid``, naming the field.
        """
        for name in self.data:
            if name not in self.fields and name != "csrfmiddlewaretoken":
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        for name, errors in self.errors.items():
            raise Problem(INVALID, field=name, name=name, reason=" ".join(map(str, errors)))
        return self.cleaned_data


class NoFields(StrictForm):
    """A button alone."""


class ActingForm(StrictForm):
    """For whom to act, empty for nobody else."""

    principal = forms.CharField(required=False, max_length=400)


class MandateForm(StrictForm):
    """Let somebody act for me, or pass on a mandate that may be passed on."""

    agent = forms.CharField(
        label=_("Who may act"), max_length=400, help_text=_("Sign-in name of a person here, or identifier of a party.")
    )
    scope = forms.CharField(
        label=_("For which acts"),
        max_length=2000,
        help_text=_("Names such as casework.apply, separated by blanks; casework.* is everything below, * everything."),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Empty: until you withdraw it."),
    )
    parent = forms.TypedChoiceField(label=_("On behalf of"), required=False, coerce=int, empty_value=None)
    may_pass_on = forms.BooleanField(label=_("May be passed on once"), required=False)
    evidence = forms.CharField(label=_("Grounds"), required=False, max_length=200)

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data)
        self.account, now = account, clock.now()
        self.above = [each for each in queries.received(account) if each.may_pass_on and not each.revoked]
        self.above = [each for each in self.above if each.until is None or each.until > now]
        self.own = account.party is not None and queries.is_own(account, account.party)
        mine = [("", _("myself"))] if self.own else []
        choices = [*mine, *((each.id, f"{each.principal_title} ({', '.join(each.scope)})") for each in self.above)]
        self.fields["parent"].choices = choices  # type: ignore[attr-defined]

    @property
    def possible(self) -> bool:
        """Whether the account has anything to give."""
        return self.own or bool(self.above)

    def clean(self) -> dict[str, Any]:
        unknown = set(self.data) - {*self.fields, "csrfmiddlewaretoken"}
        if unknown:
            raise ValidationError(_("Unknown field: %(name)s"), params={"name": min(unknown)})
        return self.cleaned_data

    def mandate(self) -> dict[str, Any]:
        """Arguments of the service, without who gives it."""
        given = dict(self.cleaned_data)
        above = next((each for each in self.above if each.id == given["parent"]), None)
        own = self.account.party.identifier if self.account.party else ""
        day = given["until"]
        end = datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone()) if day else None
        return given | {
            "principal": above.principal if above else own,
            "scope": given["scope"].split(),
            "until": end,
        }
