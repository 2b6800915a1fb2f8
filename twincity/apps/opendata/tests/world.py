"""A circle of two provinces with the kinds of datasets that there are, in Chongqing's catalogue."""

from __future__ import annotations

import pytest

from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.documents import document_of, payload_of
from twincity.engines.catalogue.tests.examples import ME, OTHER, SERVICE, a_dataset, a_standard
from twincity.kernel.locale_text import LocalText

QUIET = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
"""rdflib's own reader of JSON-LD still uses what it calls deprecated."""
BUSES = {
    "name": "bus.stops",
    "title": LocalText('公交站点 "主城" \\ 2026', 'Bus stops "central" \\ 2026'),
    "description": LocalText("第一行\n第二行\t制表", "First line\nsecond"),
    "licence": "CC-BY-4.0",
    "rhythm": "daily",
    "theme": "交通运输",
    "source": "city",
    "quality": None,
    "bbox": ("106.4", "29.5", "106.7", "29.7"),
}
LINES = (
    {"title": "站点", "format": "CSV", "media": "text/csv", "url": "https://data.example/stops.csv", "size": 12},
    {"title": "坐标", "format": "GeoJSON", "url": "https://data.example/a b.json", "sha256": "ab" * 32},
    {"title": "奇", "format": "古籍", "media": "no type", "url": "no address"},
    {"title": "接口", "format": "JSON", "service": "divisions", "path": "/x"},
)


def fill(circle) -> None:
    """Publish: a dataset with a service, one with files, and one of Sichuan."""
    catalogue.publish_standard(standard=a_standard())
    origin = (
        catalogue.Origin(kind="file", reference="divisions.csv", sha256="cd" * 32),
        catalogue.Origin(kind="dataset", reference="https://sc.example/dataset/towns/1"),
    )
    shared = "urn:twincity:terms:sharing:conditional"
    catalogue.publish_dataset(dataset=a_dataset(lineage=origin, theme="行政区划", grade="general-1", licence=shared))
    catalogue.publish_service(description=SERVICE)
    listed = catalogue.keep_distributions(distributions=[catalogue.Distribution(**line) for line in LINES])
    catalogue.publish_dataset(dataset=a_dataset(**BUSES, distributions=listed))
    towns = a_dataset(name="towns", title=LocalText("四川乡镇", "Towns of Sichuan"), theme="自选 主题", licence="wtfpl")
    circle.publish_as(OTHER, "tc-dataset+jwt", payload_of(document_of("dataset", OTHER, "1", 1_700_000_000, towns)))
    catalogue.take_in()


def many(count: int) -> None:
    """So many small datasets of this node."""
    for number in range(count):
        title = LocalText(f"数据集 {number}", f"Dataset {number}")
        catalogue.publish_dataset(dataset=a_dataset(name=f"set-{number:03}", title=title, theme="health"))


__all__ = ["BUSES", "LINES", "ME", "OTHER", "QUIET", "fill", "many"]
