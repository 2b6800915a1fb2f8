from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.documents import (
    LIMIT,
    WITHDRAWAL,
    Document,
    Origin,
    Withdrawal,
    content_of,
    digest_rows,
    document_of,
    encoded,
    payload_of,
    read,
    read_service,
)
from twincity.engines.catalogue.tests.examples import SERVICE, a_dataset, a_standard
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

OWNER = "cq.example"


def published(kind, content, version="1"):
    return document_of(kind, OWNER, version, 1_700_000_000, content)


@pytest.mark.parametrize(
    ("kind", "content"), [("standard", a_standard("1")), ("dataset", a_dataset()), ("service", SERVICE)]
)
def test_what_is_published_is_read_back(kind, content):
    document = published(kind, content)
    assert read(f"tc-{kind}+jwt", OWNER, payload_of(document)) == document
    whole = msgspec.convert(SERVICE, type(content_of(document))) if kind == "service" else content
    assert content_of(document) == whole


def test_an_identifier_names_owner_kind_name_and_version():
    assert published("standard", a_standard("1.0"), "1.0").identifier == "https://cq.example/standard/division/1.0"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"iss": "sc.example"}, "iss"),
        ({"title": {"zh-Hans": "", "en": "x"}}, "title.zh-Hans"),
        ({"title": {"zh-Hans": "名", "en": "x" * 201}}, "title.en"),
        ({"name": "Über"}, "tc-dataset+jwt"),
        ({"version": "1/2"}, "tc-dataset+jwt"),
        ({"iat": -1}, "tc-dataset+jwt"),
        ({"surprise": 1}, "tc-dataset+jwt"),
        ({"body": {}}, "tc-dataset+jwt"),
        ({"body": {"rows": 1.5}}, "body"),
        ({"body": {"note": "a\x00b"}}, "body"),
        ({"body": {"note": "x" * LIMIT}}, "body"),
    ],
)
def test_a_document_that_is_not_well_formed_is_refused(change, field):
    payload = payload_of(published("dataset", a_dataset())) | change
    with pytest.raises(Problem) as refused:
        read("tc-dataset+jwt", OWNER, payload)
    assert (refused.value.kind.code, refused.value.field) == ("document-refused", field)


def test_a_backslash_before_u0000_is_ordinary_text():
    assert encoded({"text": "\\u0000"}) == rb'{"text":"\\u0000"}'


def test_a_faulty_standard_is_refused():
    payload = payload_of(published("standard", a_standard("1")))
    payload["body"]["fields"][1]["codes"] = "nowhere"
    with pytest.raises(Problem) as refused:
        read("tc-standard+jwt", OWNER, payload)
    assert refused.value.kind.code == "standard-faulty"


def test_a_withdrawal_reaches_only_what_its_owner_published():
    mine = Withdrawal(owner=OWNER, identifier="https://cq.example/dataset/a/1", reason=LocalText("错", "wrong"), at=7)
    assert read(WITHDRAWAL, OWNER, payload_of(mine)) == mine
    other = msgspec.structs.replace(mine, identifier="https://sc.example/dataset/a/1")
    with pytest.raises(Problem) as refused:
        read(WITHDRAWAL, OWNER, payload_of(other))
    assert refused.value.field == "id"


def test_a_later_version_may_add_members_to_a_service():
    document = published("service", SERVICE | {"faces": ["tc1"]})
    assert isinstance(read("tc-service+jwt", OWNER, payload_of(document)), Document)
    assert document.body["faces"] == ["tc1"]


def test_a_later_version_may_add_members_to_a_dataset_and_they_are_kept():
    payload = payload_of(published("dataset", a_dataset()))
    lineage = [{"kind": "file", "reference": "csv", "by": "office"}]
    payload["body"] |= {"spatial_resolution": 30, "lineage": lineage}
    document = read("tc-dataset+jwt", OWNER, payload)
    assert document.body["spatial_resolution"] == 30
    assert content_of(document).lineage == (Origin(kind="file", reference="csv"),)
    assert payload_of(document) == payload


def test_a_later_version_adds_nothing_to_a_standard_since_rules_cannot_be_passed_over():
    payload = payload_of(published("standard", a_standard("1")))
    payload["body"]["fields"][0]["checksum"] = "mod97"
    with pytest.raises(Problem, match="document-refused"):
        read("tc-standard+jwt", OWNER, payload)


def test_a_service_without_endpoints_is_no_description():
    with pytest.raises(Problem) as refused:
        read_service({"name": "x", "title": {"zh-Hans": "某", "en": "x"}})
    assert "endpoints" in refused.value.values["reason"]


CELLS = st.none() | st.text(max_size=5) | st.integers(-9, 9) | st.booleans()
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), CELLS), max_size=6)


@given(ROWS, st.randoms(use_true_random=False))
def test_a_fingerprint_knows_no_order_of_rows(rows, random):
    mixed = random.sample(rows, len(rows))
    assert digest_rows(rows) == digest_rows(mixed)


@given(ROWS)
def test_blank_cells_are_absent(rows):
    filled = [{name: cell for name, cell in row.items() if cell not in (None, "")} for row in rows]
    assert digest_rows(rows) == digest_rows(filled)
    assert digest_rows(rows).rows == len(rows)


@given(ROWS)
def test_another_row_gives_another_fingerprint(rows):
    assert digest_rows([*rows, {"a": "more"}]) != digest_rows(rows)
