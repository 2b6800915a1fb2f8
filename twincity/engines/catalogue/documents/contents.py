"""What a dataset and a service say of themselves; a standard is :class:`twincity.engines.catalogue.rules.Standard`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from twincity.engines.catalogue.rules import Grade, Quality
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, Problem

Rhythm = Literal["continuous", "daily", "weekly", "monthly", "quarterly", "annual", "irregular"]
"""How often a dataset is brought up to date; each word has its counterpart in DCAT's vocabulary of frequencies."""
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9.-]{0,62}$")]


class QualitySummary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the owner's last quality run came to; scores in per mille, None where no rule concerned a row."""

    verdict: Literal["passed", "failed", "cancelled", "empty"]
    scores: dict[Quality, int | None]


Degrees = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,7})?$")]
"""Decimal degrees as text: signed documents hold no floats."""


class Distributions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of a dataset's distributions, which its owner's node gives out under its digest.

    Attributes:
        count: lines of the list, one distribution each.
        size: its bytes.
        sha256: of the list, by which whoever fetched it knows it whole.
        formats: the formats that occur, for searching.
    """

    count: Annotated[int, msgspec.Meta(ge=1)]
    size: Annotated[int, msgspec.Meta(ge=1)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    formats: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=40)], ...], msgspec.Meta(max_length=50)] = ()


class Distribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of such a list: a file or an interface by which a dataset can be had.

    Attributes:
        url: where it is got, or empty when it is a path of one of the owner's services.
        size: bytes, 0 when unknown.
        sha256: of the file, empty when unknown.
    """

    title: str = ""
    format: str = ""
    media: str = ""
    url: str = ""
    service: str = ""
    path: str = ""
    size: int = 0
    sha256: str = ""


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that a dataset was made from, in the order in which it came about.

    Attributes:
        kind: a file or table as it was delivered, the mapping onto the standard, or another dataset.
        reference: an identifier URI of the catalogue, or a word for what lies outside of it.
        sha256: of the file, where there is one.
    """

    kind: Literal["file", "table", "mapping", "dataset"]
    reference: Annotated[str, msgspec.Meta(max_length=400)]
    sha256: str = ""


class Dataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table that its owner keeps and may share.

    Attributes:
        standard: identifier URI of the standard that its rows follow.
        licence: an SPDX identifier, or the URI of the terms.
        division: GB/T 2260 code of the territory that it covers.
        rows: of the table; 0 when nobody here has counted them, as of a dataset from another catalogue.
        sha256: of the whole table, see :func:`twincity.engines.catalogue.documents.digest_rows`; empty likewise.
        quality: of the rows counted in ``rows``, when they were checked.
        theme: what it is about, a word of the circle's choosing.
        grade: the highest of its fields, after GB/T 43697.
        bbox: west, south, east and north in decimal degrees of WGS 84; never over the date line.
        duties: identifiers of the sharing duties that it fulfils.
        source: name of the outside catalogue that it was harvested from.
        distributions: files and interfaces by which it can be had, when they are listed.
        lineage: what it was made from.
    """

    name: Name
    title: LocalText
    description: LocalText
    standard: str
    licence: str
    rhythm: Rhythm
    division: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
    rows: Annotated[int, msgspec.Meta(ge=0)] = 0
    sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    quality: QualitySummary | None = None
    theme: Annotated[str, msgspec.Meta(max_length=60)] = ""
    grade: Grade | None = None
    bbox: tuple[Degrees, Degrees, Degrees, Degrees] | None = None
    duties: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=100)], ...], msgspec.Meta(max_length=50)] = ()
    source: Annotated[str, msgspec.Meta(max_length=63)] = ""
    distributions: Distributions | None = None
    lineage: tuple[Origin, ...] = ()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One method and path of a service, with the names of its parameters."""

    method: str
    path: str
    parameters: tuple[str, ...] = ()
    stream: bool = False


class ServiceDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A service as the exchange describes it; members that a later version adds are kept and passed over."""

    name: Name
    title: LocalText
    endpoints: tuple[Endpoint, ...]
    dataset: str = ""
    standard: str = ""
    service_class: str = msgspec.field(name="class", default="normal")


def read_service(value: dict[str, Any]) -> ServiceDescription:
    """A description, checked.

    Raises:
        Problem: ``invalid``, with the reason.
    """
    try:
        return msgspec.convert(value, ServiceDescription)
    except msgspec.ValidationError as error:
        raise Problem(INVALID, field="service", name="service", reason=str(error)) from error
