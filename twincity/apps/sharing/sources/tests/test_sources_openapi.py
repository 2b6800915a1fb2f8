"""What is read of an OpenAPI description, and the requests that calls become."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.sharing.sources import openapi
from twincity.apps.sharing.sources.operation import LONGEST, Operation, Parameter, answer, parameters, request
from twincity.apps.sharing.tests.office import FIRMS, description
from twincity.engines.exchange.facade import Grant, RowFilter, Rows
from twincity.kernel.problems import Problem

OPEN = Grant(id="g", subject="any", service="s")
MASKED = Grant(id="g", subject="any", service="s", fields=("code",))
FILTERED = Grant(id="g", subject="any", service="s", rows=(RowFilter("city", "in", ("成都",)),))
CODE = Operation(method="GET", path="/firms/{code}", parameters=(Parameter(name="code", place="path", required=True),))


def read(**changed):
    return openapi.read(json.dumps(description() | changed).encode())


def by_id():
    return {each.id: each for each in read().operations}


def test_operations_with_their_parameters_in_order():
    found = by_id()
    assert [(each.name, each.type, each.place) for each in found["GET /firms"].parameters] == [
        ("page-size", "integer", "query"),
        ("city", "string", "query"),
        ("phone", "string", "query"),
    ]
    assert [each.name for each in found["GET /firms/{code}"].parameters] == ["code"]
    assert [(each.name, each.required) for each in found["POST /checks"].parameters] == [
        ("code", True),
        ("deep", False),
    ]
    assert (read().title, read().version, read().health) == ("Firms", "2.1", "/health")


@pytest.mark.parametrize(
    ("operation", "why"),
    [("GET /secret", "parameter"), ("GET /files/{a}.{b}", "path"), ("DELETE /firms/{code}", "answer")],
)
def test_what_cannot_be_offered_says_why(operation, why):
    assert by_id()[operation].why == why


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0", "3.1.1"])
def test_versions_that_are_read(version):
    assert read(openapi=version).operations


@pytest.mark.parametrize("changed", [{"openapi": "2.0"}, {"openapi": "4.0.0"}, {"paths": {}}, {"paths": []}])
def test_other_documents_are_refused(changed):
    with pytest.raises(Problem, match="description-refused"):
        read(**changed)


@pytest.mark.parametrize("body", [b"", b"openapi: 3.0.0", b"[]", b"[" * 100_000, b" " * (openapi.LARGEST + 1), b"\xff"])
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(Problem, match="description-refused"):
        openapi.read(body)


@pytest.mark.parametrize(
    "reference", ["http://169.254.169.254/x", "other.json#/a", "#/nowhere", "#/components/schemas/Loop"]
)
def test_references_lead_within_the_description_only(reference):
    whole = description()
    whole["components"]["schemas"]["Loop"] = {"$ref": "#/components/schemas/Loop"}
    whole["paths"]["/firms"]["get"]["parameters"][0]["schema"] = {"$ref": reference}
    found = {each.id: each for each in openapi.read(json.dumps(whole).encode()).operations}
    assert found["GET /firms"].why == "reference"


KEYS = st.sampled_from(["get", "parameters", "schema", "in", "name", "$ref", "content", "responses", "requestBody"])
ITEMS = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["#/paths", "query", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(ITEMS)
def test_any_path_item_is_read_or_told_unfit(item):
    paths = {"/a": item, "/b": {"get": {"responses": {}}}}
    found = openapi.read(json.dumps(description() | {"paths": paths}).encode())
    assert found.operations[-1].path == "/b"


def made(operation, **values):
    structure = parameters(operation)
    return msgspec.convert(values, structure, strict=False)


@given(st.text(min_size=1, max_size=30))
def test_a_segment_stays_one_segment(text):
    try:
        target = request(CODE, made(CODE, code=text)).target
    except Problem:
        assert set(text) & {"/", "\\", "%"} or text in {".", ".."} or min(text) < " "
        return
    place = urlsplit(target)
    assert place.path.count("/") == 2
    assert (place.query, place.fragment, place.netloc) == ("", "", "")
    assert unquote(place.path.rpartition("/")[2]) == text
    assert text not in {".", ".."}


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a\\b", "%2e", "a\nb", "x" * (LONGEST + 1)])
def test_segments_that_are_refused(text):
    with pytest.raises(Problem, match="invalid"):
        request(CODE, made(CODE, code=text))


def test_types_and_values_are_kept():
    firms = by_id()["GET /firms"]
    assert request(firms, made(firms, **{"page-size": "3"})).target == "/firms?page-size=3"
    for wrong in ({"page-size": "x"}, {"city": "北京"}):
        with pytest.raises(msgspec.ValidationError):
            made(firms, **wrong)
    checks = by_id()["POST /checks"]
    assert json.loads(request(checks, made(checks, code="1")).body) == {"code": "1"}


@pytest.mark.parametrize("value", [FIRMS, {"rows": FIRMS, "total": 3}])
def test_rows_of_a_standard_go_through_mask_and_filter(value):
    found = answer(CODE, value, MASKED, standard=True)
    assert isinstance(found, Rows)
    assert found.rows == FIRMS


@pytest.mark.parametrize("grant", [MASKED, FILTERED])
@pytest.mark.parametrize(
    ("value", "standard"), [(FIRMS, False), ({"a": 1}, True), ([1, {"a": 1}], True), ("x", True), (None, True)]
)
def test_nothing_shapeless_leaves_under_a_limiting_grant(grant, value, standard):
    with pytest.raises(Problem, match="answer-not-rows"):
        answer(CODE, value, grant, standard=standard)


def test_without_limits_the_answer_is_passed_as_it_is():
    assert answer(CODE, {"a": [1]}, OPEN, standard=True) == {"a": [1]}
    assert answer(CODE, FIRMS, OPEN, standard=False) == FIRMS
