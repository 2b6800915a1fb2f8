"""Content-Digest and Repr-Digest (RFC 9530)."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import shared
from twincity.kernel.httpsig import digest
from twincity.kernel.httpsig.errors import SignatureError


def vectors() -> dict:
    return json.loads((shared("data/suites/exchange/rfc9530") / "digest_vectors.json").read_text("utf-8"))


def refused(field: str | bytes, body: bytes = b"x") -> str:
    with pytest.raises(SignatureError) as caught:
        digest.verify(field, body)
    return caught.value.code


def test_appendix_b():
    cases = vectors()["digests"]
    for case in cases:
        content, whole = bytes.fromhex(case["content_hex"]), bytes.fromhex(case["representation_hex"])
        assert digest.make(content, case["algorithm"]) == case["content_digest"], case["case"]
        assert digest.make(whole, case["algorithm"]) == case["repr_digest"], case["case"]
        assert digest.verify(case["content_digest"], content) == (case["algorithm"],)
        assert refused(case["content_digest"], content + b" ") == "bad-digest"
    assert len(cases) == 9


def test_preferences_of_section_4():
    for case in vectors()["want"]:
        preferred = case.get("preferred", "sha-256")
        expected = preferred if preferred in digest.ALGORITHMS else case["fallback_when_unsupported"]
        assert digest.wanted(case["value"]) == expected
    assert digest.wanted("sha-512=5, sha-256=5") == "sha-512"  # the stronger of two equals
    assert digest.wanted("sha-256=0, md5=10") is None


@pytest.mark.parametrize("field", ["sha-256", "sha-256=11", "sha-256=-1", "sha-256=1.0", "sha-256=(1)", ""])
def test_preferences_that_are_none(field: str):
    with pytest.raises(SignatureError) as caught:
        digest.wanted(field)
    assert caught.value.code == "malformed"


@settings(deadline=None)
@given(st.binary(max_size=200), st.permutations(digest.ALGORITHMS))
def test_what_is_made_verifies_and_changes_are_noticed(body: bytes, names: list[str]):
    field = digest.make(body, *names)
    assert digest.verify(field, memoryview(body)) == tuple(names)
    assert refused(field, body + b"\0") == "bad-digest"


def test_every_known_digest_counts_and_unknown_ones_do_not():
    body = b"x"
    other = digest.make(b"y", "sha-512")
    assert refused(f"{digest.make(body)}, {other}", body) == "bad-digest"
    assert digest.verify(f"md5=:AAAA:, {digest.make(body)}", body) == ("sha-256",)
    assert refused("md5=:AAAA:, sha=:AAAA:", body) == "unknown-digest"
    with pytest.raises(SignatureError) as caught:
        digest.make(body, "md5")
    assert caught.value.code == "unknown-digest"


@pytest.mark.parametrize(
    "field",
    [
        "",
        "sha-256",
        "sha-256=abc",
        'sha-256="RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="',
        "sha-256=(:AAAA:)",
        "sha-256=:AAAA",
        "md5=1, sha-256=:AAAA:",
        "sha-256=:AAAA:, sha-256=:AAAA:",
        b"sha-256=:\xff:",
    ],
)
def test_malformed_fields_are_refused(field: str | bytes):
    assert refused(field) == "malformed"


def test_short_digest_is_no_match():
    assert refused("sha-256=:AAAA:") == "bad-digest"


@pytest.mark.skipif("sm3" not in digest.ALGORITHMS, reason="this OpenSSL has no SM3")
def test_sm3_of_the_standards_example():
    # GB/T 32905 appendix A.1: SM3 of "abc"
    value = digest.make(b"abc", "sm3")
    expected = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    assert hashlib.new("sm3", b"abc").digest() == expected
    assert value.startswith("sm3=:Zsfw9GLu7dnR8tRr3BDk4kFn")
    assert digest.verify(value, b"abc") == ("sm3",)
