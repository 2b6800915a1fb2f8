"""Datasets of outside catalogues, read as they come: CKAN packages and DCAT in JSON-LD."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import unquote

import msgspec

from twincity.engines.catalogue.documents.contents import Dataset, Distribution, Rhythm

_LONGEST = 63
_DATASET = ("dcat:Dataset", "Dataset", "http://www.w3.org/ns/dcat#Dataset")
_TITLE, _TEXT = 200, 2000
_PREFIXES = ("dct", "dcterms", "dcat", "spdx", "hydra")
_SPDX = re.compile(r"^https?://spdx\.org/licenses/")
"""Before an SPDX identifier, which datasets of this circle state by itself."""
_RHYTHMS = {
    **{word: word for word in get_args(Rhythm)},
    "cont": "continuous",
    "update_cont": "continuous",
    "annually": "annual",
    "yearly": "annual",
    "irreg": "irregular",
}
"""Words for update rhythms, among them the last parts of the EU's frequency vocabulary."""


class Foreign(msgspec.Struct, frozen=True):
    """A dataset without its owner's view: what it says, and how it can be had."""

    dataset: Dataset
    distributions: list[Distribution]


class _Tag(msgspec.Struct):
    name: str = ""


class _Resource(msgspec.Struct):
    name: str | None = ""
    url: str | None = ""
    format: str | None = ""
    mimetype: str | None = ""
    size: int | str | None = 0
    hash: str | None = ""


class _Extra(msgspec.Struct):
    key: str = ""
    value: Any = None


class Package(msgspec.Struct):
    """The members of a CKAN package (Action API v3) that are read; all others are passed over undecoded."""

    name: str
    title: str | None = ""
    notes: str | None = ""
    license_id: str | None = ""
    license_url: str | None = ""
    frequency: str | None = ""
    groups: list[_Tag] = []
    resources: list[_Resource] = []
    extras: list[_Extra] = []


def from_package(package: Package, source: str, division: str) -> Foreign:
    """A CKAN package as a dataset of this circle.

    Among its extras, ``spatial`` is GeoJSON as the extension ckanext-spatial keeps it, of which the box is taken, and
    ``division`` a GB/T 2260 code, which goes before that of the source.
    """
    extras = {each.key: each.value for each in package.extras if isinstance(each.value, str)}
    found = [
        Distribution(
            title=(each.name or "")[:_TITLE],
            format=(each.format or "").upper()[:40],
            media=(each.mimetype or "")[:100],
            url=(each.url or "")[:_TEXT],
            size=_size(each.size),
            sha256=_digest(each.hash or ""),
        )
        for each in package.resources
    ]
    theme = package.groups[0].name[:60] if package.groups else ""
    licence = package.license_id or package.license_url or ""
    dataset = _dataset(
        (source, package.name),
        package.title or package.name,
        package.notes or "",
        licence,
        package.frequency or "",
        extras["division"] if re.fullmatch("[0-9]{6}", extras.get("division", "")) else division,
        theme,
    )
    return Foreign(msgspec.structs.replace(dataset, bbox=box_of(extras.get("spatial", ""))), found)


def from_dcat(node: dict[str, Any], source: str, division: str) -> Foreign:
    """A ``dcat:Dataset`` node of a JSON-LD document with prefixed or bare terms as a dataset of this circle.

    A place of ``dct:spatial`` that names a GB/T 2260 code goes before the territory of the source.
    """
    identifier = _text(node, "identifier") or str(node.get("@id", ""))
    found = [
        Distribution(
            title=_text(each, "title")[:_TITLE],
            format=_last(_text(each, "format"))[:40].upper(),
            media=_text(each, "mediaType").removeprefix("https://www.iana.org/assignments/media-types/")[:100],
            url=(_text(each, "downloadURL") or _text(each, "accessURL"))[:_TEXT],
            size=_size(_text(each, "byteSize")),
            sha256=_sha256(each),
        )
        for each in _nodes(node, "distribution")
    ]
    stated = _text(node, "license") or next((_text(each, "license") for each in _nodes(node, "distribution")), "")
    dataset = _dataset(
        (source, identifier),
        _text(node, "title") or identifier,
        _text(node, "description"),
        _SPDX.sub("", stated),
        _last(_text(node, "accrualPeriodicity")),
        next(filter(None, map(_territory, _nodes(node, "spatial"))), division),
        unquote(_last(_text(node, "theme"))),
    )
    return Foreign(dataset, found)


def _territory(place: dict[str, Any]) -> str:
    """The GB/T 2260 code that a place is identified by, or that ends its address; empty without."""
    named = _text(place, "identifier") or re.split("[:/#]", str(place.get("@id", "")))[-1]
    return named if re.fullmatch("[0-9]{6}", named) else ""


