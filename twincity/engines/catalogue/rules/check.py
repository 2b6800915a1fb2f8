"""Running a standard over rows, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from twincity.engines.catalogue.rules.columns import Column, RowCheck, Sets
from twincity.engines.catalogue.rules.faults import require_valid
from twincity.engines.catalogue.rules.model import Quality, Rule, Standard, Unique
from twincity.engines.catalogue.rules.report import Outcome, QualityReport, scores, verdict
from twincity.engines.catalogue.rules.tables import compiled_rule
from twincity.engines.catalogue.rules.tally import Row, Shown, Tally
from twincity.engines.catalogue.rules.work import Scene
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

SET_MISSING = define(
    "standard-set-missing",
    422,
    zh="标准 {standard} 需要代码集 {name}",
    en="Standard {standard} needs the set of codes {name}",
)
STEP = 4096
"""Rows between two looks at the progress and cancel callbacks."""
COLUMNS, KEY = "table.columns", "table.key"
"""Rules that every standard has: no columns beyond it, and no two rows with the same key."""
_SHAPES = 1024


def check_rows(
    standard: Standard,
    rows: Iterable[Row],
    *,
    today: date,
    sets: Sets | None = None,
    keep: int = 20,
    distinct: int = 5_000_000,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> QualityReport:
    """Judge rows by a standard in one pass, in memory that does not grow with them but for keys and references.

    Args:
        standard: a valid one.
        rows: mappings from column name to text or JSON value; an absent, null or empty cell is blank.
        today: the day against which freshness is measured.
        sets: the standard's external sets of values by id.
        keep: failing rows kept for each rule.
        distinct: keys and references remembered for each rule (about 100 bytes each); beyond them its outcome is
            marked partial.
        progress: called with the number of rows every 4,096 rows, and at the end.
        cancelled: asked as often; when it says yes, the report covers the rows until then.

    Raises:
        Problem: ``standard-faulty`` or ``standard-set-missing``.
    """
    require_valid(standard)
    run = _Run(standard, Shown(standard, keep), sets or {}, today, distinct)
    stopped = run.over(rows, progress or _ignore, cancelled or _never)
    outcomes = run.outcomes()
    return QualityReport(
        standard=standard.id,
        version=standard.version,
        rows=run.rows,
        verdict=verdict(run.rows, outcomes, cancelled=stopped),
        scores=scores(outcomes),
        outcomes=outcomes,
        unknown_columns=run.unknown,
    )


def _ignore(_rows: int) -> None:
    """Progress that nobody wants."""


def _never() -> bool:
    return False


def key_rule(standard: Standard) -> list[Rule]:
    """The rule that the key does not repeat, for a standard that has one."""
    key = tuple(field.name for field in standard.fields if field.key)
    title = LocalText(zh="主键不重复", en="The key does not repeat")
    return [Rule(id=KEY, kind=Quality.ACCURACY, title=title, check=Unique(fields=key))] if key else []


def shapes(shown: Shown) -> Tally:
    """A count of rows with columns beyond the standard's."""
    title = LocalText(zh="没有标准之外的列", en="There are no columns beyond the standard's")
    return Tally(shown, COLUMNS, Quality.CONFORMITY, title)


def require_sets(standard: Standard, sets: Sets) -> None:
    """Refuse to judge without the external sets of a standard.

    Raises:
        Problem: ``standard-set-missing``.
    """
    missing = next((name for name in standard.external if name not in sets), None)
    if missing is not None:
        raise Problem(SET_MISSING, field="sets", standard=standard.id, name=missing)


class _Run:
    """A standard compiled once for one run."""

    def __init__(self, standard: Standard, shown: Shown, sets: Sets, today: date, distinct: int) -> None:
        require_sets(standard, sets)
        scene = Scene(standard, shown, sets, today, distinct)
        self.rows = 0
        self.unknown: dict[str, int] = {}
        self._columns = [Column(field, standard, shown, sets) for field in standard.fields]
        self._rules = [compiled_rule(rule, scene) for rule in (*key_rule(standard), *standard.rules)]
        self._names = frozenset(field.name for field in standard.fields)
        self._shapes = shapes(shown)

    def over(self, rows: Iterable[Row], progress: Callable[[int], None], cancelled: Callable[[], bool]) -> bool:
        """Check all rows; whether that was cancelled."""
        checks, number = list(self._checks()), 0
        usual: tuple[str, ...] = ()
        for number, row in enumerate(rows, 1):
            if (shape := tuple(row)) != usual and not self._strange(row, number):
                usual = shape
            for check in checks:
                check(row, number)
            if not number % STEP:
                progress(number)
                if cancelled():
                    break
        else:
            self.rows = number
            progress(number)
            return False
        self.rows = number
        return True

    def _checks(self) -> Iterator[RowCheck]:
        yield from (column.compiled() for column in self._columns)
        for rule in self._rules:
            if check := rule.compiled():
                yield check

    def _strange(self, row: Row, number: int) -> bool:
        strange = [str(name) for name in row if name not in self._names]
        if strange:
            self._shapes.fail(row, number, strange[0], "")
        for name in strange:
            if name in self.unknown or len(self.unknown) < _SHAPES:
                self.unknown[name] = self.unknown.get(name, 0) + 1
        return bool(strange)

    def outcomes(self) -> tuple[Outcome, ...]:
        """Every rule's result: the columns', the shape's, the key's, the table's."""
        self._shapes.checked = self.rows
        found = [outcome for column in self._columns for outcome in column.outcomes(self.rows)]
        return (*found, self._shapes.outcome(), *(rule.outcome(self.rows) for rule in self._rules))
