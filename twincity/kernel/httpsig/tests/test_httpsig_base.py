"""The signature base: what is refused, how target URIs come about, and line folding."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twincity
from twincity.kernel.httpsig.base import MAX_COMPONENTS, component, cover, signature_base
from twincity.kernel.httpsig.context import Message, Request, Response, received
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import InnerList, Item, Token
from twincity.kernel.httpsig.tests.ask import FIELDS, GET, code, value, with_fields
from twincity.kernel.httpsig.view import unfold


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        (['"@nothing"'], "unknown-component"),
        (['"@signature-params"'], "unknown-component"),
        (['"@status"'], "unknown-component"),
        (['"@method";req'], "unknown-component"),
        (['"@method";sf'], "unknown-component"),
        (['"@query-param"'], "unknown-component"),
        (['"@query-param";name=1'], "unknown-component"),
        (['"@query-param";name="a";key="b"'], "unknown-component"),
        (['"host";unheard-of'], "unknown-component"),
        (['"host";name="a"'], "unknown-component"),
        (['"host";bs;sf'], "unknown-component"),
        (['"host";bs;key="a"'], "unknown-component"),
        (['"host";sf=?0'], "unknown-component"),
        (['"host";bs=1'], "unknown-component"),
        (['"example-dict";key=a'], "unknown-component"),
        (['"host";sf'], "unknown-component"),
        (['"absent"'], "missing-component"),
        (['"example-dict";key="z"'], "missing-component"),
        (['"x-ows-header";key="z"'], "malformed"),
        (['"Host"'], "malformed"),
        (['"ho st"'], "malformed"),
        (['""'], "malformed"),
        (["host"], "malformed"),
        (["1"], "malformed"),
        (['"host"', '"date"', '"host"'], "duplicate-component"),
        (['"example-dict";key="a";sf', '"example-dict";sf;key="a"'], "duplicate-component"),
        ([f'"x{number}"' for number in range(MAX_COMPONENTS + 1)], "malformed"),
    ],
)
def test_identifiers_that_are_refused(identifiers: list[str], expected: str):
    assert code(FIELDS, *identifiers) == expected


@pytest.mark.parametrize(
    ("message", "identifier", "expected"),
    [
        (Request("GET ", "https://a/"), '"@method"', "malformed"),
        (Request("", "https://a/"), '"@method"', "malformed"),
        (Request("GET", "/path"), '"@path"', "malformed"),
        (Request("GET", "https://user@a/"), '"@authority"', "malformed"),
        (Request("GET", "https://a/#part"), '"@target-uri"', "malformed"),
        (Request("GET", "https://a/b c"), '"@target-uri"', "malformed"),
        (Request("GET", "https://a/é"), '"@path"', "malformed"),
        (Request("GET", "https://a/b\n"), '"@path"', "malformed"),
        (Request("GET", "https:///b"), '"@authority"', "malformed"),
        (Request("GET", "https://a/", (), (), "/a\n"), '"@request-target"', "malformed"),
        (Request("GET", "https://a/", (), (), " /a"), '"@request-target"', "malformed"),
        (Response(42), '"@status"', "malformed"),
        (Response(200), '"@method"', "unknown-component"),
        (Response(200), '"@method";req', "missing-component"),
        (Response(200, (), (), GET), '"@method";req=1', "unknown-component"),
        (Response(200, (), (), GET), '"@status";req', "unknown-component"),
        (Response(200, (), (), GET), '"date";req', "missing-component"),
        (with_fields(("a", "x\ny")), '"a"', "malformed"),
        (with_fields(("a", "x\r\ny")), '"a"', "malformed"),
        (with_fields(("a", "x\0")), '"a"', "malformed"),
        (with_fields(("a", "caf\xe9")), '"a"', "malformed"),
        (with_fields(("a", "咖啡")), '"a";bs', "malformed"),
        (with_fields(("content-digest", "=")), '"content-digest";sf', "malformed"),
        (with_fields(("set-cookie", "a=1"), ("set-cookie", "b=2")), '"set-cookie"', "unknown-component"),
        (with_fields(("@method", "x")), '"@scheme";req', "unknown-component"),
    ],
)
def test_messages_that_are_refused(message: Message, identifier: str, expected: str):
    assert code(message, identifier) == expected


def test_what_only_byte_sequences_can_carry():
    cookies = with_fields(("set-cookie", "a=1"), ("set-cookie", "caf\xe9"))
    assert value(cookies, '"set-cookie";bs') == ":YT0x:, :Y2Fm6Q==:"
    assert value(with_fields(("set-cookie", "a=1")), "set-cookie") == "a=1"


def test_parameters_need_a_text():
    for covered in (cover(["host"], created=10**15), cover([component("host", key="é")]), cover([], Keyid="a")):
        with pytest.raises(SignatureError) as caught:
            signature_base(FIELDS, covered)
        assert caught.value.code == "malformed"


def test_a_name_that_is_no_string():
    with pytest.raises(SignatureError) as caught:
        signature_base(FIELDS, InnerList((Item(Token("host")),)))
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    ("method", "target", "uri"),
    [
        ("GET", "/a?b", "https://h.example/a?b"),
        ("GET", "http://other.example/a", "http://other.example/a"),
        ("CONNECT", "t.example:80", "https://t.example:80"),
        ("OPTIONS", "*", "https://h.example"),
    ],
)
def test_target_uri_of_a_received_request(method: str, target: str, uri: str):
    request = received(method, target, [("HOST", " h.example ")])
    assert (request.target_uri, value(request, "@request-target")) == (uri, target)


@pytest.mark.parametrize(
    ("target", "headers"),
    [("a", [("host", "h")]), ("", [("host", "h")]), ("/", []), ("/", [("host", "h"), ("Host", "h")])],
)
def test_received_requests_that_have_no_target_uri(target: str, headers: list[tuple[str, str]]):
    with pytest.raises(SignatureError) as caught:
        received("GET", target, headers)
    assert caught.value.code == "malformed"


@settings(deadline=None)
@given(
    st.lists(st.text("ab", max_size=3), min_size=1), st.text(" \t", max_size=2), st.text(" \t", min_size=1, max_size=2)
)
def test_a_fold_is_one_space(parts: list[str], before: str, after: str):
    assert unfold(f"{before}\r\n{after}".join(parts)) == " ".join(parts).strip()


def test_nothing_heavy_is_imported():
    script = (
        "import sys, twincity.kernel.httpsig.base, twincity.kernel.httpsig.digest, twincity.kernel.httpsig.fields;"
        "sys.exit(any(name.split('.')[0] in ('cryptography', 'nacl') for name in sys.modules))"
    )
    root = Path(twincity.__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=root).returncode == 0
