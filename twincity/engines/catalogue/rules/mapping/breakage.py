"""What breaks when a local table is mapped and judged by the standard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from twincity.engines.catalogue.rules.check import check_rows
from twincity.engines.catalogue.rules.columns import Sets
from twincity.engines.catalogue.rules.mapping.compiled import RowFunction, Trouble, TroubleKind, compile_mapping
from twincity.engines.catalogue.rules.mapping.faults import unfilled
from twincity.engines.catalogue.rules.mapping.model import Mapping as FieldMappings
from twincity.engines.catalogue.rules.mapping.model import columns_of
from twincity.engines.catalogue.rules.model import Standard
from twincity.engines.catalogue.rules.report import QualityReport
from twincity.engines.catalogue.rules.tally import HIDDEN, SHOWN_GRADES

MOST_KINDS, LONGEST_SHOWN = 500, 80


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How often one thing could not be carried over, and in which row first (from 1).

    Attributes:
        value: the local text, shortened; hidden when the field's grade is above ``general-2``.
    """

    kind: TroubleKind
    field: str
    value: str
    count: int
    row: int


class Breakage(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a trial.

    Attributes:
        report: of the mapped rows against the standard.
        troubles: most frequent first.
        more_troubles: troubles beyond the kinds that are kept apart.
        unused: columns that no field is taken from.
        unfilled: required fields that the mapping leaves blank.
        examples: the first mapped rows; values above grade ``general-2`` hidden.
    """

    report: QualityReport
    troubles: tuple[Count, ...]
    more_troubles: int
    unused: tuple[str, ...]
    unfilled: tuple[str, ...]
    examples: tuple[dict[str, str], ...]

    @property
    def whole(self) -> bool:
        """Whether nothing breaks."""
        return self.report.verdict == "passed" and not self.troubles and not self.more_troubles


def check_mapped(
    mapping: FieldMappings,
    standard: Standard,
    rows: Iterable[Mapping[str, Any]],
    *,
    today: date,
    sets: Sets | None = None,
    keep: int = 5,
) -> Breakage:
    """Map rows and judge them by the standard in one pass.

    Raises:
        Problem: ``mapping-faulty``, ``standard-faulty`` or ``standard-set-missing``.
    """
    watch = _Watch(compile_mapping(mapping, standard), standard, keep)
    report = check_rows(standard, watch.over(rows), today=today, sets=sets, keep=keep)
    used = {column for each in mapping.fields for column in columns_of(each.take)}
    return Breakage(
        report=report,
        troubles=watch.counts(),
        more_troubles=watch.more,
        unused=tuple(column for column in mapping.columns if column not in used),
        unfilled=unfilled(mapping, standard),
        examples=tuple(watch.examples),
    )


class _Watch:
    """Counts troubles while rows pass through."""

    def __init__(self, function: RowFunction, standard: Standard, keep: int) -> None:
        self._function, self._keep = function, keep
        self._hidden = {field.name for field in standard.fields if field.grade not in SHOWN_GRADES}
        self._found: Counter[Trouble] = Counter()
        self._first: dict[Trouble, int] = {}
        self.more = 0
        self.examples: list[dict[str, str]] = []

    def over(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
        """The mapped rows."""
        for number, row in enumerate(rows, 1):
            mapped = self._function(row)
            for trouble in mapped.troubles:
                self._note(trouble, number)
            if len(self.examples) < self._keep:
                self.examples.append({name: self._shown(name, text) for name, text in mapped.row.items()})
            yield mapped.row

    def counts(self) -> tuple[Count, ...]:
        """Troubles with their numbers."""
        return tuple(
            Count(kind=each.kind, field=each.field, value=each.value, count=count, row=self._first[each])
            for each, count in self._found.most_common()
        )

    def _note(self, trouble: Trouble, number: int) -> None:
        shown = trouble._replace(value=self._shown(trouble.field, trouble.value))
        if shown not in self._found and len(self._found) >= MOST_KINDS:
            self.more += 1
            return
        self._found[shown] += 1
        self._first.setdefault(shown, number)

    def _shown(self, field: str, text: str) -> str:
        return HIDDEN if field in self._hidden else text[:LONGEST_SHOWN]
