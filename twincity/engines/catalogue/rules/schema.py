"""A standard as JSON Schema (draft 2020-12) of one row."""

from __future__ import annotations

from typing import Any

from twincity.engines.catalogue.rules.model import Field, Standard
from twincity.engines.catalogue.rules.values import DATES, DECIMAL, INSTANT, POINT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}


def json_schema(standard: Standard) -> dict[str, Any]:
    """The schema of one row as a JSON object; blank cells are absent or null, and other members are refused.

    Rules over several rows are not expressed. Titles are Chinese with the English in ``description``; ``x-unit``,
    ``x-grade`` and ``x-key`` carry what JSON Schema has no word for.
    """
    needed = [field.name for field in standard.fields if field.required]
    return {
        "$schema": DIALECT,
        "$id": f"urn:twincity:standard:{standard.id}:{standard.version}",
        "title": standard.title.zh,
        "description": standard.title.en,
        "type": "object",
        "properties": {field.name: _property(field, standard) for field in standard.fields},
        "required": needed,
        "additionalProperties": False,
    }


def field_schema(field: Field, standard: Standard) -> dict[str, Any]:
    """The schema of a filled value of one field."""
    return _value(field, standard)


def _property(field: Field, standard: Standard) -> dict[str, Any]:
    value = _value(field, standard)
    shape = value if field.required else {"anyOf": [value, {"type": "null"}]}
    return {"title": field.title.zh, "description": field.title.en, **shape, **_remarks(field)}


def _remarks(field: Field) -> dict[str, Any]:
    remarks: dict[str, Any] = {"x-grade": field.grade}
    if field.unit:
        remarks["x-unit"] = field.unit
    if field.key:
        remarks["x-key"] = True
    return remarks


def _value(field: Field, standard: Standard) -> dict[str, Any]:
    found = dict(_type(field))
    if field.type in {"string", "code"} and field.required:
        found["minLength"] = 1
    if field.min_length:
        found["minLength"] = field.min_length
    if field.max_length is not None:
        found["maxLength"] = field.max_length
    if field.pattern:
        found.setdefault("allOf", []).append({"pattern": whole(field.pattern)})
    allowed = standard.allowed(field.values, field.codes)
    if allowed is not None:
        found["enum"] = sorted(allowed)
    return found


def _type(field: Field) -> dict[str, Any]:
    if field.type == "integer":
        limits = {"minimum": field.minimum, "maximum": field.maximum}
        return {"type": "integer", **{name: int(limit) for name, limit in limits.items() if limit}}
    if field.type == "boolean":
        return {"type": "boolean"}
    if field.type == "date":
        return {**_TEXT, "format": "date"} if field.precision == "day" else _patterned(DATES[field.precision])
    if field.type == "datetime":
        return {**_patterned(INSTANT), "format": "date-time"}
    patterns = {"decimal": DECIMAL, "point": POINT}
    return _patterned(patterns[field.type]) if field.type in patterns else dict(_TEXT)


def _patterned(pattern: str) -> dict[str, Any]:
    return {**_TEXT, "pattern": whole(pattern)}


def whole(pattern: str) -> str:
    """A pattern that has to match from end to end."""
    return f"^(?:{pattern})$"
