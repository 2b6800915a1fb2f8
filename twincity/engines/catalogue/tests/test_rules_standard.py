"""Judging standards themselves, and what is made from them: masks and JSON Schema."""

from __future__ import annotations

import re

import msgspec
import pytest

from twincity.engines.catalogue.rules import (
    Standard,
    field_mask,
    highest_grade,
    json_schema,
    read_standard,
    validate_standard,
)
from twincity.kernel.problems import Problem


def title(text: str = "x") -> dict[str, str]:
    return {"zh-Hans": text, "en": text}


def make(**more) -> Standard:
    """A sound standard with a few members replaced."""
    fields = [
        {"name": "code", "title": title(), "key": True, "required": True},
        {"name": "born", "title": title(), "type": "date", "grade": "general-3"},
        {"name": "sex", "title": title(), "type": "code", "codes": "sex", "grade": "general-2"},
    ]
    lists = [{"id": "sex", "title": title(), "codes": [{"code": "1", "title": title()}]}]
    told = {"id": "person", "version": "1", "title": title(), "fields": fields, "lists": lists}
    return msgspec.convert(told | more, Standard)


def field(**more) -> dict:
    return {"fields": [{"name": "code", "title": title()} | more]}


def rule(check: dict, **more) -> dict:
    return {"rules": [{"id": "rule", "kind": "accuracy", "title": title(), "check": check} | more]}


FAULTY = {
    "id": ({"id": "Person"}, "id", ""),
    "version": ({"version": ""}, "version", ""),
    "no fields": ({"fields": []}, "fields", ""),
    "field name": (field(name="Code"), "Code", ""),
    "field twice": ({"fields": field()["fields"] * 2}, "code", ""),
    "set named like a field": (field() | {"external": ["code"]}, "code", ""),
    "list twice": (
        {"lists": [{"id": "sex", "title": title(), "codes": [{"code": "1", "title": title()}]}] * 2},
        "sex",
        "",
    ),
    "list empty": ({"lists": [{"id": "sex", "title": title(), "codes": []}]}, "sex", ""),
    "code twice": (
        {"lists": [{"id": "sex", "title": title(), "codes": [{"code": "1", "title": title()}] * 2}]},
        "sex",
        "",
    ),
    "precision": (field(precision="year"), "code", ""),
    "lengths": (field(min_length=5, max_length=4), "code", ""),
    "limit of text": (field(minimum="1"), "code", ""),
    "limit of another type": (field(type="integer", maximum="ten"), "code", ""),
    "pattern": (field(pattern="(a+)+"), "code", ""),
    "two lists": (field(type="code", codes="sex", values=["1"]), "code", ""),
    "no list": (field(type="code"), "code", ""),
    "unknown list": (field(type="code", codes="colour"), "code", ""),
    "rule id": (rule({"type": "filled", "field": "code"}, id="Rule 1"), "", "Rule 1"),
    "rule twice": ({"rules": rule({"type": "filled", "field": "code"})["rules"] * 2}, "", "rule"),
    "threshold": (rule({"type": "filled", "field": "code"}, threshold=1001), "", "rule"),
    "rule's field": (rule({"type": "filled", "field": "name"}), "name", "rule"),
    "rule's condition": (rule({"type": "filled", "field": "code"}, when=[{"field": "age"}]), "age", "rule"),
    "unique of nothing": (rule({"type": "unique", "fields": []}), "", "rule"),
    "unique's field": (rule({"type": "unique", "fields": ["name"]}), "name", "rule"),
    "rule's pattern": (rule({"type": "matches", "field": "code", "pattern": "["}), "code", "rule"),
    "reference": (rule({"type": "reference", "field": "code", "to": "division"}), "code", "rule"),
    "among nothing": (rule({"type": "among", "field": "code"}), "code", "rule"),
    "among an unknown list": (rule({"type": "among", "field": "code", "codes": "colour"}), "code", "rule"),
    "order of text": (rule({"type": "ordered", "first": "code", "second": "code"}), "code", "rule"),
    "order of two types": (rule({"type": "ordered", "first": "born", "second": "code"}), "born", "rule"),
    "prefix's field": (rule({"type": "starts-with", "field": "code", "prefix": "name"}), "name", "rule"),
    "fresh text": (rule({"type": "fresh", "field": "code", "days": 3}), "code", "rule"),
    "fresh for no days": (rule({"type": "fresh", "field": "born", "days": 0}), "born", "rule"),
    "no rows": (rule({"type": "delivered", "rows": 0}), "", "rule"),
    "condition on the whole": (rule({"type": "delivered", "rows": 1}, when=[{"field": "code"}]), "", "rule"),
}


def test_a_sound_standard_has_no_faults():
    assert validate_standard(make()) == ()


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_names_its_place_in_both_languages(name):
    more, place, broken_rule = FAULTY[name]
    faults = validate_standard(make(**more))
    assert [(fault.field, fault.rule) for fault in faults] == [(place, broken_rule)]
    assert faults[0].text.zh
    assert faults[0].text.en
    assert faults[0].text.zh != faults[0].text.en


def test_all_faults_are_told():
    more = field(name="Code", pattern="(") | {"version": ""}
    assert [fault.field for fault in validate_standard(make(**more))] == ["version", "Code", "Code"]


def test_a_standard_is_read_from_json_and_written_again():
    data = msgspec.json.encode(make())
    assert msgspec.json.encode(read_standard(data)) == data


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda value: value["fields"][1].update(type="text"), "fields[1].type"),
        (lambda value: value["fields"][0].update(colour="red"), "fields[0]"),
        (lambda value: value["fields"][0]["title"].pop("en"), "fields[0].title"),
        (lambda value: value.pop("version"), "JSON"),
        (lambda value: value.update(version=""), "version"),
    ],
)
def test_a_wrong_member_is_named(change, place):
    value = msgspec.json.decode(msgspec.json.encode(make()))
    change(value)
    with pytest.raises(Problem) as caught:
        read_standard(msgspec.json.encode(value))
    assert caught.value.kind.code == "standard-faulty"
    assert caught.value.field == place
    assert place in caught.value.text("en")


def test_what_is_no_json_is_refused():
    with pytest.raises(Problem) as caught:
        read_standard(b"{")
    assert caught.value.kind.code == "standard-faulty"


def test_a_mask_keeps_the_order_of_the_standard():
    assert field_mask(make(), ["sex", "code"]) == ("code", "sex")


@pytest.mark.parametrize(
    ("names", "kind", "place"),
    [
        (["code", "age"], "field-unknown", "age"),
        (["code", "code"], "field-repeated", "code"),
        (["born"], "field-grade", "born"),
        ([], "field-mask-empty", "fields"),
    ],
)
def test_a_mask_is_refused_by_name(names, kind, place):
    with pytest.raises(Problem) as caught:
        field_mask(make(), names, highest="general-2")
    assert (caught.value.kind.code, caught.value.field) == (kind, place)


def test_the_highest_grade_counts():
    assert highest_grade(make()) == "general-3"
    assert highest_grade(make(), ["code", "sex"]) == "general-2"
    assert highest_grade(make(), []) == "general-1"


def test_json_schema_of_a_row():
    fields = [
        {"name": "code", "title": {"zh-Hans": "代码", "en": "code"}, "key": True, "required": True, "max_length": 6},
        {"name": "age", "title": title(), "type": "integer", "minimum": "0", "maximum": "150", "unit": "a"},
        {"name": "sex", "title": title(), "type": "code", "values": ["2", "1"], "required": True},
        {"name": "since", "title": title(), "type": "date", "precision": "month", "required": True},
        {"name": "until", "title": title(), "type": "date", "required": True},
        {"name": "price", "title": title(), "type": "decimal", "pattern": "[0-9.]{1,9}", "required": True},
        {"name": "ok", "title": title(), "type": "boolean", "required": True},
        {"name": "seen", "title": title(), "type": "datetime", "required": True},
        {"name": "name", "title": title(), "min_length": 2, "required": True},
    ]
    schema = json_schema(make(fields=fields, lists=[]))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:twincity:standard:person:1"
    assert schema["required"] == ["code", "sex", "since", "until", "price", "ok", "seen", "name"]
    assert schema["additionalProperties"] is False
    told = schema["properties"]
    assert told["code"] == {
        "title": "代码",
        "description": "code",
        "type": "string",
        "minLength": 1,
        "maxLength": 6,
        "x-grade": "general-1",
        "x-key": True,
    }
    assert told["age"]["anyOf"] == [{"type": "integer", "minimum": 0, "maximum": 150}, {"type": "null"}]
    assert told["age"]["x-unit"] == "a"
    assert told["sex"]["enum"] == ["1", "2"]
    since = re.compile(told["since"]["pattern"])
    assert [text for text in ("2025-11", "2025-11-06", "2025", "2025-13", "2025-11-32") if since.search(text)] == [
        "2025-11",
        "2025-11-06",
    ]
    assert told["until"]["format"] == "date"
    assert told["price"]["allOf"] == [{"pattern": "^(?:[0-9.]{1,9})$"}]
    assert told["ok"]["type"] == "boolean"
    assert told["seen"]["format"] == "date-time"
    assert told["name"]["minLength"] == 2
