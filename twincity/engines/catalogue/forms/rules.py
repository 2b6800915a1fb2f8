"""One quality rule of a standard. Which fields of the form a kind of check uses stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import RevisionForm, source_initial, source_of, text_of, title_initial
from twincity.engines.catalogue.rules import Rule, Standard
from twincity.engines.catalogue.rules.model import (
    PER_MILLE,
    Among,
    Check,
    Delivered,
    Filled,
    Fresh,
    Matches,
    Ordered,
    Reference,
    StartsWith,
    Unique,
    When,
)
from twincity.engines.catalogue.tables.labels import CHECKS, QUALITIES

ANY, IS, OR = "*", "=", "|"
NEEDED = {
    "filled": ("field",),
    "matches": ("field", "pattern"),
    "among": ("field",),
    "unique": ("fields",),
    "reference": ("field", "other"),
    "ordered": ("field", "other"),
    "starts-with": ("field", "other"),
    "fresh": ("field", "number"),
    "delivered": ("number",),
}
_MADE: dict[str, Callable[[dict[str, Any]], Check]] = {
    "filled": lambda given: Filled(field=given["field"]),
    "matches": lambda given: Matches(field=given["field"], pattern=given["pattern"]),
    "among": lambda given: Among(field=given["field"], values=_lines(given["values"]), codes=given["codes"]),
    "unique": lambda given: Unique(fields=tuple(given["fields"])),
    "reference": lambda given: Reference(field=given["field"], to=given["other"], separator=given["separator"]),
    "ordered": lambda given: Ordered(first=given["field"], second=given["other"]),
    "starts-with": lambda given: StartsWith(field=given["field"], prefix=given["other"]),
    "fresh": lambda given: Fresh(field=given["field"], days=given["number"]),
    "delivered": lambda given: Delivered(rows=given["number"]),
}


class RuleForm(RevisionForm):
    """All that a rule says."""

    name = forms.CharField(label=_("Id"), max_length=63)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind of quality"), choices=list(QUALITIES.items()))
    check = forms.ChoiceField(label=_("What has to hold"), choices=list(CHECKS.items()))
    field = forms.ChoiceField(label=_("Field"), required=False)
    other = forms.ChoiceField(
        label=_("Other field"),
        required=False,
        help_text=_("The later one, the prefix, or the column or set that is referred to"),
    )
    fields_ = forms.MultipleChoiceField(label=_("Fields that no two rows agree in"), required=False)
    pattern = forms.CharField(label=_("Pattern"), max_length=256, required=False)
    values = forms.CharField(
        label=_("Allowed values"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("One a line")
    )
    codes = forms.ChoiceField(label=_("Code list"), required=False)
    separator = forms.CharField(
        label=_("Separator"), max_length=5, required=False, strip=False, help_text=_("When a field refers to several")
    )
    number = forms.IntegerField(label=_("Days or rows"), min_value=1, max_value=1_000_000_000, required=False)
    when = forms.CharField(
        label=_("Only for rows with"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One condition a line: field=value|value, or field=* for any value"),
    )
    threshold = forms.IntegerField(label=_("Threshold in per mille"), min_value=1, max_value=PER_MILLE)
    source = forms.CharField(label=_("Based on"), max_length=200, required=False)
    article = forms.CharField(label=_("Article"), max_length=100, required=False)
    verified = forms.BooleanField(label=_("Checked against the text itself"), required=False)

    def __init__(self, *args: Any, standard: Standard, current: Rule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check = msgspec.to_builtins(current.check) if current else {}
        names = dict.fromkeys(each.name for each in standard.fields)
        known = {
            text
            for value in check.values()
            for text in (value if isinstance(value, list) else [value])
            if isinstance(text, str)
        }
        fields = [(name, name) for name in (*names, *sorted(known & set(self._names(check)) - set(names)))]
        lists = dict.fromkeys([*(each.id for each in standard.lists), *standard.external, check.get("codes", "")])
        choices = {
            "field": [("", "—"), *fields],
            "other": [("", "—"), *fields, *((name, name) for name in standard.external)],
            "fields_": fields,
            "codes": [("", "—"), *((name, name) for name in lists if name)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @staticmethod
    def _names(check: dict[str, Any]) -> list[str]:
        """Names of fields in a check, which a faulty draft may lack."""
        single = [check[name] for name in ("field", "first", "second", "prefix", "to") if name in check]
        return [*single, *check.get("fields", ())]

    @staticmethod
    def initial_of(rule: Rule, revision: int) -> dict[str, Any]:
        """A rule as initial values."""
        check = msgspec.to_builtins(rule.check)
        return {
            **{name: check[name] for name in ("pattern", "codes", "separator", "field") if name in check},
            "field": check.get("field", check.get("first", "")),
            "other": check.get("to", check.get("second", check.get("prefix", ""))),
            "fields_": check.get("fields", ()),
            "values": "\n".join(check.get("values", ())),
            "number": check.get("days", check.get("rows")),
            "check": check["type"],
            "name": rule.id,
            "kind": rule.kind.value,
            "threshold": rule.threshold,
            "when": "\n".join(f"{each.field}{IS}{OR.join(each.values) or ANY}" for each in rule.when),
            "revision": revision,
            **title_initial(rule.title),
            **source_initial(rule.source),
        }

    def clean(self) -> dict[str, Any]:
        """Each kind of check asks for its own fields."""
        given = self.cleaned_data
        given["fields"] = given.get("fields_", [])
        for name in NEEDED.get(given.get("check", ""), ()):
            shown = "fields_" if name == "fields" else name
            if not given.get(name) and shown not in self.errors:
                self.add_error(shown, _("Needed for this kind of rule."))
        return given

    def clean_when(self) -> tuple[When, ...]:
        """The conditions."""
        found = []
        for line in _lines(self.cleaned_data["when"]):
            field, given, values = line.partition(IS)
            if not given or not field.strip() or not values.strip():
                raise forms.ValidationError(_("“%(line)s” is not of the form field=value."), params={"line": line})
            several = tuple(value.strip() for value in values.split(OR))
            found.append(When(field=field.strip(), values=() if several == (ANY,) else several))
        return tuple(found)

    def made(self) -> Rule:
        """The rule."""
        given = self.cleaned_data
        return msgspec.convert(
            {
                "id": given["name"],
                "kind": given["kind"],
                "title": msgspec.to_builtins(text_of(given, "title")),
                "check": msgspec.to_builtins(_MADE[given["check"]](given)),
                "when": msgspec.to_builtins(given["when"]),
                "threshold": given["threshold"],
                "source": msgspec.to_builtins(source_of(given)),
            },
            Rule,
        )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
