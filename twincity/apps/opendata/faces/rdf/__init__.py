"""A small piece of RDF: descriptions of things, written as Turtle and as JSON-LD by the same rules. Pure."""

from __future__ import annotations

from twincity.apps.opendata.faces.rdf import jsonld, turtle
from twincity.apps.opendata.faces.rdf.graph import PREFIXES, Literal, Ref, Thing, Value, iri, texts

__all__ = ["PREFIXES", "Literal", "Ref", "Thing", "Value", "iri", "jsonld", "texts", "turtle"]
