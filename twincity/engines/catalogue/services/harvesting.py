"""Taking an outside catalogue over into signed entries of this node, as a stream and as often as one likes.

What has not changed publishes nothing; what is gone at the source is withdrawn once the whole source was read.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from twincity.engines.catalogue.documents import Dataset
from twincity.engines.catalogue.documents.foreign import (
    Foreign,
    Package,
    datasets_in,
    from_dcat,
    from_package,
    next_page,
)
from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.services import distributions
from twincity.engines.catalogue.services.publishing import publish_datasets, withdraw_all
from twincity.engines.circle import facade as circle
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, Problem, define

Form = Literal["ckan", "ckan-lines", "dcat"]
"""A CKAN site's API or a saved ``package_search`` answer; CKAN packages one a line; DCAT as JSON-LD."""
ROWS = 100
"""Packages asked for at a time."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one answer or line."""
BATCH = 250
PATIENCE = 60.0
SOURCE = r"^[a-z][a-z0-9-]{0,30}$"
GONE = LocalText(zh="来源目录已不再列出", en="no longer listed by the catalogue it came from")
EMPTY = define(
    "harvest-empty",
    422,
    zh="来源 {source} 没有任何数据集; 为免误撤, 本次不作改动",
    en="Source {source} lists no dataset; nothing was changed, lest all be withdrawn by mistake",
)


class Harvested(msgspec.Struct, frozen=True):
    """What a harvest came to: datasets read, published new or changed, withdrawn, and those that could not be read."""

    read: int
    published: int
    withdrawn: int
    refused: int


class _Result(msgspec.Struct):
    results: list[msgspec.Raw]
    count: int = 0


class _Answer(msgspec.Struct):
    result: _Result


def harvest(*, source: str, form: Form, address: str, division: str) -> Harvested:
    """Read a source and publish what is new or changed.

    Args:
        source: short name, which becomes part of its datasets' names.
        form: of what stands there.
        address: a file of this machine, or an http address; of a CKAN site the one before ``/api/3``.
        division: GB/T 2260 code of the territory of its datasets.

    Raises:
        Problem: ``harvest-empty``; ``invalid`` when the source is not of that form.
        OSError: when it cannot be read; what was read before stays published.
    """
    seen: set[str] = set()
    published = refused = 0
    if not re.fullmatch(SOURCE, source):
        raise Problem(INVALID, field="source", name="source", reason=SOURCE)
    found = _READERS[form](address, source, division)
    while batch := list(islice(found, BATCH)):
        datasets = [_complete(each) for each in batch if each is not None and each.dataset.name not in seen]
        refused += sum(each is None for each in batch)
        seen.update(each.name for each in datasets)
        published += publish_datasets(datasets=datasets)
    if not seen:
        raise Problem(EMPTY, field="address", source=source)
    withdrawn = withdraw_all(identifiers=_gone(source, seen), reason=GONE) if not refused else 0
    return Harvested(len(seen), published, withdrawn, refused)


def _complete(found: Foreign) -> Dataset:
    return msgspec.structs.replace(found.dataset, distributions=distributions.keep(found.distributions))


def _gone(source: str, seen: set[str]) -> list[str]:
    rows = Entry.objects.filter(
        owner=circle.member_id(), kind="dataset", superseded=False, withdrawn_at=None, body__source=source
    )
    return [pk for pk, name in rows.values_list("pk", "name").iterator() if name not in seen]


def _ckan(address: str, source: str, division: str) -> Iterator[Foreign | None]:
    if "://" not in address:
        yield from _packages(_decoded(address).result.results, source, division)
        return
    start = 0
    while True:
        query = urlencode({"rows": ROWS, "start": start, "sort": "metadata_created asc"})
        page = _decoded(f"{address.rstrip('/')}/api/3/action/package_search?{query}").result
        yield from _packages(page.results, source, division)
        start += len(page.results)
        if not page.results or start >= page.count:
            return


def _lines(address: str, source: str, division: str) -> Iterator[Foreign | None]:
    with _open(address) as stream:
        while line := stream.readline(LARGEST):
            yield from _packages([msgspec.Raw(line)], source, division)


def _dcat(address: str, source: str, division: str) -> Iterator[Foreign | None]:
    """All pages, when the document says that it is one of several (Hydra)."""
    seen: set[str] = set()
    while address and address not in seen:
        seen.add(address)
        with _open(address) as stream:
            document = _checked(partial(msgspec.json.decode, stream.read(LARGEST)))
        for node in datasets_in(document):
            yield _tried(partial(from_dcat, node, source, division))
        address = _beside(address, next_page(document))


def _beside(address: str, following: str) -> str:
    """The page that follows, only from where the one before it came: the source must not choose whom this node asks."""
    joined = urljoin(address, following)
    same = urlsplit(joined)[:2] == urlsplit(address)[:2]
    return joined if following and same and joined.startswith(("http://", "https://")) else ""


_READERS: dict[Form, Callable[[str, str, str], Iterator[Foreign | None]]] = {
    "ckan": _ckan,
    "ckan-lines": _lines,
    "dcat": _dcat,
}


def _packages(raw: Iterable[msgspec.Raw], source: str, division: str) -> Iterator[Foreign | None]:
    for each in raw:
        yield _tried(partial(_package, each, source, division))


def _package(raw: msgspec.Raw, source: str, division: str) -> Foreign:
    return from_package(msgspec.json.decode(raw, type=Package), source, division)


def _tried(read: Callable[[], Foreign]) -> Foreign | None:
    """A dataset, or None when it is not what its form says: one bad record must not stop the rest."""
    try:
        return read()
    except msgspec.DecodeError:
        return None


def _decoded(address: str) -> _Answer:
    with _open(address) as stream:
        return _checked(partial(msgspec.json.decode, stream.read(LARGEST), type=_Answer))


def _checked(decode: Callable[[], Any]) -> Any:
    try:
        return decode()
    except msgspec.DecodeError as error:
        raise Problem(INVALID, field="address", name="address", reason=str(error)) from error


def _open(address: str) -> Any:
    if address.startswith(("http://", "https://")):
        return urllib.request.urlopen(address, timeout=PATIENCE)  # noqa: S310  http by the line above
    return Path(address).open("rb")
