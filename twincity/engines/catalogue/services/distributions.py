"""Lists of distributions: kept by their digest as JSON Lines, written, read and fetched as streams.

A dataset may have tens of thousands of distributions, while its signed document is bounded. So the document states
number, size and SHA-256 of the list, and whoever wants the list gets it from the owner's node and checks it.
"""

from __future__ import annotations

import hashlib
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from twincity.engines.catalogue.documents import Dataset, Distribution, Distributions
from twincity.engines.circle import facade as circle
from twincity.kernel import home
from twincity.kernel.problems import NOT_FOUND, Problem, define

MOST_FORMATS = 50
MOST_BYTES = 256 * 1024 * 1024
"""Of a list that is fetched from another node."""
LONGEST = 20_000
"""Bytes of one line."""
CHUNK = 64 * 1024
PATIENCE = 30.0
SPOILT = define(
    "distributions-spoilt",
    502,
    zh="从 {owner} 取得的分发清单与签名目录中的摘要不符",
    en="The list of distributions from {owner} is not the one its signed entry states",
)


def keep(distributions: Iterable[Distribution]) -> Distributions | None:
    """Write a list, one line at a time; what a dataset has to state of it, None for an empty one."""
    listed = iter(distributions)
    first = next(listed, None)
    return None if first is None else _write(chain([first], listed))


def _write(distributions: Iterable[Distribution]) -> Distributions:
    digest, formats, count, size = hashlib.sha256(), dict[str, None](), 0, 0
    with tempfile.NamedTemporaryFile(dir=_folder(), delete=False) as file:
        for each in distributions:
            line = msgspec.json.encode(each) + b"\n"
            digest.update(line)
            file.write(line)
            count, size = count + 1, size + len(line)
            if each.format and len(formats) < MOST_FORMATS:
                formats[each.format[:40]] = None
    Path(file.name).replace(path(digest.hexdigest()))
    return Distributions(count=count, size=size, sha256=digest.hexdigest(), formats=tuple(sorted(formats)))


def path(sha256: str) -> Path:
    """Where the list of a digest is kept, if it is."""
    return _folder() / f"{sha256}.jsonl"


def page(owner: str, dataset: Dataset, start: int = 0, limit: int = 50) -> list[Distribution]:
    """Some distributions of a dataset; the list is fetched from its owner's node when it is not here yet.

    Raises:
        Problem: ``not-found`` for a dataset without a list, or an owner nobody knows; ``distributions-spoilt``.
        OSError: when the owner's node does not answer.
    """
    stated = dataset.distributions
    if stated is None:
        raise Problem(NOT_FOUND, field="distributions", what=dataset.name)
    if not path(stated.sha256).exists():
        _fetch(owner, stated)
    return list(read(stated.sha256, start, limit))


def read(sha256: str, start: int, limit: int | None) -> Iterator[Distribution]:
    """Some lines of a list that is here, all the rest for None.

    Raises:
        Problem: ``not-found``.
    """
    if not path(sha256).exists():
        raise Problem(NOT_FOUND, field="sha256", what=sha256)
    with path(sha256).open("rb") as file:
        for line in islice(file, start, None if limit is None else start + limit):
            yield msgspec.json.decode(line, type=Distribution)


def _fetch(owner: str, stated: Distributions) -> None:
    member = circle.directory().members.get(owner)
    if member is None or stated.size > MOST_BYTES:
        raise Problem(NOT_FOUND, field="owner", what=owner)
    address = f"{member.node.address}/catalogue/distributions/{stated.sha256}.jsonl"
    with (
        urllib.request.urlopen(address, timeout=PATIENCE) as answer,  # noqa: S310  an address of the directory
        tempfile.NamedTemporaryFile(dir=_folder(), delete=False) as file,
    ):
        whole = _copy(answer, file, stated)
    if not whole:
        Path(file.name).unlink()
        raise Problem(SPOILT, owner=owner)
    Path(file.name).replace(path(stated.sha256))


def _copy(answer: BinaryIO, file: IO[bytes], stated: Distributions) -> bool:
    """Copy a list; whether it is the one stated. Never writes more than that one has."""
    digest, size = hashlib.sha256(), 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
        if size > stated.size:
            return False
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest() == stated.sha256


def _folder() -> Path:
    found = home.current().path / "distributions"
    found.mkdir(exist_ok=True)
    return found
