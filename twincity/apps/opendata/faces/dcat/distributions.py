"""How a dataset is had: the files and interfaces that it lists, or the services that give it out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twincity.apps.opendata.faces.dcat import vocabularies as words
from twincity.apps.opendata.faces.dcat.agents import agent, contact
from twincity.apps.opendata.faces.listing import Listing
from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, Value, iri, texts
from twincity.engines.catalogue.facade import Distribution, EntryRecord

MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
_MEDIA = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def distributions(listing: Listing) -> Iterator[Thing]:
    """Those it lists, one at a time; without a list here, one for each service."""
    number = -1
    for number, line in enumerate(listing.distributions()):
        yield _listed(listing, number, line)
    if number < 0:
        yield from (_served(listing, service) for service in listing.services)


def service(listing: Listing, record: EntryRecord) -> Thing:
    """A service of the exchange as ``dcat:DataService``; it answers whoever has a grant."""
    base = listing.owner.address or listing.owner.iri
    return Thing(
        record.identifier,
        ["dcat:DataService", "dcat:Resource"],
        {
            "dct:title": texts(record.title),
            "dct:publisher": [agent(listing.owner)],
            "dcat:contactPoint": [contact(listing.owner)],
            "dcat:endpointURL": [Ref(f"{base}/tc1/{record.name}")],
            "dcat:endpointDescription": [Ref(f"{base}/openapi.json")],
            "dcat:servesDataset": [Ref(listing.record.identifier)],
            "dct:accessRights": [words.access_rights(public=False)],
        },
    )


def _listed(listing: Listing, number: int, line: Distribution) -> Thing:
    address = iri(line.url)
    access = address or (listing.asking(line.service) if line.service else listing.page)
    licence: list[Value] = [words.licence(listing.dataset.licence)] if listing.dataset.licence else []
    known = bool(_MEDIA.fullmatch(line.media))
    values: dict[str, list[Value]] = {
        "dct:title": [Literal(line.title)] if line.title else [],
        "dcat:accessURL": [Ref(access)],
        "dcat:downloadURL": [Ref(address)] if address else [],
        "dct:license": licence,
        "dct:format": [words.file_type(line.format)] if line.format else [],
        "dcat:mediaType": [Thing(f"{MEDIA_TYPES}/{line.media}", ["dct:MediaType"])] if known else [],
        "dcat:byteSize": [Literal(str(line.size), datatype="xsd:nonNegativeInteger")] if line.size > 0 else [],
        "spdx:checksum": _checksum(line.sha256),
    }
    return Thing(f"{listing.record.identifier}#distribution-{number}", ["dcat:Distribution"], values)


def _served(listing: Listing, record: EntryRecord) -> Thing:
    return Thing(
        f"{listing.record.identifier}#service-{record.name}",
        ["dcat:Distribution"],
        {
            "dct:title": texts(record.title),
            "dcat:accessURL": [Ref(listing.asking(record.name))],
            "dcat:accessService": [service(listing, record)],
            "dct:license": [words.licence(listing.dataset.licence)] if listing.dataset.licence else [],
            "dct:format": [words.file_type("JSON")],
            "dcat:mediaType": [Thing(f"{MEDIA_TYPES}/application/json", ["dct:MediaType"])],
        },
    )


def _checksum(sha256: str) -> list[Value]:
    if not _SHA256.fullmatch(sha256):
        return []
    algorithm = Thing(_ALGORITHM, ["spdx:ChecksumAlgorithm"])
    digest = Literal(sha256, datatype="xsd:hexBinary")
    return [Thing("", ["spdx:Checksum"], {"spdx:algorithm": [algorithm], "spdx:checksumValue": [digest]})]
