"""What a file of separated values is like, found out before anything reads it: encoding, separator, header."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from twincity.engines.catalogue.columnar.tasks import REFUSED
from twincity.kernel.problems import Problem

ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = ",\t;|"
LONGEST_LINE = 1_048_576
"""Bytes of a line, the header's too."""
MOST_COLUMNS = 1000
LONGEST_NAME = 200
_BLOCK = 1_048_576
_MAGIC = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "OLE",
    b"SQLite format 3": "SQLite",
    b"\x7fELF": "ELF",
    b"PAR1": "Parquet",
}


class Shape(NamedTuple):
    """How a file is to be read."""

    encoding: str
    separator: str
    columns: tuple[str, ...]


def refused(zh: str, en: str, field: str = "file") -> Problem:
    """A file that is not what it claims to be."""
    return Problem(REFUSED, field=field, reason_zh=zh, reason_en=en)


def shape(path: Path) -> Shape:
    """Encoding, separator and columns of a file.

    Raises:
        Problem: ``table-refused`` for what is no text, packed, without lines, or without a usable header.
    """
    with path.open("rb") as file:
        head = file.read(LONGEST_LINE + 1)
    _require_text(head)
    encoding = _encoding(path)
    line = _first_line(head, encoding)
    separator = max(SEPARATORS, key=lambda each: _outside_quotes(line)[each])
    return Shape(encoding, separator, columns(next(csv.reader([line], delimiter=separator), [])))


def columns(found: list[str]) -> tuple[str, ...]:
    """Names of columns; blank ones are numbered.

    Raises:
        Problem: ``table-refused`` when there are none, too many, one twice, or one that is very long.
    """
    names = [name.strip() or f"column_{number}" for number, name in enumerate(found, 1)]
    if not any(name.strip() for name in found):
        raise refused("第一行没有列名", "the first line names no columns")
    if len(names) > MOST_COLUMNS:
        raise refused(f"超过 {MOST_COLUMNS} 列", f"there are more than {MOST_COLUMNS} columns")
    if max(map(len, names)) > LONGEST_NAME:
        raise refused("列名过长", "the name of a column is too long")
    twice = next((name for name, count in Counter(name.casefold() for name in names).items() if count > 1), "")
    if twice:
        raise refused(f"列名 {twice} 重复", f"column {twice} stands there twice")
    return tuple(names)


def to_utf8(path: Path, target: Path, encoding: str) -> None:
    """The same text in UTF-8."""
    with path.open(encoding=encoding, newline="") as given, target.open("w", encoding="utf-8", newline="") as taken:
        while block := given.read(_BLOCK):
            taken.write(block)


def _require_text(head: bytes) -> None:
    if not head.strip():
        raise refused("文件是空的", "the file is empty")
    packed = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
    if packed:
        raise refused(f"这是 {packed} 文件", f"this is a {packed} file")
    if b"\0" in head:
        raise refused("这是二进制文件", "this is a binary file")


def _encoding(path: Path) -> str:
    for encoding in ENCODINGS:
        if _reads(path, encoding):
            return encoding
    raise refused("既不是 UTF-8 也不是 GB18030", "it is neither UTF-8 nor GB18030")


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if b"\0" in block:
                    raise refused("这是二进制文件", "this is a binary file")
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _first_line(head: bytes, encoding: str) -> str:
    text = codecs.getincrementaldecoder(encoding)().decode(head)  # the last character may be cut
    lines = text.splitlines(keepends=True)
    if len(head) > LONGEST_LINE and len(lines) == 1:
        raise refused("第一行过长", "the first line is too long")
    return lines[0].rstrip("\r\n")


def _outside_quotes(line: str) -> Counter[str]:
    return Counter("".join(line.split('"')[::2]))
