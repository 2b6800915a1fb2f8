"""Writing SQL for DuckDB: names and texts quoted, never joined in as they come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Verdict(NamedTuple):
    """A condition on a row as SQL. Where it can be null, null means: not for SQL to say, ask the rule itself."""

    sql: str
    certain: bool = True


TRUE = Verdict("TRUE")
UNKNOWN = Verdict("NULL::BOOLEAN", certain=False)


def text(value: str) -> str:
    """A literal. Raises ``ValueError`` for U+0000, which none may hold."""
    return _quoted(value, "'")


def name(value: str) -> str:
    """An identifier. Raises ``ValueError`` for U+0000."""
    return _quoted(value, '"')


def _quoted(value: str, mark: str) -> str:
    if "\0" in value:
        raise ValueError("U+0000 in SQL")
    return mark + value.replace(mark, mark * 2) + mark


def texts(values: Iterable[str]) -> str:
    """A list of literals in brackets, in a fixed order."""
    return "(" + ", ".join(text(value) for value in sorted(values)) + ")"


def blank(cell: str) -> str:
    """Whether a cell holds nothing."""
    return f"({cell} IS NULL OR {cell} = '')"
