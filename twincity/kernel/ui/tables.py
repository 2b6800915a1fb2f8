"""Tables as data: an app names its columns and hands over rows; the kit draws them, on a phone as cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict

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
    sort: str = field(default="", kw_only=True)
    """Key by which the page can order the whole listing: ``?sort=key``, backwards ``?sort=-key``."""
    aside: bool = field(default=False, kw_only=True)
    """Left out until somebody chooses the column; only in a table with a name."""
    text: Callable[[Any], Any] | None = field(default=None, kw_only=True)
    """What an export says of a row, where that is more than the cell's own text."""

    def found(self, row: Any) -> Any:
        """The value as the row has it."""
        return self.value(row) if callable(self.value) else _look_up(row, self.value)

    def cell(self, row: Any) -> Any:
        """What stands in this column for ``row``."""
        found = self.found(row)
        return parts.ident(found) if self.kind == "id" and found else parts.shown(found)


class Head(NamedTuple):
    """The head of a column: where a press on it leads, and how the listing is ordered by it now."""

    column: Column
    href: str
    order: Literal["ascending", "descending", ""]


@dataclass
class Table:
    """Columns, rows, what to say when there are none, and a caption for those who cannot see the layout.

    A ``name`` gives the table its tools: choice of columns and density, remembered in the browser under that name, and
    keys that move between rows. A whole listing can then also be sorted and searched where it is shown; of a listing in
    pages only the server sees all rows, so there a column needs a ``sort`` key and the table its ``request``.
    """

    columns: list[Column]
    rows: Iterable[Any]
    empty: Any = ""
    caption: Any = ""
    name: str = field(default="", kw_only=True)
    request: HttpRequest | None = field(default=None, kw_only=True)
    part: bool = field(default=False, kw_only=True)
    """The rows are some of more; known by itself where they are a ``Page``."""
    export: bool = field(default=False, kw_only=True)
    """The page answers ``?format=csv``: offer it. Needs ``request``."""

    @cached_property
    def lines(self) -> list[list[tuple[Column, Any]]]:
        """Each row as pairs of column and cell."""
        return [[(column, column.cell(row)) for column in self.columns] for row in self.rows]

    def __iter__(self) -> Iterator[list[tuple[Column, Any]]]:
        return iter(self.lines)

    @property
    def whole(self) -> bool:
        """Whether these rows are all there are, so that the browser may sort and search them."""
        paged = isinstance(self.rows, Page) and self.rows.has_other_pages()
        return not (paged or self.part) and not any(column.sort for column in self.columns)

    @property
    def heads(self) -> list[Head]:
        """The columns with links that order the listing by them."""
        now = self.request.GET.get("sort", "") if self.request else ""
        return [self._head(column, now) for column in self.columns]

    @property
    def csv(self) -> str:
        """Where the whole listing is to be had as CSV; empty where it is not."""
        return self._address(format="csv") if self.export else ""

    def _head(self, column: Column, now: str) -> Head:
        if not (column.sort and self.request):
            return Head(column, "", "")
        if now == column.sort:
            return Head(column, self._address(sort=f"-{column.sort}"), "ascending")
        return Head(column, self._address(sort=column.sort), "descending" if now == f"-{column.sort}" else "")

    def _address(self, **changed: str) -> str:
        asked = self.request.GET.copy() if self.request else QueryDict(mutable=True)
        asked.pop("page", None)
        for name, value in changed.items():
            asked[name] = value
        return f"?{asked.urlencode()}"


def _look_up(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)
