"""The helpers for raw ASGI functions, without a server."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.http import asgi
from twincity.kernel.problems import NOT_FOUND, Problem


def scope_of(**headers):
    return {"type": "http", "headers": [(name.replace("_", "-").encode(), value) for name, value in headers.items()]}


def code_of(call, *args):
    with pytest.raises(Problem) as caught:
        call(*args)
    return caught.value.kind.code, caught.value.field


def test_a_header_is_found_once():
    scope = {"headers": [(b"a", b"1"), (b"b", b"2"), (b"b", b"2")]}
    assert (asgi.header(scope, b"a"), asgi.header(scope, b"c")) == (b"1", None)
    assert code_of(asgi.header, scope, b"b") == ("repeated", "b")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", "zh-Hans"),
        (b"en", "en"),
        (b"en-GB,en;q=0.9", "en"),
        (b"zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        (b"en;q=0.5, zh;q=0.4", "en"),
        (b"en;q=0", "zh-Hans"),
        (b"fr, de;q=0.3", "zh-Hans"),
        (b"EN;q=1.0,zh;q=0.9", "en"),
        (b"en;q=x, \xff;;==", "zh-Hans"),
        (b"en, zh", "zh-Hans"),
    ],
)
def test_the_language_is_the_one_preferred(value, expected):
    assert asgi.language(scope_of(accept_language=value)) == expected


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.text(max_size=9), max_size=9))
def test_query_parameters_are_read_back(pairs):
    assert asgi.query({"query_string": urlencode(pairs).encode()}, pairs) == pairs


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"b=1", ("unknown-parameter", "b")),
        (b"a=1&a=1", ("repeated", "a")),
        (b"a", ("bad-request", "query")),
        (b"a=1&", ("bad-request", "query")),
        (b"a=%ff", ("bad-request", "query")),
        (b"a=\xe4", ("bad-request", "query")),
        (b"&".join(b"a=1" for _ in range(100)), ("bad-request", "query")),
    ],
)
def test_queries_that_could_be_read_in_two_ways_are_refused(raw, problem):
    assert code_of(asgi.query, {"query_string": raw}, {"a"}) == problem


def test_no_query_is_no_parameters():
    assert asgi.query({}, ()) == asgi.query({"query_string": b""}, {"a"}) == {}


def receiving(*messages):
    left = list(messages)

    async def receive():
        if not left:
            await asyncio.sleep(60)
        return left.pop(0)

    return receive


def part(body, more):
    return {"type": "http.request", "body": body, "more_body": more}


CHUNKED = scope_of(transfer_encoding=b"chunked")


def test_a_request_without_framing_has_no_body_to_wait_for():
    assert asyncio.run(asgi.read_body(scope_of(), receiving(), 3, 5)) == b""


@pytest.mark.parametrize("bodies", [[b""], [b"abc"], [b"a", b"", b"bc"]])
def test_a_body_is_put_together(bodies):
    messages = [part(body, number < len(bodies) - 1) for number, body in enumerate(bodies)]
    assert asyncio.run(asgi.read_body(CHUNKED, receiving(*messages), 3, 5)) == b"".join(bodies)


@pytest.mark.parametrize(
    ("scope", "messages", "code"),
    [
        (CHUNKED, [part(b"ab", True), part(b"cd", False)], "too-large"),
        (scope_of(content_length=b"4"), [], "too-large"),
        (CHUNKED, [part(b"a", True)], "timeout"),
        (scope_of(content_length=b"3"), [part(b"a", True), {"type": "http.disconnect"}], "bad-request"),
    ],
)
def test_a_body_that_is_not_to_be_had_is_a_problem(scope, messages, code):
    assert code_of(asyncio.run, asgi.read_body(scope, receiving(*messages), 3, 0.05)) == (code, "body")


class Sent(list):
    async def __call__(self, message):
        if self and self[-1]["type"] == "http.response.body" and not self[-1].get("more_body"):
            raise RuntimeError("already complete")
        if self and message["type"] == "http.response.start":
            raise RuntimeError("already started")
        self.append(message)


def test_a_response_has_its_length():
    sent = Sent()
    asyncio.run(asgi.send_response(sent, 201, [(b"x", b"y")], b"abc"))
    assert sent[0] == {
        "type": "http.response.start",
        "status": 201,
        "headers": [(b"x", b"y"), (b"content-length", b"3")],
    }
    assert sent[1]["body"] == b"abc"


@pytest.mark.parametrize(("wait", "shown"), [(None, None), (0.2, b"1"), (3, b"3"), (float("inf"), None)])
def test_a_problem_says_when_to_come_back_in_whole_seconds(wait, shown):
    sent = Sent()
    asyncio.run(asgi.send_problem(sent, Problem(NOT_FOUND, retry_after=wait, what="x"), "en"))
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], headers.get(b"retry-after")) == (404, shown)
    assert headers[b"content-type"] == b"application/problem+json"
    assert orjson.loads(sent[1]["body"])["title"] == "There is no x"


def test_the_shield_answers_in_the_language_of_the_reader_and_breaks_off_what_had_begun():
    async def app(scope, receive, send):
        if scope.get("begun"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise Problem(NOT_FOUND, what="x")

    sent = Sent()
    asyncio.run(asgi.shield(app)(scope_of(accept_language=b"en"), None, sent))
    assert orjson.loads(sent[1]["body"])["title"] == "There is no x"
    with pytest.raises(Problem):
        asyncio.run(asgi.shield(app)(scope_of() | {"begun": True}, None, Sent()))
    with pytest.raises(Problem):
        asyncio.run(asgi.shield(app)({"type": "lifespan"}, None, Sent()))
