"""Checking the base data of a territory and publishing it: its standard, the dataset and the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from twincity.apps.sharing import divisions as register
from twincity.apps.sharing import queries, rules
from twincity.apps.sharing.services.loading import Province, load_divisions
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, Problem

STANDARD_FILE = Path(__file__).resolve().parents[1] / "data" / "standards" / "division.json"
LICENCE = "Apache-2.0"
DESCRIPTION = LocalText(
    zh="省、市、县、乡四级行政区划: 代码、名称、上级、驻地坐标, 以及 1980 年以来停用的代码和去向",
    en="Provinces, cities, counties and towns: codes, names, parents, positions of seats, and the codes that ended "
    "since 1980 with their successors",
)


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What came of publishing: rows checked, the report in short, and identifiers in the catalogue."""

    rows: int
    verdict: str
    scores: dict[catalogue.Quality, int | None]
    entries: list[str]


def publish(*, division: str, place: LocalText, standard_by: str, offer: bool) -> Published:
    """Load the tables, check the rows of a territory, and publish what there is; the same again publishes nothing.

    Args:
        division: GB/T 2260 code of the territory that this node answers for.
        place: what people call it; the English title of the dataset carries it.
        standard_by: the member that publishes the standard; when it is this node, it does so now.
        offer: whether this node offers the dataset and its service to the circle.

    Raises:
        Problem: ``invalid`` for a territory the tables do not cover, and as the catalogue's.
    """
    prefix = rules.territory(division)
    load_divisions(province=_province(division))
    standard = catalogue.read_standard(STANDARD_FILE.read_bytes())
    report = catalogue.check_quality(
        dataset=rules.DATASET, rows=_rows(prefix), standard=standard, sets={rules.STANDARD: _known_codes()}
    )
    entries = []
    if standard_by == circle.member_id():
        entries.append(catalogue.publish_standard(standard=standard))
    if offer:
        identifier = catalogue.identifier_of(standard_by, "standard", standard.id, standard.version)
        entries.append(catalogue.publish_dataset(dataset=_dataset(division, place, identifier, report)))
        entries.append(catalogue.publish_service(description=_description()))
    return Published(
        rows=report.rows,
        verdict=report.verdict,
        scores=report.scores,
        entries=[entry.identifier for entry in entries],
    )


def _province(division: str) -> Province:
    try:
        return msgspec.convert(division[:2], Province)
    except msgspec.ValidationError as error:
        raise Problem(INVALID, field="division", name="division", reason=division) from error


def _rows(prefix: str) -> Iterator[rules.Row]:
    return (rules.as_row(unit) for unit in queries.units(prefix))


def _known_codes() -> frozenset[str]:
    """All codes of both provinces: a code may lead out of the territory that is checked."""
    return frozenset(unit.code for unit in register.read_divisions())


def _dataset(division: str, place: LocalText, standard: str, report: catalogue.QualityReport) -> catalogue.Dataset:
    name = register.divisions().name(division)
    digest = catalogue.digest_rows(_rows(rules.territory(division)))
    return catalogue.Dataset(
        name=rules.DATASET,
        title=LocalText(zh=f"{name}行政区划", en=f"Administrative divisions · {place.en}"),
        description=DESCRIPTION,
        standard=standard,
        licence=LICENCE,
        rhythm="annual",
        division=division,
        rows=digest.rows,
        sha256=digest.sha256,
        quality=catalogue.QualitySummary(verdict=report.verdict, scores=report.scores),
    )


def _description() -> dict[str, object]:
    return next(service for service in exchange.registered() if service.name == rules.DATASET).describe()
