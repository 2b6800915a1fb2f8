"""Services by decorator: which endpoint a call reaches, and parameters that are typed, known and given once."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.registry import Call, Rows, Service
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

TITLE = LocalText("测试", "Test")


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """Parameters of the endpoints of these tests."""

    code: str
    page: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    exact: bool = False
    ratio: float = 1.0


class Posted(msgspec.Struct):
    """A body."""

    name: str
    tags: list[str] = []


@pytest.fixture(autouse=True)
def _own_services(monkeypatch):
    """No service but those of the test."""
    monkeypatch.setattr(registry, "_services", {})


@pytest.fixture
def service() -> Service:
    made = Service("units", TITLE, dataset="divisions", standard="division")

    @made.get("/{code}/towns")
    def towns(call: Call, query: Query) -> Rows:
        return Rows([])

    @made.post("/{code}/towns", inline=True)
    def add(call: Call, given: Query) -> None: ...

    @made.post("/notes")
    def note(call: Call, given: Posted) -> dict[str, Any]:
        return {}

    @made.get("/status", stream=True, media_type="text/plain")
    def status(call: Call) -> None: ...

    return made


def refused(work, code: str, field: str) -> Problem:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.field) == (code, field), caught.value
    return caught.value


class TestServices:
    def test_they_are_found_by_name(self, service):
        assert registry.find("units") is service
        other = Service("another", TITLE)
        assert registry.services() == [other, service]
        refused(lambda: registry.find("Units"), "not-found", "service")

    def test_a_name_means_one_service(self, service):
        with pytest.raises(ValueError, match="service 'units' is registered twice"):
            Service("units", TITLE)

    def test_what_the_catalogue_says_of_one(self, service):
        told = service.describe()
        assert (told["name"], told["dataset"], told["standard"], told["class"]) == (
            "units",
            "divisions",
            "division",
            "normal",
        )
        assert told["title"] == {"zh-Hans": "测试", "en": "Test"}
        assert told["endpoints"][0] == {
            "method": "GET",
            "path": "/{code}/towns",
            "parameters": ["code", "page", "exact", "ratio"],
            "stream": False,
        }
        assert told["endpoints"][3]["parameters"] == []
        assert told["endpoints"][3]["stream"] is True

    def test_what_was_said_of_an_endpoint_is_kept(self, service):
        first, second, _, last = service.endpoints
        assert (first.method, first.inline, first.result, first.media_type) == ("GET", False, Rows, "application/json")
        assert (second.method, second.inline) == ("POST", True)
        assert (last.parameters, last.stream, last.media_type, last.names) == (None, True, "text/plain", ())


class TestEndpoints:
    def test_by_method_and_path(self, service):
        endpoint, segments = service.find("GET", "/511623/towns")
        assert (endpoint.method, segments) == ("GET", {"code": "511623"})
        endpoint, _ = service.find("POST", "/511623/towns")
        assert endpoint.method == "POST"

    def test_segments_are_decoded(self, service):
        assert service.find("GET", "/%E9%82%BB%E6%B0%B4/towns")[1] == {"code": "邻水"}

    @pytest.mark.parametrize("path", ["/", "/511623", "/511623/towns/", "/a/b/towns", "/../towns", "//towns", "/statu"])
    def test_a_path_that_is_not_there(self, service, path):
        assert refused(lambda: service.find("GET", path), "not-found", "path").values == {"what": f"units{path}"}

    def test_a_method_that_a_path_does_not_take(self, service):
        problem = refused(lambda: service.find("PUT", "/511623/towns"), "method-not-allowed", "method")
        assert problem.values == {"method": "PUT"}
        refused(lambda: service.find("get", "/511623/towns"), "method-not-allowed", "method")


class TestArguments:
    def read(self, service: Service, query: str = "", body: bytes = b"", *, which: int = 0, **segments: str) -> Any:
        (found,) = registry.arguments(service.endpoints[which], segments or {"code": "5"}, query, body)
        return found

    def test_from_path_and_query(self, service):
        found = self.read(service, "page=7&exact=true&ratio=0.5", code="511623")
        assert found == Query("511623", 7, exact=True, ratio=0.5)
        assert self.read(service) == Query("5")

    def test_from_the_body(self, service):
        (found,) = registry.arguments(service.endpoints[2], {}, "", b'{"name":"a","tags":["b"]}')
        assert found == Posted("a", ["b"])

    @given(st.text(max_size=10), st.integers(1, 99))
    @settings(deadline=None)
    def test_whatever_the_text(self, text, page):
        registry._services.clear()
        made = Service("x", TITLE)

        @made.get("/find")
        def find(call: Call, query: Query) -> None: ...

        query = f"code={quote_plus(text.encode('utf-8', 'ignore'))}&page={page}"
        (found,) = registry.arguments(made.endpoints[0], {}, query, b"")
        assert found == Query(text.encode("utf-8", "ignore").decode(), page)

    @pytest.mark.parametrize(
        ("query", "code", "field"),
        [
            ("colour=red", "unknown-parameter", "colour"),
            ("page=1&page=1", "bad-request", "query"),
            ("page=one", "invalid", "page"),
            ("page=", "invalid", "page"),
            ("page=0", "invalid", "page"),
            ("page=100", "invalid", "page"),
            ("exact=perhaps", "invalid", "exact"),
            ("code=511624", "unknown-parameter", "code"),
        ],
    )
    def test_what_is_wrong_in_a_query_is_named(self, service, query, code, field):
        refused(lambda: self.read(service, query), code, field)

    @pytest.mark.parametrize("query", ["&", "page", "page=1&", "a=b&&c=d", "code=%FF", "&".join(["a=1"] * 65)])
    def test_a_query_that_is_none(self, service, query):
        refused(lambda: self.read(service, query), "bad-request", "query")

    @pytest.mark.parametrize(
        ("body", "code", "field"),
        [
            (b"{", "bad-request", "body"),
            (b"[]", "bad-request", "body"),
            (b"null", "bad-request", "body"),
            (b"\xff", "bad-request", "body"),
            (b"{}", "invalid", "name"),
            (b'{"name":5}', "invalid", "name"),
            (b'{"name":null}', "invalid", "name"),
            (b'{"name":"a","tags":"b"}', "invalid", "tags"),
            (b'{"name":"a","tags":[1]}', "invalid", "tags[0]"),
            (b'{"name":"a","colour":"red"}', "unknown-parameter", "colour"),
        ],
    )
    def test_what_is_wrong_in_a_body_is_named(self, service, body, code, field):
        refused(lambda: registry.arguments(service.endpoints[2], {}, "", body), code, field)

    def test_a_body_does_not_say_again_what_the_path_says(self, service):
        refused(lambda: self.read(service, "", b'{"code":"6"}', which=1), "unknown-parameter", "code")

    def test_nor_what_the_query_says(self, service):
        """Two places that could contradict each other."""
        refused(lambda: self.read(service, "page=2", b'{"page":3}', which=1), "bad-request", "page")

    def test_what_is_missing_is_named(self, service):
        refused(lambda: registry.arguments(service.endpoints[0], {}, "", b""), "invalid", "code")

    def test_an_endpoint_without_parameters_takes_none(self, service):
        bare = service.endpoints[3]
        assert registry.arguments(bare, {}, "", b"") == []
        refused(lambda: registry.arguments(bare, {}, "a=1", b""), "unknown-parameter", "a")
        refused(lambda: registry.arguments(bare, {}, "", b"{}"), "unknown-parameter", "body")
