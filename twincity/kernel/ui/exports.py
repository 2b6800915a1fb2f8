"""Listings as CSV (RFC 4180): streamed, in full where a page abbreviates, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.safestring import SafeString

from twincity.kernel.ui.tables import Column, Table

BOM = "\ufeff"
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")


def as_csv(table: Table, filename: str, *, bom: bool = True) -> StreamingHttpResponse:
    """All rows of a table as a file to download.

    Args:
        table: its rows should be the whole listing, not a page of it; a query set is read in pieces.
        filename: without ``.csv``.
        bom: begin with a byte order mark, without which spreadsheets take UTF-8 for the system's own encoding.
    """
    answer = StreamingHttpResponse(_lines(table, bom=bom), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return answer


def plain(value: Any) -> str:
    """A cell in words: instants in UTC (RFC 3339), identifiers in full, markup gone, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return str(value).lower()
    return _Words.of(value) if isinstance(value, SafeString) else str(value)


def harmless(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula; numbers stay numbers (OWASP, CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


class _Line:
    """What ``csv.writer`` writes to: keeps nothing."""

    def write(self, line: str) -> str:
        return line


class _Words(HTMLParser):
    """The text of a piece of HTML, with instants and identifiers as their elements have them in full."""

    FULL = {"time": "datetime", "tc-copy": "value"}

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.within = ""

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        reader.close()
        text = " ".join("".join(reader.words).split())
        return "" if text == "—" else text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        full = dict(attrs).get(self.FULL.get(tag, ""))
        if full and not self.within:
            self.words.append(full)
            self.within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.within:
            self.within = ""

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.words.append(data)


def _lines(table: Table, *, bom: bool) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    yield (BOM if bom else "") + write([harmless(str(column.title)) for column in table.columns])
    for row in _each(table.rows):
        yield write([harmless(_say(column, row)) for column in table.columns])


def _say(column: Column, row: Any) -> str:
    return plain(column.text(row) if column.text else column.found(row))


def _each(rows: Iterable[Any]) -> Iterable[Any]:
    return rows.iterator(chunk_size=1000) if hasattr(rows, "iterator") else rows
