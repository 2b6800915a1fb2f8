"""By what an entry can be narrowed: its values in each facet, and the box that it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twincity.engines.catalogue.documents.model import Document
from twincity.engines.catalogue.documents.payloads import content_of
from twincity.engines.catalogue.rules import Standard, highest_grade

FACETS = ("kind", "owner", "theme", "standard", "licence", "rhythm", "format", "grade")
"""Facets that people choose from."""
_SINGLE = ("theme", "standard", "licence", "rhythm", "grade", "division")
Traits = dict[str, list[str]]
"""Values by facet; ``division`` and ``duty`` beside :data:`FACETS`."""
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""


def traits_of(document: Document) -> Traits:
    """The values of a document in each facet; those it has none in are left out."""
    found: dict[str, Sequence[str]] = {"kind": [document.kind], "owner": [document.owner]}
    if document.kind == "dataset":
        found |= _of_dataset(document.body)
    elif isinstance(content := content_of(document), Standard):
        found["grade"] = [highest_grade(content)]
    return {facet: kept for facet, values in found.items() if (kept := [value for value in values if value])}


def read_box(text: str) -> Box:
    """Four numbers between commas.

    Raises:
        ValueError: unless they are west, south, east and north on the globe; a box never spans the date line.
    """
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("w,s,e,n")
    return west, south, east, north


def touch(first: Box, second: Box) -> bool:
    """Whether two boxes have a point in common."""
    return first[0] <= second[2] and second[0] <= first[2] and first[1] <= second[3] and second[1] <= first[3]


def holds(chosen: Mapping[str, str], traits: Mapping[str, Sequence[str]], box: Sequence[str] = ()) -> bool:
    """Whether an entry has every chosen value; ``division`` asks for a territory, ``box`` for a common point."""
    return all(
        _touches(value, box) if facet == "box" else has(facet, value, traits.get(facet, ()))
        for facet, value in chosen.items()
        if value
    )


def has(facet: str, wanted: str, values: Sequence[str]) -> bool:
    """Whether one of an entry's values is what was chosen."""
    if facet == "division":
        return any(value.startswith(within(wanted)) for value in values)
    return wanted in values


def _touches(wanted: str, box: Sequence[str]) -> bool:
    return bool(box) and touch(read_box(wanted), read_box(",".join(box)))


def within(division: str) -> str:
    """Beginning of all codes of a territory (GB/T 2260): ``500000`` gives ``50``, ``510100`` ``5101``."""
    return division[:2] if division.endswith("0000") else division[:4] if division.endswith("00") else division


def _of_dataset(body: dict[str, Any]) -> dict[str, Sequence[str]]:
    """From JSON, which was checked when it was taken in: typing it again is what indexing would wait for."""
    single = {facet: [body.get(facet) or ""] for facet in _SINGLE}
    listed = (body.get("distributions") or {}).get("formats", ())
    return {**single, "format": sorted(listed), "duty": body.get("duties", ())}
