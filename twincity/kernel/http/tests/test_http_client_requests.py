"""Requests that must not leave the client."""

from __future__ import annotations

import pytest

from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import Malformed
from twincity.kernel.http.tests.support import (
    Wire,
    ask,
    read_request,
    run,
    scripted,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"X", b"a\r\nHost: evil"),
        (b"X", b"a\nb"),
        (b"X", b"a\0"),
        (b"X\r\nY", b"a"),
        (b"X:", b"a"),
        (b"X Y", b"a"),
        (b"", b"a"),
        ("中".encode(), b"a"),
        *((name, b"1") for name in (b"Host", b"content-length", b"Transfer-Encoding", b"CONNECTION", b"te", b"Expect")),
    ],
)
def test_headers_that_would_change_the_message_are_refused(name, value):
    with pytest.raises(Malformed):
        run(lambda: ask(Client(), "http://127.0.0.1:1/", headers=[(name, value)]))


@pytest.mark.parametrize("method", ["", "get", "GET ", "GET\r\n", "G T", "CONNECT"])
def test_methods_that_are_none_are_refused(method):
    with pytest.raises(Malformed):
        run(lambda: ask(Client(), "http://127.0.0.1:1/", method=method))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "127.0.0.1:1",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://user:pass@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1/中",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1/" + "a" * 9000,
    ],
)
def test_urls_that_cannot_be_asked_are_refused(url):
    with pytest.raises(Malformed):
        run(lambda: ask(Client(), url))


@pytest.mark.parametrize(
    ("tail", "sent"), [("", b"/"), ("?a=1", b"/?a=1"), ("/p;q/%2F?x=/?#part", b"/p;q/%2F?x=/?"), ("//two", b"//two")]
)
def test_the_target_is_sent_as_it_is_without_its_fragment(tail, sent):
    async def script(peer: Wire):
        request = await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nX-Target: %b\r\nContent-Length: 0\r\n\r\n" % request.split(b" ")[1])

    async def test():
        client = Client()
        async with scripted(script) as (url, _):
            answer = await ask(client, url.rstrip("/") + tail)
            await client.aclose()
            return answer.header(b"x-target")

    assert run(test) == sent


def test_a_body_must_have_the_length_it_says():
    with pytest.raises(Malformed):
        run(lambda: ask(Client(), "http://127.0.0.1:1/", method="POST", body=b"abc", length=4))
