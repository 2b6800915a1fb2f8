"""A mapping of the catalogue begun from data that are registered here."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing.models import Source
from twincity.apps.sharing.queries import sources as queries
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

LOOKED_AT = 1000
"""Rows that proposals are made from."""


def begin_mapping(source: Source, standard: str, by: str) -> str:
    """Propose how the columns of the newest version fill a standard, and keep that; the mapping's name.

    The mapping bears the source's name. One that is there already is left as it is.

    Raises:
        Problem: ``invalid`` for a source without a version, or ``not-found`` for an unknown standard.
    """
    version = queries.newest(source)
    if version is None:
        raise Problem(INVALID, field="name", name="name", reason="no version")
    if _exists(source.name):
        return source.name
    columns = tuple(queries.column(each).name for each in version.columns)
    table = catalogue.Table(str(queries.file(source, version.digest)), {each: each for each in columns})
    task = catalogue.Select(table, columns, limit=LOOKED_AT)
    rows = queries.answering().ask(task, list[dict[str, str | None]])
    title = msgspec.convert(source.title, LocalText)
    proposed = catalogue.suggest_mapping(
        name=source.name, title=title, standard=standard, columns=columns, rows=[_filled(row) for row in rows]
    )
    catalogue.save_mapping(mapping=proposed, by=by)
    return source.name


def _exists(name: str) -> bool:
    try:
        catalogue.saved_mapping(name=name)
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            return False
        raise
    return True


def _filled(row: dict[str, str | None]) -> dict[str, str]:
    return {name: cell or "" for name, cell in row.items()}
