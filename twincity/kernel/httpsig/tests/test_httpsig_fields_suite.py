"""The public structured field test cases: every one of them, and how many there are."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import shared
from twincity.kernel.httpsig import fields

SUITE = "data/suites/exchange/structured-fields"
PARSE = {"item": fields.parse_item, "list": fields.parse_list, "dictionary": fields.parse_dictionary}
SERIALIZE = {"item": fields.serialize_item, "list": fields.serialize_list, "dictionary": fields.serialize_dictionary}
SPECIAL = {
    "token": fields.Token,
    "date": fields.Date,
    "displaystring": fields.DisplayString,
    "binary": base64.b32decode,
}


def cases(folder: Path) -> list[dict[str, Any]]:
    # Decimal keeps 1.0 apart from 1, and 0.0025 from its nearest binary fraction.
    return [
        case
        for path in sorted(folder.glob("*.json"))
        for case in json.loads(path.read_text("utf-8"), parse_float=Decimal)
    ]


def bare(value: Any) -> fields.BareItem:
    return SPECIAL[value["__type"]](value["value"]) if isinstance(value, dict) else value


def params(pairs: list[Any]) -> fields.Params:
    return {key: bare(value) for key, value in pairs}


def member(pair: list[Any]) -> fields.Member:
    value, pairs = pair
    if isinstance(value, list):
        return fields.InnerList(tuple(fields.Item(bare(v), params(p)) for v, p in value), params(pairs))
    return fields.Item(bare(value), params(pairs))


def build(kind: str, expected: Any) -> Any:
    if kind == "item":
        return member(expected)
    if kind == "list":
        return [member(pair) for pair in expected]
    return {key: member(pair) for key, pair in expected}


def shape(value: Any) -> Any:
    """The value with types and order written out: ``==`` alone takes 1 for True, and dictionaries have no order."""
    if isinstance(value, dict | list | tuple) or hasattr(value, "items"):
        inner = list(value.items()) if hasattr(value, "keys") else list(value)
        return [type(value).__name__ if isinstance(value, tuple) else "", [shape(part) for part in inner]]
    return [type(value).__name__, value]


def test_every_parsing_case():
    done = 0
    for case in cases(shared(SUITE)):
        kind, raw = case["header_type"], ", ".join(case["raw"])
        if case.get("must_fail"):
            with pytest.raises(fields.FieldError):
                PARSE[kind](raw)
        else:  # what may fail ("can_fail") does not fail here
            value = PARSE[kind](raw.encode())
            assert shape(value) == shape(build(kind, case["expected"])), case["name"]
            assert SERIALIZE[kind](value) == ", ".join(case.get("canonical", case["raw"])), case["name"]
        done += 1
    assert done == 1591


def test_every_serialisation_case():
    done = 0
    for case in cases(shared(SUITE) / "serialisation-tests"):
        value = build(case["header_type"], case["expected"])
        if case.get("must_fail"):
            with pytest.raises(fields.FieldError):
                SERIALIZE[case["header_type"]](value)
        else:
            assert SERIALIZE[case["header_type"]](value) == ", ".join(case["canonical"]), case["name"]
        done += 1
    assert done == 544  # with the 1591 above, the 2135 of the suite
