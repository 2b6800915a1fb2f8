"""The service over a registered table: rows for calls, files for bulk deliveries, all within the caller's grant."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import structlog

from twincity.apps.sharing.models import Source, SourceVersion
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.sources import asking
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange import facade as exchange
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

BLOCK = 262_144
Format = Literal["parquet", "csv", "ndjson"]
_TAG = re.compile(r"[0-9a-f]{64}")
_writing = threading.Lock()
"""One extract at a time, so that two callers for the same one do not write it twice."""


class Wanted(msgspec.Struct):
    """A file of all rows that the grant lets through."""

    format: Format = "parquet"


class Piece(msgspec.Struct):
    """A file by its tag, from a byte on."""

    tag: str
    offset: int = 0


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is ready; the tag names its bytes, so that a delivery can go on where it broke off."""

    tag: str
    version: int
    rows: int
    size: int
    sha256: str


class Table:
    """Handlers over one version of a source."""

    def __init__(self, source: Source, version: SourceVersion, standard: catalogue.Standard) -> None:
        self.source, self.version, self.standard = source, version, standard
        self.table = queries.table(source, version)
        self._typed = [
            tuple(field.name for field in standard.fields if field.type == kind) for kind in ("integer", "boolean")
        ]

    def rows(self, call: exchange.Call, given: msgspec.Struct) -> exchange.Rows:
        """Rows that meet what is asked; fields named by the grant's row filter come along."""
        asked = asking.asked(given, self.standard, call.grant)
        tested = tuple(each.field for each in call.grant.rows if self.standard.field(each.field))
        task = catalogue.Select(
            self.table,
            tuple(dict.fromkeys((*asked.fields, *tested))),
            conditions=asked.conditions,
            order=asked.order,
            after=asked.after,
            skip=asked.skip,
            limit=asked.limit,
        )
        found = queries.answering().ask(task, list[dict[str, str | None]])
        integers, booleans = self._typed
        return exchange.Rows([catalogue.typed(dict(row), integers, booleans) for row in found])

    def extract(self, call: exchange.Call, given: Wanted) -> Offered:
        """Make the file ready that this caller may have."""
        fields = asking.fields("", self.standard, call.grant)
        conditions = asking.granted_rows(self.standard, call.grant)
        tag = self._tag(fields, conditions, given.format)
        path = self._path(tag)
        with _writing:
            if not path.with_suffix(".json").exists():
                self._write(path, fields, conditions, given.format)
            path.with_suffix(".json").touch()  # used just now: sweeping looks at this
        made = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=catalogue.Extracted)
        return Offered(tag=tag, version=self.version.number, rows=made.rows, size=made.size, sha256=made.sha256)

    def bytes(self, call: exchange.Call, given: Piece) -> AsyncGenerator[bytes, None]:
        """The file's bytes from an offset on.

        Raises:
            Problem: ``not-found`` for a tag that this caller's grant does not lead to, or ``invalid``.
        """
        return _pieces(self._granted(call, given), given.offset)

    def _granted(self, call: exchange.Call, given: Piece) -> Path:
        fields = asking.fields("", self.standard, call.grant)
        conditions = asking.granted_rows(self.standard, call.grant)
        tags = {self._tag(fields, conditions, each) for each in get_args(Format)}
        path = self._path(given.tag)
        if not _TAG.fullmatch(given.tag) or given.tag not in tags or not path.exists():
            raise Problem(NOT_FOUND, field="tag", what=given.tag)
        if not 0 <= given.offset <= path.stat().st_size:
            raise Problem(INVALID, field="offset", name="offset", reason=f"0-{path.stat().st_size}")
        return path

    def _tag(self, fields: tuple[str, ...], conditions: tuple[catalogue.Condition, ...], format: str) -> str:  # noqa: A002
        mapping = self.version.mapping
        asked = msgspec.json.encode([self.version.digest, mapping, fields, conditions, format])
        return hashlib.sha256(asked).hexdigest()

    def _path(self, tag: str) -> Path:
        return queries.folder() / "extracts" / self.source.name / tag

    def _write(
        self, path: Path, fields: tuple[str, ...], conditions: tuple[catalogue.Condition, ...], kind: Format
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        task = catalogue.Extract(self.table, fields, str(path), kind, conditions, *self._typed)
        with catalogue.Worker(queries.folder()) as worker:
            made = worker.ask(task, catalogue.Extracted)
        path.with_suffix(".json").write_bytes(msgspec.json.encode(made))


async def _pieces(path: Path, offset: int) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        file.seek(offset)
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block


def service_of(source: Source, version: SourceVersion, standard: catalogue.Standard) -> exchange.Service:
    """The service of a version, not offered yet."""
    table = Table(source, version, standard)
    title = msgspec.convert(source.title, LocalText)
    service = exchange.Service(source.name, title, dataset=source.name, standard=standard.id, listed=False)
    service.endpoints += [
        _endpoint("/rows", table.rows, asking.parameters(standard)),
        _endpoint("/extract", table.extract, Wanted),
        _endpoint("/extract/{tag}", table.bytes, Piece, stream=True),
    ]
    return service


def _endpoint(path: str, handler: Any, parameters: type[msgspec.Struct], *, stream: bool = False) -> exchange.Endpoint:
    return exchange.Endpoint(
        method="GET",
        path=path,
        handler=handler,
        parameters=parameters,
        result=None,
        inline=False,
        stream=stream,
        media_type="application/octet-stream" if stream else "application/json",
    )


def offer(service: exchange.Service) -> None:
    """Answer calls for a service from now on."""
    exchange.offer(service)


def offer_all() -> set[str]:
    """Answer for all published sources; their names. One that is broken stops no other."""
    published = {source.name: source for source in queries.sources().filter(published=True)}
    for name, source in published.items():
        version = queries.newest(source)
        if version is None:
            continue
        try:
            offer(service_of(source, version, queries.standard(source)))
        except Problem as problem:
            structlog.get_logger().warning("source_not_offered", source=name, problem=str(problem))
    return set(published)
