"""One page of the catalogue: the catalogue itself with its records, then each dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from twincity.apps.opendata.faces.dcat import vocabularies as words
from twincity.apps.opendata.faces.dcat.agents import agent, division
from twincity.apps.opendata.faces.dcat.datasets import dataset, moment
from twincity.apps.opendata.faces.dcat.distributions import service
from twincity.apps.opendata.faces.listing import Listing, Office
from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, Value, texts
from twincity.kernel.locale_text import LocalText

PROFILE = "http://data.europa.eu/r5r/"
TITLE = LocalText("{0}双城数据目录", "Data catalogue of the twin provinces, {0}")
TEXT = LocalText(
    "本节点所见全部成员发布的数据集与服务", "Datasets and services that all members of the circle have published"
)
THEMES = LocalText("数据主题", "Themes of datasets")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of how much.

    Attributes:
        page: number of the page, from 1.
        size: datasets on a page.
        total: datasets in all.
        latest: when the newest was published, seconds since 1970; 0 without any.
    """

    page: int
    size: int
    total: int
    latest: int

    @property
    def last(self) -> int:
        """Number of the last page; 1 for an empty catalogue."""
        return max(1, -(-self.total // self.size))

    def beside(self) -> dict[str, int]:
        """Numbers of the pages to go on with, by the link relations of RFC 8288."""
        found = {"first": 1, "previous": self.page - 1, "next": self.page + 1, "last": self.last}
        return {name: number for name, number in found.items() if 1 <= number <= self.last}


def scheme(site: Office) -> Thing:
    """The themes that members use."""
    return Thing(f"{site.address}/dcat/themes", ["skos:ConceptScheme"], {"dct:title": texts(THEMES)})


def catalogue(site: Office, part: Part, listings: Sequence[Listing]) -> Iterator[Thing]:
    """The things of one page; datasets are made one by one."""
    themes = scheme(site)
    yield _catalogue(site, part, listings, themes)
    yield from (dataset(each, themes) for each in listings)


def address(site: Office, page: int, size: int) -> str:
    """Where a page is."""
    return f"{site.address}/dcat/catalog?page={page}&size={size}"


def _catalogue(site: Office, part: Part, listings: Sequence[Listing], themes: Thing) -> Thing:
    title = LocalText(TITLE.zh.format(site.title.zh), TITLE.en.format(site.title.en))
    values: dict[str, Sequence[Value]] = {
        "dct:title": texts(title),
        "dct:description": texts(TEXT),
        "dct:publisher": [agent(site)],
        "foaf:homepage": [Thing(f"{site.address}/catalogue/", ["foaf:Document"])],
        "dct:language": [words.language(code) for code in words.LANGUAGES],
        "dct:spatial": [division(site.division)],
        "dct:modified": [moment(part.latest)] if part.latest else [],
        "dcat:themeTaxonomy": [themes],
        "dcat:dataset": [Ref(each.record.identifier) for each in listings],
        "dcat:service": [service(each, record) for each in listings for record in each.services],
        "dcat:record": [_record(each) for each in listings],
        "hydra:totalItems": [Literal(str(part.total), datatype="xsd:integer")],
        "hydra:view": [_view(site, part)],
    }
    return Thing(f"{site.address}/dcat/catalog", ["dcat:Catalog", "hydra:Collection"], values)


def _record(listing: Listing) -> Thing:
    at = [moment(listing.record.published_at)]
    return Thing(
        f"{listing.page}#record",
        ["dcat:CatalogRecord"],
        {
            "foaf:primaryTopic": [Ref(listing.record.identifier)],
            "dct:issued": at,
            "dct:modified": at,
            "dct:conformsTo": [Thing(PROFILE, ["dct:Standard"])],
            "dct:language": [words.language(code) for code in words.LANGUAGES],
        },
    )


def _view(site: Office, part: Part) -> Thing:
    links = {f"hydra:{name}": [Ref(address(site, page, part.size))] for name, page in part.beside().items()}
    return Thing(address(site, part.page, part.size), ["hydra:PartialCollectionView"], links)
