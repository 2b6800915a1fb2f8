"""A standard as a data contract after the Open Data Contract Standard (ODCS) 3.0.2, as JSON, which is also YAML."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.catalogue.rules.model import PER_MILLE, Field, FieldType, Quality, Rule, Standard, Unique
from twincity.engines.catalogue.rules.schema import field_schema, whole

VERSION = "v3.0.2"
_TYPES: dict[FieldType, str] = {"integer": "integer", "date": "date", "datetime": "date", "boolean": "boolean"}
_OPTIONS = {
    "string": frozenset({"pattern", "minLength", "maxLength"}),
    "integer": frozenset({"minimum", "maximum"}),
}
"""Options that ODCS knows for a logical type; what it has no place for stays with the standard."""


def data_contract(standard: Standard, *, identifier: str) -> dict[str, Any]:
    """The contract of a table that follows the standard.

    Quality rules are given in this project's own form (engine ``twincity``), since ODCS prescribes none for most of
    them; rules of accessibility have no dimension in it. Codes stand in ``customProperties``, the grade in
    ``classification``.
    """
    return {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": identifier,
        "name": standard.id,
        "version": standard.version,
        "status": "active",
        "description": {"purpose": _both(standard)},
        "schema": [_table(standard)],
    }


def _table(standard: Standard) -> dict[str, Any]:
    keys = [field.name for field in standard.fields if field.key]
    return {
        "name": standard.id,
        "logicalType": "object",
        "physicalType": "table",
        "businessName": standard.title.zh,
        "description": standard.title.en,
        "properties": [_property(field, standard, keys) for field in standard.fields],
        "quality": [_quality(rule) for rule in standard.rules],
    }


def _property(field: Field, standard: Standard, keys: list[str]) -> dict[str, Any]:
    schema = field_schema(field, standard)
    kind = _TYPES.get(field.type, "string")
    known = schema | ({"pattern": whole(field.pattern)} if field.pattern else {})
    options = {name: value for name, value in known.items() if name in _OPTIONS.get(kind, ())}
    found: dict[str, Any] = {
        "name": field.name,
        "businessName": field.title.zh,
        "description": field.description.en if field.description else field.title.en,
        "logicalType": kind,
        "physicalType": field.type,
        "required": field.required,
        "unique": keys == [field.name],
        "classification": field.grade,
        "customProperties": _custom(field, schema),
    }
    if options:
        found["logicalTypeOptions"] = options
    if field.key:
        found |= {"primaryKey": True, "primaryKeyPosition": keys.index(field.name) + 1}
    return found


def _custom(field: Field, schema: dict[str, Any]) -> list[dict[str, Any]]:
    given = {"unit": field.unit, "category": field.category, "enum": schema.get("enum"), "titleEn": field.title.en}
    return [{"property": name, "value": value} for name, value in given.items() if value]


def _quality(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": rule.id,
        "description": f"{rule.title.zh} / {rule.title.en}",
        "type": "custom",
        "engine": "twincity",
        "implementation": msgspec.to_builtins(rule),
        "unit": "percent",
        "customProperties": [{"property": "threshold", "value": f"{rule.threshold}/{PER_MILLE}"}],
    }
    if rule.kind is not Quality.ACCESSIBILITY:
        found["dimension"] = "uniqueness" if isinstance(rule.check, Unique) else rule.kind.value
    return found


def _both(standard: Standard) -> str:
    about = standard.description or standard.title
    return f"{about.zh} / {about.en}"
