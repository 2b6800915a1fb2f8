"""A dataset as a CKAN package; field names and forms after CKAN 2.11."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from twincity.apps.opendata.faces import names
from twincity.apps.opendata.faces.dcat.vocabularies import vocabularies
from twincity.apps.opendata.faces.listing import Listing, Office
from twincity.apps.opendata.faces.rdf import iri
from twincity.engines.catalogue.facade import Distribution, EntryRecord
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText


def written(listing: Listing) -> Iterator[bytes]:
    """A package as JSON, its resources one at a time: a dataset may have tens of thousands."""
    yield orjson.dumps(package(listing))[:-1] + b',"resources":['
    separator = b""
    for each in resources(listing):
        yield separator + orjson.dumps(each)
        separator = b","
    yield b"]}"


def package(listing: Listing) -> dict[str, Any]:
    """A package without its resources; texts in Chinese, and in both languages beside."""
    record, said = listing.record, listing.dataset
    name, at = names.package(record.owner, record.name), moment(record.published_at)
    return {
        "id": name,
        "name": name,
        "title": record.title.zh,
        "title_translated": both(record.title),
        "notes": said.description.zh,
        "notes_translated": both(said.description),
        "url": listing.page,
        "version": record.version,
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": said.licence in vocabularies().licences and "-NC-" not in said.licence,
        "license_id": said.licence,
        "license_title": license_of(said.licence)["title"],
        "license_url": license_of(said.licence)["url"],
        "author": record.owner,
        "maintainer": record.owner,
        "metadata_created": at,
        "metadata_modified": at,
        "frequency": said.rhythm,
        "spatial": _box(said.bbox),
        "organization": organization(listing.owner),
        "owner_org": names.organization(record.owner),
        "groups": [group(said.theme)] if said.theme else [],
        "tags": [tag(said.theme)] if said.theme else [],
        "num_tags": int(bool(said.theme)),
        "num_resources": _count(listing),
        "extras": [{"key": key, "value": value} for key, value in _extras(listing).items() if value],
    }


def resources(listing: Listing) -> Iterator[dict[str, Any]]:
    """The resources of a package: the lines of its list; without a list here, one for each service."""
    number = -1
    for number, line in enumerate(listing.distributions()):
        yield resource(listing, number, line)
    if number < 0:
        yield from (_service(listing, number, record) for number, record in enumerate(listing.services))


def resource(listing: Listing, number: int, line: Distribution) -> dict[str, Any]:
    """One line of a list as a resource."""
    url = iri(line.url) or (listing.asking(line.service) if line.service else listing.page)
    more = {"size": line.size or None, "mimetype": line.media or None, "hash": line.sha256}
    return _resource(listing, number, line.title, url) | {"format": line.format} | more


def organization(office: Office) -> dict[str, Any]:
    """A member as organization."""
    name = names.organization(office.id)
    return {
        "id": name,
        "name": name,
        "title": office.title.zh,
        "display_name": office.title.zh,
        "title_translated": both(office.title),
        "description": office.address,
        "type": "organization",
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
        "image_url": "",
    }


def group(theme: str) -> dict[str, Any]:
    """A theme as group."""
    return {"id": theme, "name": theme, "title": theme, "display_name": theme, "description": "", "type": "group"}


def tag(theme: str) -> dict[str, Any]:
    """A theme as tag."""
    return {"id": theme, "name": theme, "display_name": theme, "state": "active", "vocabulary_id": None}


def license_of(word: str) -> dict[str, str]:
    """A licence with its title and address; a word that is not known by itself."""
    known = vocabularies().licences.get(word)
    title, url = (known.title, known.url) if known else (word, iri(word))
    return {"id": word, "title": title, "url": url, "status": "active"}


def both(text: LocalText) -> dict[str, str]:
    """A text by language."""
    return {"zh-Hans": text.zh, "en": text.en}


def moment(seconds: int) -> str:
    """CKAN's form of an instant: UTC without saying so."""
    return clock.instant(seconds * 1000).strftime("%Y-%m-%dT%H:%M:%S.000000")


def _service(listing: Listing, number: int, record: EntryRecord) -> dict[str, Any]:
    found = _resource(listing, number, record.title.zh, listing.asking(record.name))
    return found | {"format": "JSON", "mimetype": "application/json", "size": None, "hash": ""}


def _resource(listing: Listing, number: int, title: str, url: str) -> dict[str, Any]:
    package_name = names.package(listing.record.owner, listing.record.name)
    at = moment(listing.record.published_at)
    return {
        "id": f"{package_name}.{number}",
        "package_id": package_name,
        "name": title,
        "description": "",
        "url": url,
        "url_type": None,
        "position": number,
        "state": "active",
        "created": at,
        "last_modified": at,
    }


def _count(listing: Listing) -> int:
    stated = listing.dataset.distributions
    here = stated is not None and next(listing.distributions(0, 1), None) is not None
    return stated.count if stated and here else len(listing.services)


def _extras(listing: Listing) -> dict[str, str]:
    said = listing.dataset
    return {
        "identifier": listing.record.identifier,
        "division": said.division,
        "standard": said.standard,
        "access_rights": "public" if listing.public else "restricted",
        "grade": said.grade or "",
        "rows": str(said.rows or ""),
        "sha256": said.sha256,
        "duties": " ".join(said.duties),
    }


def _box(bbox: tuple[str, str, str, str] | None) -> str:
    """The extent as GeoJSON text, as ckanext-spatial keeps it."""
    if bbox is None:
        return ""
    west, south, east, north = (float(side) for side in bbox)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return orjson.dumps({"type": "Polygon", "coordinates": [ring]}).decode()
