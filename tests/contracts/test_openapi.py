"""Every machine door is in the node's own description, and that is valid OpenAPI 3.1."""

from __future__ import annotations

import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from twincity.kernel import openapi
from twincity.kernel.doors import doors
from twincity.node import edge


def test_the_description_of_a_whole_node_is_valid() -> None:
    made = openapi.document("TwinCity", edge.PROTOCOL, openapi.described())
    OpenAPIV31SpecValidator(made).validate()
    assert len(made["paths"]) > 30


def test_no_door_is_left_out() -> None:
    paths = {each.path for each in openapi.described()}
    missing = [door.prefix for door in doors() if not any(_below(door.prefix, path) for path in paths)]
    assert not missing, f"describe them beside the door, see twincity/kernel/openapi.py: {missing}"


def _below(prefix: str, path: str) -> bool:
    return path.startswith(prefix) if prefix.endswith("/") else re.sub(r"/$", "", path) == prefix
