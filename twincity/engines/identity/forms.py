"""Forms of the back room; each ends in a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account, LocalSystem, RoleName
from twincity.kernel.problems import Problem


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
