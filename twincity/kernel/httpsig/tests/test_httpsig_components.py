"""Values of every component and parameter, with the examples printed in RFC 9421 section 2."""

from __future__ import annotations

import pytest

from twincity.kernel.httpsig.base import component, cover, signature_base
from twincity.kernel.httpsig.context import Request, Response
from twincity.kernel.httpsig.tests.ask import FIELDS, GET, code, value


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("host", "www.example.com"),
        ("x-ows-header", "Leading and trailing whitespace."),
        ("x-obs-fold-header", "Obsolete line folding."),
        ("cache-control", "max-age=60, must-revalidate"),
        ("example-dict", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ("x-empty-header", ""),
        ('"example-dict";sf', "a=1, b=2;x=1;y=2, c=(a b c), d"),
        ('"example-dict";key="a"', "1"),
        ('"example-dict";key="d"', "?1"),
        ('"example-dict";key="b"', "2;x=1;y=2"),
        ('"example-dict";key="c"', "(a b c)"),
        ('"example-dict";key="c";sf', "(a b c)"),
        ("example-header", "value, with, lots, of, commas"),
        ('"example-header";bs', ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"),
    ],
)
def test_fields(identifier: str, expected: str):
    assert value(FIELDS, identifier) == expected


@pytest.mark.parametrize(
    ("request_", "identifier", "expected"),
    [
        (GET, "@method", "GET"),
        (Request("purge", "http://a/"), "@method", "purge"),
        (GET, "@target-uri", "https://www.example.com/path?param=value"),
        (Request("GET", "HTTPS://A.Example:443?q"), "@target-uri", "HTTPS://A.Example:443/?q"),
        (Request("OPTIONS", "https://a.example"), "@target-uri", "https://a.example"),
        (GET, "@authority", "www.example.com"),
        (Request("GET", "https://WWW.Example.com:443/"), "@authority", "www.example.com"),
        (Request("GET", "http://www.example.com:443/"), "@authority", "www.example.com:443"),
        (Request("GET", "http://[2001:DB8::1]:8080/"), "@authority", "[2001:db8::1]:8080"),
        (Request("GET", "http://a.example:/"), "@authority", "a.example"),
        (Request("GET", "HTTP://a.example/"), "@scheme", "http"),
        (GET, "@request-target", "/path?param=value"),
        (Request("CONNECT", "http://www.example.com:80"), "@request-target", "www.example.com:80"),
        (Request("OPTIONS", "http://www.example.com", (), (), "*"), "@request-target", "*"),
        (GET, "@path", "/path"),
        (Request("GET", "https://a.example?x"), "@path", "/"),
        (Request("GET", "https://a.example/%7Ea/%2F"), "@path", "/%7Ea/%2F"),
        (
            Request("GET", "https://a/path?param=value&foo=bar&baz=bat%2Dman"),
            "@query",
            "?param=value&foo=bar&baz=bat%2Dman",
        ),
        (Request("POST", "https://a/path?queryString"), "@query", "?queryString"),
        (Request("POST", "https://a/path"), "@query", "?"),
        (Request("POST", "https://a/path?"), "@query", "?"),
    ],
)
def test_derived_from_the_request(request_: Request, identifier: str, expected: str):
    assert value(request_, identifier) == expected


QUERY = Request(  # section 2.2.8
    "GET",
    "https://a/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace"
    "&fa%C3%A7ade%22%3A%20=something&qux=&twice=1&twice=2&tilde=~*-._&lone",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("var", "this%20is%20a%20big%0Amultiline%20value"),
        ("bar", "with%20plus%20whitespace"),
        ("fa%C3%A7ade%22%3A%20", "something"),
        ("qux", ""),
        ("lone", ""),
        ("tilde", "%7E*-._"),
    ],
)
def test_query_parameters(name: str, expected: str):
    assert value(QUERY, f'"@query-param";name="{name}"') == expected


@pytest.mark.parametrize("name", ["twice", "absent", "fa%c3%a7ade%22%3a%20", ""])
def test_query_parameters_that_cannot_be_covered(name: str):
    assert code(QUERY, f'"@query-param";name="{name}"') == "missing-component"


RESPONSE_PARAMETERS = (
    '("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req "content-digest";req)'
    ';created=1618884479;keyid="test-key-ecc-p256"'
)


def test_response_and_the_request_it_answers():
    # The first example of section 2.4
    asked = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
    answer = "sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:"
    request = Request("POST", "https://example.com/foo?param=Value&Pet=dog", [("Content-Digest", asked)])
    response = Response(503, [("Content-Type", "application/json"), ("Content-Digest", answer)], (), request)
    names = ["@status", "content-digest", "content-type"]
    of_request = [component(name, req=True) for name in ("@authority", "@method", "@path", "content-digest")]
    base = signature_base(response, cover(names + of_request, created=1618884479, keyid="test-key-ecc-p256"))
    assert base.decode().split("\n") == [
        '"@status": 503',
        f'"content-digest": {answer}',
        '"content-type": application/json',
        '"@authority";req: example.com',
        '"@method";req: POST',
        '"@path";req: /foo',
        f'"content-digest";req: {asked}',
        f'"@signature-params": {RESPONSE_PARAMETERS}',
    ]
    assert value(response, '"@query-param";req;name="Pet"') == "dog"
    assert code(response, '"@query-param";name="Pet"') == "unknown-component"


def test_trailers_are_kept_apart_from_headers():
    # The example of section 2.1.4, and a name that is in both sections
    response = Response(
        200,
        [("Trailer", "Expires"), ("N", "1")],
        [("Expires", "Wed, 9 Nov 2022 07:28:00 GMT"), ("N", "2;a;a"), ("N2", "x")],
    )
    assert value(response, "@status") == "200"
    assert value(response, "trailer") == "Expires"
    assert value(response, '"expires";tr') == "Wed, 9 Nov 2022 07:28:00 GMT"
    assert (value(response, "n"), value(response, '"n";tr;sf'), value(response, '"n";tr;bs')) == (
        "1",
        "2;a",
        ":MjthO2E=:",
    )
    assert code(response, '"n2"') == "missing-component"
    assert code(response, '"trailer";tr') == "missing-component"
