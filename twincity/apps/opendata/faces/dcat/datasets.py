"""A dataset as ``dcat:Dataset`` with distributions and services."""

from __future__ import annotations

from functools import partial

from twincity.apps.opendata.faces import names
from twincity.apps.opendata.faces.dcat import vocabularies as words
from twincity.apps.opendata.faces.dcat.agents import agent, contact, division
from twincity.apps.opendata.faces.dcat.distributions import distributions
from twincity.apps.opendata.faces.listing import Listing
from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, Value, iri, texts
from twincity.engines.catalogue.facade import Dataset, Origin
from twincity.kernel import clock

QUALITY = "urn:twincity:quality"


def dataset(listing: Listing, scheme: Thing) -> Thing:
    """The dataset; its distributions are made while it is written.

    ``dct:identifier`` is the same for all versions, so that harvesters see one dataset; the IRI is that of the version.
    """
    record, said = listing.record, listing.dataset
    values: dict[str, list[Value]] = {
        "dct:title": texts(record.title),
        "dct:description": texts(said.description) or texts(record.title),
        "dct:identifier": [Literal(names.package(record.owner, record.name))],
        "dcat:version": [Literal(record.version)],
        "dct:issued": [moment(record.published_at)],
        "dct:modified": [moment(record.published_at)],
        "dct:publisher": [agent(listing.owner)],
        "dcat:contactPoint": [contact(listing.owner)],
        "dct:accrualPeriodicity": [words.frequency(said.rhythm)],
        "dct:accessRights": [words.access_rights(public=listing.public)],
        "dct:license": [words.licence(said.licence)] if said.licence else [],
        "dct:spatial": [division(said.division), *_box(said)],
        "dcat:theme": words.themes(said.theme, scheme) if said.theme else [],
        "dcat:keyword": [Literal(said.theme)] if said.theme else [],
        "dcat:landingPage": [Thing(listing.page, ["foaf:Document"])],
        "dct:conformsTo": [Thing(address, ["dct:Standard"])] if (address := iri(said.standard)) else [],
        "dct:language": [] if said.source else [words.language("ZHO")],
        **_made_from(said.lineage),
        "dqv:hasQualityMeasurement": _quality(said),
    }
    made = ("dcat:distribution", partial(distributions, listing))
    return Thing(record.identifier, ["dcat:Dataset", "dcat:Resource"], values, made)


def moment(seconds: int) -> Literal:
    """Seconds since 1970 as ``xsd:dateTime``."""
    return Literal(clock.instant(seconds * 1000).strftime("%Y-%m-%dT%H:%M:%SZ"), datatype="xsd:dateTime")


def _box(said: Dataset) -> list[Value]:
    """The extent by itself: a territory has one IRI, but every dataset another extent."""
    if said.bbox is None:
        return []
    west, south, east, north = said.bbox
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    text = f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))"
    return [Thing("", ["dct:Location"], {"dcat:bbox": [Literal(text, datatype="geo:wktLiteral")]})]


def _made_from(lineage: tuple[Origin, ...]) -> dict[str, list[Value]]:
    """The way it was made in words, and the entries of the catalogue that it was made from."""
    steps = [f"{each.kind}: {each.reference}" for each in lineage]
    known = [iri(each.reference) for each in lineage if each.kind == "dataset"]
    told = Thing("", ["dct:ProvenanceStatement"], {"rdfs:label": [Literal("; ".join(steps))]})
    return {"dct:provenance": [told] if steps else [], "prov:wasDerivedFrom": [Ref(each) for each in known if each]}


def _quality(said: Dataset) -> list[Value]:
    """The scores of the owner's last run, as shares of one."""
    scores = said.quality.scores.items() if said.quality else ()
    return [
        Thing(
            "",
            ["dqv:QualityMeasurement"],
            {
                "dqv:isMeasurementOf": [Ref(f"{QUALITY}:{quality}")],
                "dqv:value": [Literal(f"{score / 1000:.3f}", datatype="xsd:decimal")],
            },
        )
        for quality, score in scores
        if score is not None
    ]
