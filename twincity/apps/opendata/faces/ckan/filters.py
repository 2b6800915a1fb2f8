"""What searches of CKAN say in Solr's language, as far as harvesters use it: ``+field:value``, ``field:[from TO to]``.

Anything else is refused by name rather than passed over: a filter that is not kept would hand out too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from twincity.apps.opendata.faces import names
from twincity.apps.opendata.faces.ckan.errors import invalid

Order = Literal["best", "newest", "oldest", "name"]
FACETS = {
    "organization": "owner",
    "res_format": "format",
    "tags": "theme",
    "groups": "theme",
    "license_id": "licence",
}
"""Fields of CKAN by which one may filter and count, with the catalogue's facets."""
_SAME = {"owner_org": "organization", "vocab_theme": "tags"}
_ALWAYS = {"dataset_type": "dataset", "type": "dataset", "state": "active", "capacity": "public", "private": "false"}
"""Filters that every package here passes."""
_TIMES = ("metadata_modified", "metadata_created")
_EVER = (0, 253_402_300_799)
_TERM = re.compile(r'\s*(?:AND\s+)?([+-]?)(\w+):(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|\((?:[^()]*)\)|\S+)')
_RANGE = re.compile(r"\[\s*(\S+)\s+TO\s+(\S+)\s*\]")
_ORDERS: dict[str, Order] = {
    "": "best",
    "score desc": "best",
    "relevance asc": "best",
    "metadata_modified desc": "newest",
    "metadata_modified asc": "oldest",
    "metadata_created desc": "newest",
    "metadata_created asc": "oldest",
    "name asc": "name",
    "id asc": "name",
}


class Filter(msgspec.Struct, frozen=True):
    """Values by facet of the catalogue, and the seconds between which datasets were published."""

    chosen: dict[str, str]
    span: tuple[int, int] | None = None


def read(parameter: str, *texts: str) -> Filter:
    """The filters of some texts, all of which have to hold.

    Raises:
        ActionError: a Validation Error under ``parameter``.
    """
    chosen: dict[str, str] = {}
    span: tuple[int, int] | None = None
    for field, value in _terms(parameter, texts):
        if field in _TIMES:
            first, last = _span(parameter, value)
            span = (max(first, span[0]), min(last, span[1])) if span else (first, last)
        elif field in _ALWAYS:
            _passed(parameter, field, value)
        elif field in FACETS:
            _choose(parameter, chosen, field, value)
        else:
            raise invalid(parameter, f"there is no filter by {field}; there is by {', '.join((*FACETS, *_TIMES))}")
    return Filter(chosen, span)


def question(text: str) -> tuple[str, str]:
    """A question cut into words to search for and filters between them; ``*:*`` asks for everything."""
    known = {*FACETS, *_SAME, *_TIMES}
    terms = [found for found in _TERM.finditer(text) if found[2] in known]
    words = text
    for found in reversed(terms):
        words = words[: found.start()] + " " + words[found.end() :]
    return words.replace("*:*", " ").strip(), " ".join(found[0].strip() for found in terms)


def order(text: str) -> Order:
    """The order that a ``sort`` asks for: its first term, since those after it hardly ever decide.

    Raises:
        ActionError: a Validation Error under ``sort``.
    """
    terms = [" ".join(part.lower().split()) for part in text.split(",")]
    for term in terms:
        if term not in _ORDERS:
            raise invalid("sort", f"there is no order by {term!r}; there is by {', '.join(filter(None, _ORDERS))}")
    return _ORDERS[terms[0]]


def _terms(parameter: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for text in texts:
        end = 0
        while text[end:].strip():
            found = _TERM.match(text, end)
            if found is None:
                raise invalid(parameter, f"cannot be read from {text[end : end + 40]!r} on")
            if found[1] == "-":
                raise invalid(parameter, "filters that exclude are not kept here")
            yield _SAME.get(found[2], found[2]), found[3]
            end = found.end()


def _passed(parameter: str, field: str, value: str) -> None:
    if _unquoted(parameter, value).lower() != _ALWAYS[field]:
        raise invalid(parameter, f"{field} is {_ALWAYS[field]} for all packages here")


def _choose(parameter: str, chosen: dict[str, str], field: str, value: str) -> None:
    facet, word = FACETS[field], _unquoted(parameter, value)
    word = names.owner(word) if facet == "owner" else word
    if chosen.setdefault(facet, word) != word:
        raise invalid(parameter, f"two values of {field}")


def _unquoted(parameter: str, value: str) -> str:
    if value.startswith("("):
        value = value[1:-1].strip()
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    if " " in value or "*" in value:
        raise invalid(parameter, f"{value!r} is more than one value")
    return re.sub(r"\\(.)", r"\1", value)


def _span(parameter: str, value: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(value)
    if found is None:
        raise invalid(parameter, f"{value!r} is no range such as [2026-01-01T00:00:00Z TO *]")
    first, last = (None if side == "*" else _seconds(parameter, side) for side in found.groups())
    return _EVER[0] if first is None else first, _EVER[1] if last is None else last


def _seconds(parameter: str, text: str) -> int:
    try:
        at = datetime.fromisoformat(text.strip('"'))
    except ValueError as error:
        raise invalid(parameter, f"{text!r} is no instant after ISO 8601") from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
