"""JSON-LD 1.1, written as a stream: one object of the graph after the other, its context inline.

Things are nested where they first occur, with prefixed names, so that readers without a JSON-LD processor find them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from twincity.apps.opendata.faces.rdf.graph import PREFIXES, Literal, Ref, Thing, Value

MEDIA_TYPE = "application/ld+json"


def write(things: Iterable[Thing]) -> Iterator[bytes]:
    """The document of some things in pieces."""
    yield b'{"@context":' + orjson.dumps(PREFIXES) + b',"@graph":['
    seen: set[str] = set()
    separator = b"\n"
    for thing in things:
        yield separator
        yield from _object(thing, seen)
        separator = b",\n"
    yield b"\n]}\n"


def _object(thing: Thing, seen: set[str]) -> Iterator[bytes]:
    made = orjson.dumps(_described(thing, seen))
    if thing.streamed is None:
        yield made
        return
    name, things = thing.streamed
    yield made[:-1] + b"," + orjson.dumps(name) + b":["
    separator = b"\n"
    for each in things():
        yield separator + orjson.dumps(_described(each, seen))
        seen.discard(each.iri)
        separator = b",\n"
    yield b"\n]}"


def _described(thing: Thing, seen: set[str]) -> dict[str, Any]:
    # The identifier first of all: a nested thing may name the one that it stands in.
    seen.add(thing.iri)
    made: dict[str, Any] = {"@id": thing.iri} if thing.iri else {}
    made["@type"] = list(thing.types)
    for name, values in thing.filled():
        found = [_value(value, seen) for value in values]
        made[name] = found[0] if len(found) == 1 else found
    return made


def _value(value: Value, seen: set[str]) -> Any:
    if isinstance(value, Ref):
        return {"@id": value.iri}
    if isinstance(value, Literal):
        return _literal(value)
    if value.iri and value.iri in seen:
        return {"@id": value.iri}
    return _described(value, seen)


def _literal(value: Literal) -> Any:
    if value.language:
        return {"@value": value.text, "@language": value.language}
    return {"@value": value.text, "@type": value.datatype} if value.datatype else value.text
