"""Duties in lists, their totals, and one with its datasets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from twincity.apps.sharing.divisions import divisions
from twincity.apps.sharing.duties import Judged, State, Tally, tally
from twincity.engines.catalogue.facade import DutyList, EntryRecord
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

STATES = {
    State.FULFILLED: (gettext_lazy("Fulfilled"), "good"),
    State.FAILED: (gettext_lazy("Poor quality"), "warn"),
    State.OVERDUE: (gettext_lazy("Overdue"), "bad"),
    State.MISSING: (gettext_lazy("Nothing offered"), "quiet"),
}
MODES = {
    "interface": gettext_lazy("interface"),
    "table": gettext_lazy("table"),
    "file": gettext_lazy("file"),
}


class _Line(NamedTuple):
    """A line of totals."""

    title: str
    tally: Tally


def provinces_table(lists: Iterable[DutyList], judged: Sequence[Judged]) -> Table:
    """By province; the categories that no public text names are counted, and nothing is said of them."""
    unnamed: dict[str, int] = defaultdict(int)
    for part in lists:
        unnamed[part.province] += max(0, part.categories - len(part.duties))
    lines = [
        _Line(divisions().name(code), tally([each for each in judged if each.province == code], unnamed[code]))
        for code in sorted(unnamed)
    ]
    columns = [*_totals(_("Owing province")), Column(_("Only counted"), lambda each: each.tally.unnamed, "number")]
    return Table(columns, lines, caption=_("By province"))


def departments_table(judged: Sequence[Judged]) -> Table:
    """By department."""
    lines = _grouped(judged, lambda each: local(each.duty.department) or _("not public"))
    return Table(_totals(_("Department")), lines, caption=_("By department"))


def matrix_table(judged: Sequence[Judged]) -> Table:
    """Themes against provinces: fulfilled of those named."""
    codes = sorted({each.province for each in judged})
    themes: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        themes[local(each.duty.theme)].append(each)
    columns = [Column(_("Theme"), lambda pair: pair[0])]
    columns += [Column(divisions().name(code), _cell(code), "number") for code in codes]
    return Table(columns, sorted(themes.items()), caption=_("Fulfilled, by theme and province"))


def duties_table(judged: Iterable[Judged]) -> Table:
    """Every named duty and how it stands."""
    columns = [
        Column(_("Category"), lambda each: parts.link(address(each), local(each.duty.title))),
        Column(_("Theme"), lambda each: local(each.duty.theme)),
        Column(_("Who has to share"), _owing),
        Column(_("State"), lambda each: parts.pill(*STATES[each.state])),
        Column(_("Datasets"), lambda each: len(each.datasets), "number"),
    ]
    return Table(columns, judged, empty=_("No duty matches"), caption=_("Duties"), name="duties")


def duty_facts(found: Judged) -> list[tuple[Any, Any]]:
    """What is owed, by whom, and what says so."""
    duty = found.duty
    source = duty.source or _("the list's")
    return [
        (_("State"), parts.pill(*STATES[found.state])),
        (_("Identifier"), found.identifier),
        (_("Theme"), local(duty.theme)),
        (_("Who has to share"), _owing(found)),
        (_("Fields"), ", ".join(duty.fields) or _("not public")),
        (_("Mode"), MODES[duty.mode] if duty.mode else _("not public")),
        (_("Source"), source if duty.verified else _not_verified(source)),
    ]


def datasets_table(datasets: Iterable[EntryRecord]) -> Table:
    """The datasets offered for a duty."""
    columns = [
        Column(_("Dataset"), lambda each: parts.link(_entry(each), local(each.title))),
        Column(_("Publisher"), "owner"),
        Column(_("Published"), lambda each: parts.instant(clock.instant(each.published_at * 1000), "date")),
    ]
    return Table(columns, datasets, empty=_("Nobody offers a dataset for it yet"), caption=_("Datasets"))


def address(found: Judged) -> str:
    """The page of a duty of a province."""
    return reverse("sharing:duty", args=[found.province, found.identifier])


def local(text: LocalText) -> str:
    """A text in the language of the page."""
    return text.in_language(get_language() or "")


def _totals(title: str) -> list[Column]:
    counts = [Column(str(text), _count(state), "number") for state, (text, _tone) in STATES.items()]
    return [Column(title, "title"), Column(_("Owed"), lambda each: each.tally.owed, "number"), *counts]


def _count(state: State) -> Callable[[_Line], int]:
    return lambda line: line.tally.states[state]


def _cell(code: str) -> Callable[[tuple[str, list[Judged]]], str]:
    def shown(pair: tuple[str, list[Judged]]) -> str:
        states = [each.state for each in pair[1] if each.province == code]
        return f"{states.count(State.FULFILLED)} / {len(states)}"

    return shown


def _grouped(judged: Iterable[Judged], key: Callable[[Judged], str]) -> list[_Line]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[key(each)].append(each)
    return [_Line(title, tally(some)) for title, some in sorted(groups.items())]


def _owing(found: Judged) -> str:
    return " · ".join(part for part in (divisions().name(found.province), local(found.duty.department)) if part)


def _not_verified(source: str) -> SafeString:
    return parts.pill(f"{source} · {_('not verified')}", "quiet")


def _entry(found: EntryRecord) -> str:
    return reverse("catalogue-entry", args=[found.owner, found.kind, found.name, found.version])