def datasets_in(document: Any) -> Iterator[dict[str, Any]]:
    """The dataset nodes of a JSON-LD document: below a catalogue, in a ``@graph`` or by themselves."""
    if isinstance(document, list):
        for each in document:
            yield from datasets_in(each)
    elif isinstance(document, dict):
        types = document.get("@type", [])
        if any(each in _DATASET for each in _listed(types)):
            yield document
        yield from datasets_in(document.get("@graph", []))
        yield from datasets_in(_nodes(document, "dataset"))


def next_page(document: Any) -> str:
    """Address of the page after a JSON-LD document, as Hydra states it; empty after the last."""
    if isinstance(document, list):
        return next(filter(None, map(next_page, document)), "")
    if not isinstance(document, dict):
        return ""
    inner = (document.get(name, []) for name in ("@graph", "hydra:view", "view"))
    return _text(document, "next") or next(filter(None, map(next_page, inner)), "")


def name_of(source: str, identifier: str) -> str:
    """A name that the same dataset of the same source always gets, and no other."""
    plain = re.sub(r"[^a-z0-9]+", "-", identifier.casefold()).strip("-")
    digest = hashlib.sha256(f"{source}\n{identifier}".encode()).hexdigest()[:12]
    return f"{source}.{plain}"[: _LONGEST - len(digest) - 1].rstrip("-.") + f"-{digest}"


def box_of(geojson: str) -> tuple[str, str, str, str] | None:
    """West, south, east and north of a GeoJSON geometry (RFC 7946); None when it is none or lies off the globe."""
    try:
        pairs = list(_positions(msgspec.json.decode(geojson or "null", type=_Geometry | None)))
        west, east = min(x for x, _ in pairs), max(x for x, _ in pairs)
        south, north = min(y for _, y in pairs), max(y for _, y in pairs)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return _degrees(west), _degrees(south), _degrees(east), _degrees(north)


class _Geometry(msgspec.Struct):
    coordinates: list[Any]


def _positions(found: _Geometry | list[Any] | None) -> Iterator[tuple[float, float]]:
    """The positions in nested arrays; a third number is a height."""
    parts = found.coordinates if isinstance(found, _Geometry) else found or []
    numbers = [each for each in parts if isinstance(each, int | float)]
    if len(numbers) >= 2:
        yield numbers[0], numbers[1]
    for each in parts:
        if isinstance(each, list):
            yield from _positions(each)


def _degrees(value: float) -> str:
    return f"{round(value, 7) + 0:.7f}".rstrip("0").rstrip(".")  # 0 is added since -0 is no degree


def _dataset(
    key: tuple[str, str], title: str, text: str, licence: str, rhythm: str, division: str, theme: str
) -> Dataset:
    title, text = _kept(title, _TITLE), _kept(text, _TEXT)
    values = {
        "name": name_of(*key),
        "title": {"zh-Hans": title, "en": title},
        "description": {"zh-Hans": text, "en": text},
        "standard": "",
        "licence": licence[:200],
        "rhythm": _RHYTHMS.get(_last(rhythm).casefold(), "irregular"),
        "division": division,
        "theme": theme[:60],
        "source": key[0],
    }
    return msgspec.convert(values, Dataset)


def _kept(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]


def _text(node: dict[str, Any], term: str) -> str:
    """The first value of a term as text, whatever form JSON-LD gives it."""
    value = next(iter(_listed(_value(node, term))), "")
    if isinstance(value, dict):
        value = value.get("@value", value.get("@id", value.get("rdfs:label", "")))
    return str(value)


def _nodes(node: dict[str, Any], term: str) -> list[dict[str, Any]]:
    return [each for each in _listed(_value(node, term)) if isinstance(each, dict)]


def _value(node: dict[str, Any], term: str) -> Any:
    return next((node[key] for key in (*(f"{prefix}:{term}" for prefix in _PREFIXES), term) if key in node), [])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _last(uri: str) -> str:
    return re.split(r"[/#]", uri)[-1]


def _sha256(node: dict[str, Any]) -> str:
    """The digest of a distribution, when it is the only one and of that length."""
    found = [_text(each, "checksumValue") for each in _nodes(node, "checksum")]
    return _digest(found[0]) if len(found) == 1 else ""


def _digest(text: str) -> str:
    return text if re.fullmatch("[0-9a-f]{64}", text) else ""


def _size(value: float | str | None) -> int:
    try:
        return max(0, int(float(value or 0)))
    except (ValueError, OverflowError):
        return 0
