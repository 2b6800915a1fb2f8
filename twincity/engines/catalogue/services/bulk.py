"""Writing many rows of a table at once, past the ORM: making its objects costs more than the database does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any

import orjson
from django.db import connection, models

_MOST = 32_000
"""Values in a statement; SQLite takes 32,766. Statements are few, since FTS5 writes out what it gathered after each."""


def write(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, unique: Sequence[str] = ()
) -> None:
    """Insert rows; where one with the same values in ``unique`` is there, it takes the others instead.

    Args:
        model: of the table.
        columns: names of fields, in the order in which each row has its values; a foreign key's value is the key.
        rows: the values.
        unique: fields under a constraint; none where no row can be there already. No two rows may have the same.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]  # noqa: SLF001
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) VALUES "  # noqa: S608, SLF001
    marks, conflict = f"({', '.join(map(_mark, fields))})", _else(fields, unique)
    casts = [(place, cast) for place, field in enumerate(fields) if (cast := _cast(field))]
    left = iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(left, _MOST // len(fields))):
            values = [value for row in some for value in _prepared(row, casts)]
            cursor.execute(into + ", ".join([marks] * len(some)) + conflict, values)


def _else(fields: Sequence[Any], unique: Sequence[str]) -> str:
    if not unique:
        return ""
    quote = connection.ops.quote_name
    names = [quote(field.column) for field in fields if field.name not in unique]
    keys = ", ".join(quote(field.column) for field in fields if field.name in unique)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}"


def _mark(field: Any) -> str:
    return "%s::jsonb" if isinstance(field, models.JSONField) and connection.vendor == "postgresql" else "%s"


def _cast(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.DateTimeField):
        return partial(_instant, connection.ops.adapt_datetimefield_value)
    return None


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _instant(adapt: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else adapt(value)


def _prepared(row: Sequence[Any], casts: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, cast in casts:
        values[place] = cast(values[place])
    return values
