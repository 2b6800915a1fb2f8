"""The published schemas and their examples, and that what the product reads and writes agrees with them."""

from __future__ import annotations

import json

import pytest

from tests.suites.dsp import schemas
from tests.support import shared
from twincity.apps.dataspace.protocol import messages, reading
from twincity.kernel.problems import Problem

UNSOUND = "dataservice-did-service"
"""An example that breaks its own schema's pattern, as the collection's provenance says."""


def examples():
    for path in sorted(shared(schemas.FOLDER).glob("*/example/*.json")):
        stem = path.stem.removesuffix("-full").removesuffix("_initial").removeprefix("nested-")
        name = "did-service" if "did-service" in stem else stem
        yield path, f"{path.parent.parent.name}/{name}"


def test_all_schemas_are_found_by_their_id():
    assert len(schemas.schemas()) == 26


def test_the_examples_follow_their_schemas():
    sound = [path for path, name in examples() if schemas.validator(name).is_valid(json.loads(path.read_text("utf-8")))]
    assert len(sound) >= 23
    assert {path.stem for path, _ in examples()} - {path.stem for path in sound} <= {UNSOUND}


def test_the_reader_accepts_every_example_of_what_it_reads():
    read = 0
    for path, _ in examples():
        kind = getattr(reading, str(json.loads(path.read_text("utf-8")).get("@type")), None)
        if kind is not None:
            assert reading.read(path.read_bytes(), kind)
            read += 1
    assert read >= 16


@pytest.mark.parametrize("kind", ["ContractRequestMessage", "ContractAgreementMessage", "TransferRequestMessage"])
def test_the_reader_refuses_what_lacks_a_required_member(kind):
    for path, name in examples():
        whole = json.loads(path.read_text("utf-8"))
        if whole.get("@type") != kind:
            continue
        for member in whole:
            less = {key: value for key, value in whole.items() if key != member}
            if schemas.validator(name).is_valid(less):
                continue
            with pytest.raises(Problem):
                reading.read(json.dumps(less).encode(), getattr(reading, kind))


def test_an_error_of_each_kind_follows_its_schema():
    for kind in ("CatalogError", "ContractNegotiationError", "TransferError"):
        assert schemas.faults(messages.error(kind, code="x", reason=["y"])) == []
