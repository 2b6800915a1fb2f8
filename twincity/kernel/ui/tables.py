"""Tables as data: an app names its columns and hands over rows; the kit draws them, on a phone as cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from twincity.kernel.ui import parts

Kind = Literal["text", "number", "id"]


@dataclass(frozen=True)
class Column:
    """One column.

    ``value`` is a function of the row, or the name of an attribute or key. The first column of a table names its row.
    """

    title: Any
    value: Callable[[Any], Any] | str
    kind: Kind = "text"

    def cell(self, row: Any) -> Any:
        """What stands in this column for ``row``."""
        found = self.value(row) if callable(self.value) else _look_up(row, self.value)
        return parts.ident(found) if self.kind == "id" and found else parts.shown(found)


@dataclass
class Table:
    """Columns, rows, what to say when there are none, and a caption for those who cannot see the layout."""

    columns: list[Column]
    rows: Iterable[Any]
    empty: Any = ""
    caption: Any = ""

    @cached_property
    def lines(self) -> list[list[tuple[Column, Any]]]:
        """Each row as pairs of column and cell."""
        return [[(column, column.cell(row)) for column in self.columns] for row in self.rows]

    def __iter__(self) -> Iterator[list[tuple[Column, Any]]]:
        return iter(self.lines)


def _look_up(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)
