"""Looking pieces of a question up in the database's own text index: FTS5 on SQLite, a GIN index on PostgreSQL.

The only place that knows which database it is. Both hold the same terms, cut by :mod:`…documents.words`, so neither
parser ever decides what a word is.
"""

from __future__ import annotations

from array import array

from django.db import connection

from twincity.engines.catalogue.documents import Piece

_SQLITE = "SELECT rowid FROM catalogue_terms WHERE catalogue_terms MATCH %s"
_POSTGRES = "SELECT slot FROM catalogue_indexed WHERE terms @@ %s::tsquery"


def slots_with(piece: Piece, *, in_title: bool = False) -> array[int]:
    """Slots of the rows in which a piece occurs, or occurs in name or title."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_SQLITE, [_fts5(piece, in_title=in_title)])
        else:
            cursor.execute(_POSTGRES, [_tsquery(piece, in_title=in_title)])
        return array("Q", (slot for (slot,) in cursor.fetchall()))


def _fts5(piece: Piece, *, in_title: bool) -> str:
    """Terms hold no quotation mark, see :data:`…documents.words.RUN`."""
    return f'{"head:" if in_title else ""}"{" ".join(piece.terms)}"{"*" if piece.prefix else ""}'


def _tsquery(piece: Piece, *, in_title: bool) -> str:
    flags = f"{'*' if piece.prefix else ''}{'A' if in_title else ''}"
    return " <-> ".join(f"'{term}'{':' if flags else ''}{flags}" for term in piece.terms)
