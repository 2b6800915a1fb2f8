"""Publishers, and how to reach them."""

from __future__ import annotations

from twincity.apps.opendata.faces.listing import Office
from twincity.apps.opendata.faces.rdf import Literal, Ref, Thing, Value, texts

TYPES = "http://purl.org/adms/publishertype"


def agent(office: Office) -> Thing:
    """A member as ``foaf:Agent``: provinces are regional authorities, all below them local ones."""
    home: list[Value] = [Thing(office.address, ["foaf:Document"])] if office.address else []
    return Thing(
        office.iri,
        ["foaf:Agent"],
        {"foaf:name": texts(office.title), "dct:type": _types(office.division), "foaf:homepage": home},
    )


def contact(office: Office) -> Thing:
    """Where to ask: the publisher's node; members state no mail address."""
    reached: list[Value] = [Ref(office.address)] if office.address else []
    return Thing("", ["vcard:Kind", "vcard:Organization"], {"vcard:fn": texts(office.title), "vcard:hasURL": reached})


def division(code: str) -> Thing:
    """A territory by its code after GB/T 2260."""
    return Thing(f"urn:twincity:division:{code}", ["dct:Location"], {"dct:identifier": [Literal(code)]})


def _types(code: str) -> list[Value]:
    if not code:
        return []
    name, label = (
        ("RegionalAuthority", "Regional authority") if code.endswith("0000") else ("LocalAuthority", "Local Authority")
    )
    return [Thing(f"{TYPES}/{name}", ["skos:Concept"], {"skos:prefLabel": [Literal(label, "en")]})]
