"""The actions of CKAN's read side over the circle's catalogue, after CKAN 2.11 (``ckan.logic.action.get``).

Organizations are members, groups and tags are themes; a package is the version in force of a dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

from twincity.apps.opendata import queries
from twincity.apps.opendata.api.answers import ACTIONS, Streamed, action, action_of
from twincity.apps.opendata.faces import names
from twincity.apps.opendata.faces.ckan import filters, packages, parameters
from twincity.apps.opendata.faces.ckan.errors import absent, invalid
from twincity.apps.opendata.faces.ckan.filters import FACETS, Filter
from twincity.apps.opendata.faces.ckan.parameters import ROWS
from twincity.apps.opendata.faces.listing import Listing
from twincity.kernel.openapi import Described, describe

VERSION = "2.11.0"
"""Of CKAN, whose API is spoken here: clients compare it."""


@action
def site_read(_: parameters.Parameters) -> bool:
    """Whether the site may be read: it may."""
    return True


@action
def status_show(_: parameters.Parameters) -> dict[str, Any]:
    """What site this is."""
    site = queries.site()
    return {
        "ckan_version": VERSION,
        "site_url": site.address,
        "site_title": site.title.zh,
        "site_description": "",
        "error_emails_to": None,
        "locale_default": "zh_Hans_CN",
        "extensions": [],
    }


@action
def help_show(asked: parameters.Help) -> str:
    """What an action does."""
    return action_of(asked.name).summary


@action
def package_list(asked: parameters.Slice) -> list[str]:
    """Names of all packages, in their order."""
    return [names.package(owner, name) for owner, name in queries.places(asked.offset, asked.limit)]


@action
def package_show(asked: parameters.Show) -> Streamed:
    """A package with all its resources, by name."""
    return Streamed(packages.written(_listing(asked.id)))


@action
def package_search(asked: parameters.Search) -> Streamed:
    """Search packages: words in ``q``, filters in ``fq`` such as ``+organization:NAME``, counts by ``facet.field``."""
    unknown = [each for each in asked.facet_field if each not in FACETS]
    if unknown:
        raise invalid("facet.field", f"there is no {unknown[0]}; there is {', '.join(FACETS)}")
    text, more = filters.question(asked.q)
    wanted = filters.read("fq", asked.fq, more, *asked.fq_list)
    facets = tuple({FACETS[each] for each in asked.facet_field}) if asked.facet else ()
    order = filters.order(asked.sort)
    found, listings = queries.search(wanted, text, order, asked.start, min(asked.rows, ROWS), facets)
    counted = {field: _most(found.counts[FACETS[field]], asked) for field in asked.facet_field if asked.facet}
    head = {
        "count": found.total,
        "sort": asked.sort or "score desc, metadata_modified desc",
        "facets": {field: _named(field, counts) for field, counts in counted.items()},
        "search_facets": {field: _titled(field, counts) for field, counts in counted.items()},
    }
    return Streamed(_with(head, "results", listings))


@action
def current_package_list_with_resources(asked: parameters.PackageSlice) -> Streamed:
    """Packages with their resources, those changed last first."""
    return Streamed(_array(queries.in_batches(asked.offset, asked.limit)))


@action
def organization_list(asked: parameters.Listed) -> list[Any]:
    """Members that have published datasets."""
    counts = islice(queries.counts("owner").items(), asked.offset, asked.offset + asked.limit)
    if not asked.all_fields:
        return [names.organization(owner) for owner, _ in counts]
    return [packages.organization(queries.office(owner)) | {"package_count": count} for owner, count in counts]


@action
def organization_show(asked: parameters.Group) -> Streamed:
    """A member with the number of its packages, and some of them when asked for."""
    owner = names.owner(asked.id)
    count = queries.counts("owner").get(owner, 0)
    if not count:
        raise absent(f"organization {asked.id}")
    return _group(asked, packages.organization(queries.office(owner)), count, Filter({"owner": owner}))


@action
def group_list(asked: parameters.Listed) -> list[Any]:
    """Themes of datasets."""
    counts = islice(queries.counts("theme").items(), asked.offset, asked.offset + asked.limit)
    if not asked.all_fields:
        return [theme for theme, _ in counts]
    return [packages.group(theme) | {"package_count": count} for theme, count in counts]


@action
def group_show(asked: parameters.Group) -> Streamed:
    """A theme with the number of its packages, and some of them when asked for."""
    count = queries.counts("theme").get(asked.id, 0)
    if not count:
        raise absent(f"group {asked.id}")
    return _group(asked, packages.group(asked.id), count, Filter({"theme": asked.id}))


@action
def tag_list(asked: parameters.Tags) -> list[Any]:
    """Themes of datasets as tags, those that hold a text."""
    found = [theme for theme in queries.counts("theme") if asked.query.lower() in theme.lower()]
    return [packages.tag(theme) for theme in found] if asked.all_fields else found


@action
def license_list(_: parameters.Parameters) -> list[dict[str, str]]:
    """Licences of the packages here."""
    return [packages.license_of(word) for word in queries.counts("licence")]


@action
def resource_show(asked: parameters.Named) -> dict[str, Any]:
    """One resource by its id."""
    package, _, number = asked.id.rpartition(".")
    if not number.isdecimal() or len(number) > len(str(10**9)):
        raise absent(f"resource {asked.id}")
    found = next(_resource(_listing(package), int(number)), None)
    if found is None:
        raise absent(f"resource {asked.id}")
    return found


@action
def resource_search(asked: parameters.ResourceSearch) -> dict[str, Any]:
    """Resources of a format, ``format:CSV``, and beside it ``name:text`` or ``url:text``."""
    wanted = _fields(asked.query)
    format_ = wanted.pop("format", "")
    if not format_:
        raise invalid("query", "name a format first: format:CSV")
    found = list(islice(_resources(format_, wanted), SCANNED + 1))
    if len(found) > SCANNED:
        raise invalid("query", f"more than {SCANNED} resources match; use package_search")
    return {"count": len(found), "results": found[asked.offset : asked.offset + asked.limit]}


SCANNED = 10_000
"""Resources that a search for resources finds at most."""


def _listing(package: str) -> Listing:
    owner, name = names.place(package)
    found = queries.listing(owner, name) if owner else None
    if found is None:
        raise absent(f"package {package}")
    return found


def _resource(listing: Listing, number: int) -> Iterator[dict[str, Any]]:
    """That one resource, without reading the others."""
    lines = listing.distributions(number, 1)
    yield from (packages.resource(listing, number, line) for line in lines)
    if next(listing.distributions(0, 1), None) is None:
        yield from islice(packages.resources(listing), number, number + 1)


def _fields(query: str | list[str]) -> dict[str, str]:
    found = {}
    for term in [query] if isinstance(query, str) else query:
        field, _, text = term.partition(":")
        if field not in {"format", "name", "url"}:
            raise invalid("query", f"there is no search by {field}; there is by format, name, url")
        found[field] = text.lower()
    return found


def _resources(format_: str, wanted: dict[str, str]) -> Iterator[dict[str, Any]]:
    formats = [each for each in queries.counts("format") if each.lower() == format_]
    for each in formats:
        _, listings = queries.search(Filter({"format": each}), "", "name", 0, ROWS)
        for listing in listings:
            for resource in packages.resources(listing):
                if resource["format"] == each and all(text in resource[name].lower() for name, text in wanted.items()):
                    yield resource


def _group(asked: parameters.Group, said: dict[str, Any], count: int, wanted: Filter) -> Streamed:
    shown = said | {"package_count": count, "extras": [], "users": [], "tags": [], "groups": []}
    listings = queries.search(wanted, "", "newest", 0, ROWS)[1] if asked.include_datasets else []
    return Streamed(_with(shown, "packages", listings) if asked.include_datasets else iter([orjson.dumps(shown)]))


def _with(head: dict[str, Any], name: str, listings: Iterable[Listing]) -> Iterator[bytes]:
    yield orjson.dumps(head)[:-1] + b"," + orjson.dumps(name) + b":"
    yield from _array(listings)
    yield b"}"


def _array(listings: Iterable[Listing]) -> Iterator[bytes]:
    yield b"["
    for number, each in enumerate(listings):
        yield b",\n" if number else b"\n"
        yield from packages.written(each)
    yield b"\n]"


def _most(counts: Any, asked: parameters.Search) -> dict[str, int]:
    """The most frequent values."""
    limit = None if asked.facet_limit < 0 else asked.facet_limit
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return {value: count for value, count in most if count >= asked.facet_mincount}


def _named(field: str, counts: dict[str, int]) -> dict[str, int]:
    return {names.organization(value) if field == "organization" else value: n for value, n in counts.items()}


def _titled(field: str, counts: dict[str, int]) -> dict[str, Any]:
    items = []
    for value, count in counts.items():
        office = packages.organization(queries.office(value)) if field == "organization" else {}
        shown = packages.license_of(value)["title"] if field == "license_id" else value
        shown = office.get("display_name", shown)
        items.append({"name": office.get("name", value), "display_name": shown, "count": count})
    return {"title": field, "items": items}


describe(
    *(
        Described("GET", f"/api/3/action/{name}", each.summary, query=each.parameters, result=dict, tag="ckan")
        for name, each in ACTIONS.items()
    ),
    *(
        Described("POST", f"/api/3/action/{name}", each.summary, body=each.parameters, result=dict, tag="ckan")
        for name, each in ACTIONS.items()
    ),
)
