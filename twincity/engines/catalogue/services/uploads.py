"""Tables that a steward uploads as a file: bounded, read into text, and not kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.rules import Standard
from twincity.engines.catalogue.rules.infer import infer
from twincity.engines.catalogue.rules.tabular import MOST_COLUMNS, MOST_ROWS, UNREADABLE, Table, read_csv
from twincity.engines.catalogue.rules.values import as_text
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem

PARQUET = b"PAR1"
MOST_BYTES = 64 * 1024 * 1024
"""Of a Parquet file's columns, unpacked, as its own directory states them."""


def read_table(data: bytes) -> Table:
    """A table from CSV or Parquet, told apart by its first bytes; at most 20,000 rows.

    Raises:
        Problem: ``table-unreadable``.
    """
    return _parquet(data) if data.startswith(PARQUET) else read_csv(data)


def inferred(data: bytes, *, name: str, title: LocalText) -> Standard:
    """A standard to begin with, from a sample of a table.

    Raises:
        Problem: ``table-unreadable``.
    """
    return infer(read_table(data), name=name, title=title)


def published_standard(identifier: str) -> Standard:
    """A published version.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.entry(identifier)
    if found is None or found.kind != "standard":
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    return queries.standard_of(found)


def _parquet(data: bytes) -> Table:
    import pyarrow as pa  # noqa: PLC0415  heavy: only for those who upload such a file
    from pyarrow import parquet  # noqa: PLC0415

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        columns = tuple(file.schema_arrow.names)
        size = sum(file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups))
        if not 0 < len(set(columns)) == len(columns) <= MOST_COLUMNS or size > MOST_BYTES:
            raise _unreadable("列或数据过多, 或列名重复", "too many columns or bytes, or two columns of one name")
        return Table(columns, tuple(_rows(file)), more=file.metadata.num_rows > MOST_ROWS)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable("不是 Parquet 文件", f"not a Parquet file: {error}"[:200]) from error


def _rows(file: Any) -> Iterator[dict[str, str]]:
    left = MOST_ROWS
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            if not left:
                return
            left -= 1
            yield {name: as_text(value) for name, value in row.items()}


def _unreadable(zh: str, en: str) -> Problem:
    return Problem(UNREADABLE, field="file", reason_zh=zh, reason_en=en)
