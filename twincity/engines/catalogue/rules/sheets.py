"""The fields and code lists of a standard as tables, for those who edit them in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import msgspec

from twincity.engines.catalogue.rules.model import Code, CodeList, Field, Source, Standard
from twincity.engines.catalogue.rules.tabular import UNREADABLE, read_csv, write_csv
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

_T = TypeVar("_T")
_PLAIN = ("name", "type", "precision", "pattern", "minimum", "maximum", "codes", "unit", "grade", "category")
_FLAGS = ("required", "key")
FIELD_COLUMNS = (
    "name", "title_zh", "title_en", "type", "precision", "required", "key", "pattern", "min_length", "max_length",
    "minimum", "maximum", "codes", "values", "unit", "grade", "category", "description_zh", "description_en",
    "source", "article", "verified",
)  # fmt: skip
LIST_COLUMNS = ("list", "list_zh", "list_en", "code", "title_zh", "title_en")
CODE_COLUMNS = ("code", "title_zh", "title_en")
SEPARATOR = "|"
_TRUE, _FALSE = "true", ""


def write_fields(standard: Standard) -> bytes:
    """All fields as CSV, one a line; enumerations are separated by ``|``."""
    return write_csv(FIELD_COLUMNS, map(_line, standard.fields))


def read_fields(data: bytes) -> tuple[Field, ...]:
    """Fields from such a CSV; columns may be left out and stand in any order, others are refused.

    Raises:
        Problem: ``table-unreadable``, naming the line and the column.
    """
    return tuple(_each(data, FIELD_COLUMNS, {"name", "title_zh"}, _field))


def write_lists(standard: Standard) -> bytes:
    """All code lists as CSV, one code a line."""
    return write_csv(LIST_COLUMNS, [line for found in standard.lists for line in _code_lines(found)])


def read_lists(data: bytes) -> tuple[CodeList, ...]:
    """Code lists from such a CSV, in the order in which they first stand there.

    Raises:
        Problem: ``table-unreadable``, naming the line and the column.
    """
    found: dict[str, CodeList] = {}
    for line in _each(data, LIST_COLUMNS, {"list", "code"}, dict):
        name = line["list"]
        begun = found.get(name) or CodeList(id=name, title=_titled(line, "list", name), codes=())
        found[name] = msgspec.structs.replace(begun, codes=(*begun.codes, _code(line)))
    return tuple(found.values())


def read_codes(data: bytes) -> tuple[Code, ...]:
    """The codes of one list from CSV with ``code``, ``title_zh`` and ``title_en``.

    Raises:
        Problem: ``table-unreadable``.
    """
    return tuple(_each(data, CODE_COLUMNS, {"code"}, _code))


def _line(field: Field) -> dict[str, Any]:
    source = field.source or Source(standard="")
    about = field.description or LocalText("", "")
    return {
        **{name: getattr(field, name) for name in (*_PLAIN, "max_length")},
        **{name: _TRUE if getattr(field, name) else _FALSE for name in _FLAGS},
        "title_zh": field.title.zh,
        "title_en": field.title.en,
        "min_length": field.min_length or "",
        "values": SEPARATOR.join(field.values),
        "description_zh": about.zh,
        "description_en": about.en,
        "source": source.standard,
        "article": source.article,
        "verified": _TRUE if source.verified else _FALSE,
    }


def _field(line: dict[str, str]) -> Field:
    given: dict[str, Any] = {name: line[name] for name in _PLAIN if line.get(name)}
    given |= {name: _flag(line, name) for name in _FLAGS}
    given |= {name: _count(line, name) for name in ("min_length", "max_length") if line.get(name)}
    given["title"] = {"zh-Hans": line["title_zh"], "en": line.get("title_en") or line["title_zh"]}
    if line.get("values"):
        given["values"] = line["values"].split(SEPARATOR)
    if line.get("description_zh") or line.get("description_en"):
        given["description"] = {"zh-Hans": line.get("description_zh", ""), "en": line.get("description_en", "")}
    if line.get("source"):
        given["source"] = {
            "standard": line["source"],
            "article": line.get("article", ""),
            "verified": _flag(line, "verified"),
        }
    return msgspec.convert(given, Field)


def _flag(line: dict[str, str], name: str) -> bool:
    text = line.get(name, "").casefold()
    if text not in {"", "true", "false", "1", "0", "是", "否"}:
        raise msgspec.ValidationError(f"`{name}`: true, false")
    return text in {"true", "1", "是"}


def _count(line: dict[str, str], name: str) -> int:
    if not (line[name].isascii() and line[name].isdigit() and len(line[name]) <= 9):
        raise msgspec.ValidationError(f"`{name}`: 0, 1, 2 …")
    return int(line[name])


def _code(line: dict[str, str]) -> Code:
    return Code(code=line["code"], title=_titled(line, "title", line["code"]))


def _titled(line: dict[str, str], prefix: str, otherwise: str) -> LocalText:
    zh = line.get(f"{prefix}_zh") or line.get(f"{prefix}_en") or otherwise
    return LocalText(zh=zh, en=line.get(f"{prefix}_en") or zh)


def _code_lines(found: CodeList) -> list[dict[str, Any]]:
    return [
        {
            "list": found.id,
            "list_zh": found.title.zh,
            "list_en": found.title.en,
            "code": code.code,
            "title_zh": code.title.zh,
            "title_en": code.title.en,
        }
        for code in found.codes
    ]


def _each(data: bytes, columns: tuple[str, ...], needed: set[str], made: Callable[[dict[str, str]], _T]) -> list[_T]:
    table = read_csv(data)
    strange, missing = sorted(set(table.columns) - set(columns)), sorted(needed - set(table.columns))
    if strange:
        _refuse(f"不认识列 {strange[0]}", f"column {strange[0]} is not known")
    if missing:
        _refuse(f"缺少列 {missing[0]}", f"column {missing[0]} is missing")
    found = []
    for number, row in enumerate(table.rows, 2):
        try:
            found.append(made(row))
        except msgspec.ValidationError as error:
            _refuse(f"第 {number} 行: {error}", f"line {number}: {error}")
    return found


def _refuse(zh: str, en: str) -> NoReturn:
    raise Problem(UNREADABLE, field="file", reason_zh=zh, reason_en=en)
