"""Descriptions of things as trees, from which both writers make the same RDF graph.

A thing that occurs several times in one document is described where it first occurs, and named afterwards; so what is
known under one IRI must be described the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from twincity.kernel.locale_text import LocalText

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20]")
_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]')
"""What an IRI may not hold (Turtle 1.1, IRIREF; RFC 3987)."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An IRI by itself, absolute and without forbidden characters: see :func:`iri`."""

    iri: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text with a language tag, or with a datatype as prefixed name; a plain string with neither."""

    text: str
    language: str = ""
    datatype: str = ""


@dataclass(slots=True)
class Thing:
    """Something that is described: IRI (empty for a blank node), classes and values by prefixed name.

    ``streamed`` holds further things under one property, made while the document is written; they need IRIs.
    """

    iri: str
    types: Sequence[str]
    values: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    streamed: tuple[str, Callable[[], Iterable[Thing]]] | None = None

    def filled(self) -> Iterator[tuple[str, Sequence[Value]]]:
        """The properties that have a value."""
        return ((name, values) for name, values in self.values.items() if values)


Value = Ref | Literal | Thing


def iri(text: str) -> str:
    """A text as absolute IRI with what IRIs may not hold percent-encoded; empty when it has no scheme."""
    text = text.strip()
    if not _ABSOLUTE.match(text):
        return ""
    return _FORBIDDEN.sub(lambda found: quote(found[0], safe="", errors="replace"), text)


def texts(text: LocalText) -> list[Value]:
    """A text in both languages; those that say nothing are left out."""
    both = (("zh-Hans", text.zh), ("en", text.en))
    return [Literal(words, language) for language, words in both if words]
