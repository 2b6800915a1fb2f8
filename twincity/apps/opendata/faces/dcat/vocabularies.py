"""The circle's words in the vocabularies of DCAT-AP 3: dated data, see ``data/SOURCES.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, Value, iri

FILE = Path(__file__).resolve().parents[2] / "data" / "vocabularies.toml"
EU = "http://publications.europa.eu/resource/authority"
SPDX = "http://spdx.org/licenses/"
LANGUAGES = ("ZHO", "ENG")


class Theme(msgspec.Struct, frozen=True):
    """A theme of the EU's vocabulary, and the words of the circle that mean it."""

    label: str
    words: tuple[str, ...]


class Licence(msgspec.Struct, frozen=True):
    """A licence of the SPDX list, with the address of its text."""

    title: str
    url: str


class Vocabularies(msgspec.Struct, frozen=True):
    """The whole file."""

    frequency: dict[str, str]
    formats: frozenset[str]
    themes: dict[str, Theme]
    licences: dict[str, Licence]


@cache
def vocabularies() -> Vocabularies:
    """The file, read once."""
    return msgspec.convert(tomllib.loads(FILE.read_text("utf-8")), Vocabularies)


@cache
def _theme_of() -> dict[str, str]:
    return {word: code for code, theme in vocabularies().themes.items() for word in theme.words}


def frequency(rhythm: str) -> Thing:
    """An update rhythm as ``dct:Frequency``."""
    return Thing(f"{EU}/frequency/{vocabularies().frequency[rhythm]}", ["dct:Frequency"])


def language(code: str) -> Thing:
    """A language by its code in the EU's table."""
    return Thing(f"{EU}/language/{code}", ["dct:LinguisticSystem"])


def access_rights(*, public: bool) -> Thing:
    """Whether everybody gets it."""
    return Thing(f"{EU}/access-right/{'PUBLIC' if public else 'RESTRICTED'}", ["dct:RightsStatement"])


def file_type(word: str) -> Thing:
    """A format as ``dct:MediaTypeOrExtent``; one that the vocabulary lacks by its label alone."""
    if word.upper() in vocabularies().formats:
        return Thing(f"{EU}/file-type/{word.upper()}", ["dct:MediaTypeOrExtent"])
    return Thing("", ["dct:MediaTypeOrExtent"], {"rdfs:label": [Literal(word)]})


def licence(word: str) -> Thing:
    """A licence as ``dct:LicenseDocument``; a word that is neither SPDX nor a URI by its label alone."""
    known = vocabularies().licences.get(word)
    if known:
        named: dict[str, list[Value]] = {"rdfs:label": [Literal(known.title, "en")], "rdfs:seeAlso": [Ref(known.url)]}
        return Thing(f"{SPDX}{word}", ["dct:LicenseDocument"], named)
    if address := iri(word):
        return Thing(address, ["dct:LicenseDocument"])
    return Thing("", ["dct:LicenseDocument"], {"rdfs:label": [Literal(word)]})


def themes(word: str, scheme: Thing) -> list[Value]:
    """A theme as a concept of this catalogue, and the EU's where it has one that means the same."""
    own = Thing(
        iri(f"{scheme.iri}/{word}"),
        ["skos:Concept"],
        {"skos:prefLabel": [Literal(word)], "skos:inScheme": [Ref(scheme.iri)]},
    )
    code = _theme_of().get(word.casefold())
    if code is None:
        return [own]
    label = Literal(vocabularies().themes[code].label, "en")
    return [own, Thing(f"{EU}/data-theme/{code}", ["skos:Concept"], {"skos:prefLabel": [label]})]
