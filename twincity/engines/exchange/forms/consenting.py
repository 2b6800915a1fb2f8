"""What a citizen decides: links, requests taken up, consent given."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.engines.exchange.consent.documents import DataAgreement
from twincity.engines.exchange.forms.fields import member_choices
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem

CSRF = "csrfmiddlewaretoken"


class OwnForm(forms.Form):
    """A form that refuses fields it does not know."""

    def full_clean(self) -> None:
        """Validate.

        Raises:
            Problem: ``unknown-parameter``.
        """
        for name in self.data if self.is_bound else ():
            if name not in self.fields and name not in {CSRF, "act"}:
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        super().full_clean()


class CodeForm(OwnForm):
    """A member and the code it has handed out."""

    member = forms.ChoiceField(choices=partial(member_choices, _("Choose…")))
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, label: Any, data: QueryDict | None = None, *, auto_id: str) -> None:
        super().__init__(data, auto_id=auto_id)
        self.fields["member"].label = label


class GiveForm(OwnForm):
    """Which data, for whom, for how long; nothing is ticked that the person was not asked for."""

    fields_given = forms.MultipleChoiceField(label=_("These data"), widget=forms.CheckboxSelectMultiple)
    recipients = forms.MultipleChoiceField(label=_("May be received by"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("For how long"), coerce=int)
    understood = forms.BooleanField(label=_("I have read this and consent of my own free will"))

    def __init__(
        self,
        agreement: DataAgreement,
        titles: dict[str, str],
        *,
        asked: tuple[str, ...] = (),
        days: int = 0,
        data: QueryDict | None = None,
    ) -> None:
        english = (get_language() or "").startswith("en")
        offered = [each for each in agreement.attributes if not asked or each.name in asked]
        longest = days or agreement.valid_days
        super().__init__(
            data,
            initial={"fields_given": [each.name for each in offered], "recipients": list(titles), "days": longest},
        )
        named = [(each.name, each.title.en if english else each.title.zh) for each in offered]
        sensitive = {each.name for each in offered if each.sensitive}
        self._choose("fields_given", [(n, _sensitive(t) if n in sensitive else t) for n, t in named])
        self._choose("recipients", list(titles.items()))
        terms = sorted({each for each in (1, 7, 30, 90, 180, 365) if each < longest} | {longest})
        self._choose("days", [(each, _("%(days)d days") % {"days": each}) for each in terms])

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


def _sensitive(title: str) -> str:
    return f"{title} · {_('sensitive')}"
