"""The published JSON Schemas, found by ``$id``; every message of a test is held against the one of its type."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.support import shared

FOLDER = "data/suites/exchange/dsp-2025-1"
BASE = "https://w3id.org/dspace/2025/1/"


def files() -> list[Path]:
    return sorted(shared(FOLDER).glob("*/*-schema.json"))


@cache
def schemas() -> dict[str, Any]:
    """Schemas by ``$id``; three of them point at ``#definitions/…`` without the slash, which is mended here."""
    found = {}
    for path in files():
        schema = json.loads(path.read_text("utf-8").replace("schema.json#definitions/", "schema.json#/definitions/"))
        found[schema["$id"]] = schema
    return found


@cache
def validator(name: str) -> jsonschema_rs.Validator:
    """The validator of ``negotiation/contract-offer-message`` and the like."""
    registry = jsonschema_rs.Registry(list(schemas().items()))
    return jsonschema_rs.validator_for(schemas()[f"{BASE}{name}-schema.json"], registry=registry)


def schema_of(kind: str) -> str:
    """Schema for an ``@type``: ``ContractOfferMessage`` is negotiation/contract-offer-message."""
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    folder = next(path.parent.name for path in files() if path.name == f"{stem}-schema.json")
    return f"{folder}/{stem}"


def faults(value: Any) -> list[str]:
    """What is wrong with a message according to the schema of its type."""
    kind = value.get("@type", "") if isinstance(value, dict) else ""
    name = schema_of(kind) if kind else "common/protocol-version"
    return [error.message for error in validator(name).iter_errors(value)]
