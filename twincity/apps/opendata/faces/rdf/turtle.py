"""Turtle 1.1, written as a stream: one block of statements after the other."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from twincity.apps.opendata.faces.rdf.graph import PREFIXES, Literal, Ref, Thing, Value

MEDIA_TYPE = "text/turtle"
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def write(things: Iterable[Thing]) -> Iterator[str]:
    """The document of some things in pieces."""
    yield "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in PREFIXES.items())
    seen: set[str] = set()
    for thing in things:
        yield from _block(thing, seen)


def _block(thing: Thing, seen: set[str]) -> Iterator[str]:
    """A thing, then those that it names with an IRI, then the streamed ones, each linked by a statement of its own."""
    waiting: deque[Thing] = deque([thing])
    seen.add(thing.iri)
    while waiting:
        next_thing = waiting.popleft()
        yield f"\n{_subject(next_thing)}\n{_statements(next_thing, waiting, seen, '  ')} .\n"
    if thing.streamed:
        name, made = thing.streamed
        for each in made():
            yield f"<{thing.iri}> {name} <{each.iri}> .\n"
            yield from _block(each, seen)
            seen.discard(each.iri)


def _subject(thing: Thing) -> str:
    return f"<{thing.iri}>" if thing.iri else "[]"


def _statements(thing: Thing, waiting: deque[Thing], seen: set[str], indent: str) -> str:
    lines = [f"{indent}a {', '.join(thing.types)}"] if thing.types else []
    for name, values in thing.filled():
        objects = ", ".join(_object(value, waiting, seen, indent) for value in values)
        lines.append(f"{indent}{name} {objects}")
    return " ;\n".join(lines)


def _object(value: Value, waiting: deque[Thing], seen: set[str], indent: str) -> str:
    if isinstance(value, Ref):
        return f"<{value.iri}>"
    if isinstance(value, Literal):
        return literal(value)
    if not value.iri:
        return f"[\n{_statements(value, waiting, seen, indent + '  ')}\n{indent}]"
    if value.iri not in seen:
        seen.add(value.iri)
        waiting.append(value)
    return f"<{value.iri}>"


def literal(value: Literal) -> str:
    """A literal in quotation marks, with its language or datatype."""
    quoted = f'"{_ESCAPED.sub(_escape, value.text)}"'
    if value.language:
        return f"{quoted}@{value.language}"
    return f"{quoted}^^{value.datatype}" if value.datatype else quoted


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"
