"""A connection to DuckDB that keeps to its bounds: little memory, few threads, one folder, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twincity.engines.catalogue.columnar.sql import text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY, THREADS = "384MB", 2


def connect(folder: Path, *, memory: str = MEMORY, threads: int = THREADS) -> DuckDBPyConnection:
    """A database in memory that reads and writes below ``folder`` only, and spills there when memory is short.

    Extensions are neither fetched nor loaded, and no later statement can loosen this.
    """
    import duckdb  # noqa: PLC0415  70 MB that only the child processes carry

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": threads,
        "autoinstall_known_extensions": "false",
    }
    connection = duckdb.connect(config=config)
    spill = folder / "spill"
    for statement in (
        f"SET temp_directory = {text(str(spill))}",
        "SET preserve_insertion_order = true",
        "SET TimeZone = 'UTC'",
        "SET autoload_known_extensions = false",
        f"SET allowed_directories = [{text(str(folder))}]",
        "SET enable_external_access = false",
        "SET enable_progress_bar = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection
