"""The node's description: what units say of their doors becomes valid OpenAPI 3.1."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from twincity.kernel import openapi
from twincity.kernel.openapi import Described, Header, document


class Where(msgspec.Struct, forbid_unknown_fields=True):
    """A county, and how many rows at most."""

    code: Annotated[str, msgspec.Meta(pattern=r"^\d{6}$")]
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class Row(msgspec.Struct):
    """One row."""

    name: str
    parent: str | None = None


ENTRY = Described(
    "GET", "/counties/{code}/rows", "Rows of a county", query=Where, result=list[Row], security="system",
    headers=(Header(name="tc-purpose", summary="why", required=True),),
)  # fmt: skip


def test_it_is_valid_openapi_3_1() -> None:
    posted = Described("POST", "/rows", "Add a row", body=Row, result=Row, status=201, tag="rows")
    made = document("Rows", "1", [ENTRY, posted], server="https://cq.example")
    OpenAPIV31SpecValidator(made).validate()
    assert made["paths"]["/rows"]["post"]["responses"].keys() == {"201", "default"}


def test_parameters_come_from_the_structure_that_the_door_decodes_with() -> None:
    parameters = document("Rows", "1", [ENTRY])["paths"]["/counties/{code}/rows"]["get"]["parameters"]
    shown = [(each["name"], each["in"], each["required"]) for each in parameters]
    assert shown == [("code", "path", True), ("limit", "query", False), ("tc-purpose", "header", True)]
    assert parameters[0]["schema"]["pattern"] == r"^\d{6}$"
    assert parameters[1]["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}


def test_only_the_keys_that_are_used_are_named() -> None:
    assert document("Rows", "1", [ENTRY])["components"]["securitySchemes"].keys() == {"system"}
    assert document("Rows", "1", [Described("GET", "/", "x")])["components"]["securitySchemes"] == {}


def test_nothing_is_described_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_described", {})
    openapi.describe(ENTRY)
    with pytest.raises(ValueError, match="twice"):
        openapi.describe(ENTRY)


def test_a_source_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_described", {})
    monkeypatch.setattr(openapi, "_sources", [])
    known: list[Described] = []
    openapi.source(lambda: known)
    assert openapi.described() == []
    known.append(ENTRY)
    assert openapi.described() == [ENTRY]
