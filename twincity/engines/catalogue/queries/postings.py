"""Looking pieces of a question up in the database's own text index: FTS5 on SQLite, a GIN index on PostgreSQL.

The only place that knows which database it is. Both hold the same terms, cut by :mod:`…documents.words`, so neither
parser ever decides what a word is. Slots come as one JSON array: a row each would cost ten times as much.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import connection

from twincity.engines.catalogue.documents import Box, Piece

_SQLITE = "SELECT {} FROM catalogue_terms WHERE catalogue_terms MATCH %s"
_POSTGRES = "SELECT {} FROM catalogue_indexed WHERE terms @@ %s::tsquery"
_TOUCHING = " WHERE west <= %s AND east >= %s AND south <= %s AND north >= %s"


def slots_with(asked: Sequence[Piece], *, in_title: bool = False) -> list[int]:
    """Slots of the rows in which all pieces occur, or all occur in name or title."""
    return _slots(_one(_listed("rowid" if connection.vendor == "sqlite" else "slot"), asked, in_title=in_title))


def slots_touching(box: Box) -> list[int]:
    """Slots of the rows whose box has a point in common with another."""
    west, south, east, north = box
    sql = f"SELECT {_listed('slot')} FROM catalogue_indexed{_TOUCHING}"  # noqa: S608  a constant
    with connection.cursor() as cursor:
        cursor.execute(sql, [east, west, north, south])
        return _slots(str(cursor.fetchone()[0]))


def rows_with(piece: Piece) -> int:
    """How many rows a piece occurs in."""
    return int(_one("count(*)", [piece], in_title=False))


def _one(wanted: str, asked: Sequence[Piece], *, in_title: bool) -> str:
    sqlite = connection.vendor == "sqlite"
    word, joint = (_fts5, " AND ") if sqlite else (_tsquery, " & ")
    query = joint.join(word(piece, in_title=in_title) for piece in asked)
    with connection.cursor() as cursor:
        cursor.execute((_SQLITE if sqlite else _POSTGRES).format(wanted), [query])
        return str(cursor.fetchone()[0])


def _listed(column: str) -> str:
    if connection.vendor == "sqlite":
        return f"'[' || coalesce(group_concat({column}), '') || ']'"
    return f"coalesce(json_agg({column}), '[]')::text"


def _slots(listed: str) -> list[int]:
    return msgspec.json.decode(listed, type=list[int])


def _fts5(piece: Piece, *, in_title: bool) -> str:
    """Terms hold no quotation mark, see :data:`…documents.words.RUN`."""
    return f'{"head:" if in_title else ""}"{" ".join(piece.terms)}"{"*" if piece.prefix else ""}'


def _tsquery(piece: Piece, *, in_title: bool) -> str:
    flags = f"{'*' if piece.prefix else ''}{'A' if in_title else ''}"
    return "(" + " <-> ".join(f"'{term}'{':' if flags else ''}{flags}" for term in piece.terms) + ")"
