"""Two versions of a standard side by side."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue.rules import Comparison, Difference, Field, Standard
from twincity.engines.catalogue.rules.model import PER_MILLE, Rule
from twincity.engines.catalogue.tables.contents import allowed
from twincity.engines.catalogue.tables.labels import GRADES, QUALITIES, TYPES, check_kind, local, source
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

LONGEST = 300


def differences_table(comparison: Comparison, old: Standard, new: Standard, names: tuple[str, str]) -> Table:
    """Each difference with what stands there in either, and whom it breaks; ``names`` are those of the two."""
    columns: list[Column] = [
        Column(_("What changed"), lambda each: format_html("{} <code>{}</code>", local(each.text), each.place)),
        Column(names[0], lambda each: side(old, each)),
        Column(names[1], lambda each: side(new, each)),
        Column(_("Compatible"), verdict),
    ]
    return Table(columns, comparison.differences, caption=_("Differences"), empty=_("The two do not differ"))


def difference_rows(comparison: Comparison, old: Standard, new: Standard) -> list[dict[str, Any]]:
    """The same for export."""
    return [
        {
            "place": each.place,
            "sort": each.sort,
            "text_zh": each.text.zh,
            "text_en": each.text.en,
            "old": plain(old, each),
            "new": plain(new, each),
            "breaks_readers": str(each.breaks_readers).lower(),
            "breaks_writers": str(each.breaks_writers).lower(),
        }
        for each in comparison.differences
    ]


EXPORTED = ("place", "sort", "text_zh", "text_en", "old", "new", "breaks_readers", "breaks_writers")


def verdict(difference: Difference) -> SafeString:
    """Whom a difference breaks."""
    broken = [(difference.breaks_readers, _("breaks readers")), (difference.breaks_writers, _("breaks writers"))]
    pills = [(parts.pill(words, "bad"),) for breaks, words in broken if breaks]
    return format_html_join(" ", "{}", pills) if pills else parts.pill(_("compatible"), "good")


def side(standard: Standard, difference: Difference) -> object:
    """What stands at the place of a difference in one of the versions."""
    found = _found(standard, difference.place)
    if found is None:
        return parts.NONE
    what, aspect = found
    shown = _aspect(what, aspect, standard)
    if shown is None or isinstance(shown, SafeString | bool):
        return parts.shown(shown)
    return str(shown)[:LONGEST] or parts.NONE


def plain(standard: Standard, difference: Difference) -> str:
    """The same as JSON, empty where there is nothing."""
    found = _found(standard, difference.place)
    if found is None:
        return ""
    what, aspect = found
    value = getattr(what, aspect) if aspect and hasattr(what, aspect) else what
    if aspect == "values" and isinstance(what, Field):
        value = sorted(standard.allowed(what.values, what.codes) or [what.codes])
    return msgspec.json.encode(value).decode()


def _found(standard: Standard, place: str) -> tuple[Any, str] | None:
    """The field, list or rule of a place and the aspect meant; the standard itself for its own."""
    what, *rest = place.split(".", 2)
    if not rest:
        return standard, what
    parts_of: dict[str, dict[str, Any]] = {
        "fields": {each.name: each for each in standard.fields},
        "lists": {each.id: each for each in standard.lists},
        "rules": {each.id: each for each in standard.rules},
    }
    found: Any = parts_of[what].get(rest[0])
    return (found, rest[1] if len(rest) > 1 else "") if found is not None else None


def _aspect(what: Any, aspect: str, standard: Standard) -> Any:
    if isinstance(what, Field):
        return _field(what, aspect, standard)
    if isinstance(what, Rule) and not aspect:
        kept = f"{what.threshold * 100 / PER_MILLE:g}%"
        return f"{QUALITIES[what.kind]} · {check_kind(what.check)} · {kept} · {_check(what)}"
    value = getattr(what, aspect, what.title) if aspect else what
    if isinstance(value, LocalText):
        return f"{value.zh} / {value.en}"
    if aspect == "source":
        return source(value)
    if aspect == "external":
        return " ".join(value)
    return "; ".join(f"{each.code} {local(each.title)}" for each in what.codes) if hasattr(what, "codes") else value


def _field(field: Field, aspect: str, standard: Standard) -> Any:
    if not aspect:
        return f"{field.title.zh} / {field.title.en} · {TYPES[field.type]} · {GRADES[field.grade][0]}"
    if aspect == "values":
        own = standard.allowed(field.values, field.codes)
        return " ".join(sorted(own)) if own is not None else allowed(field, standard)
    value = getattr(field, aspect)
    if aspect == "grade":
        return parts.pill(*GRADES[field.grade])
    if aspect == "type":
        return TYPES[field.type]
    if isinstance(value, LocalText):
        return f"{value.zh} / {value.en}"
    return source(value) if aspect == "source" else value


def _check(rule: Rule) -> str:
    check = msgspec.to_builtins(rule.check)
    told = " ".join(f"{name}={value}" for name, value in check.items() if name != "type")
    return " ".join([told, *(f"[{each.field}={'|'.join(each.values) or '*'}]" for each in rule.when)])
