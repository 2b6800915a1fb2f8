"""Signing and verifying: what a policy asks, and what is refused with which code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import clock
from twincity.kernel.httpsig import digest
from twincity.kernel.httpsig.algorithms import Key
from twincity.kernel.httpsig.base import component, cover
from twincity.kernel.httpsig.context import Request, Response
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import BareItem, InnerList, Token
from twincity.kernel.httpsig.message import sign, verify
from twincity.kernel.httpsig.policy import Policy

NOW = 1_700_000_000
KEY = Key("hmac-sha256", b"a shared secret of some length", "k")
POLICY = Policy()
BODY = b'{"a":1}'
REQUEST = Request("POST", "https://a.example/x?y=1", [("Content-Digest", digest.make(BODY)), ("Accept", "*/*")])
NAMES = ("@method", "@target-uri", "content-digest")


def resolve(keyid: str | None) -> Key | None:
    return KEY if keyid == "k" else None


def signed(covered: InnerList | None = None, label: str = "sig1", onto: Request = REQUEST, key: Key = KEY) -> Request:
    inner = covered or cover(NAMES, created=NOW, keyid="k")
    return replace(onto, headers=[*onto.headers, *sign(onto, inner, key, label=label)])


def code(message: Request | Response, policy: Policy = POLICY, **more: Any) -> str:
    with pytest.raises(SignatureError) as caught:
        verify(message, policy, resolve, **{"now": NOW, **more})
    return caught.value.code


def with_params(**params: BareItem) -> Request:
    return signed(cover(NAMES, **params))


def test_what_is_signed_verifies_and_says_what_it_covers():
    verified = verify(signed(), Policy(components=NAMES), resolve, now=NOW, body=BODY)
    assert (verified.label, verified.key, len(verified.signature)) == ("sig1", KEY, 32)
    assert verified.covered == cover(NAMES, created=NOW, keyid="k")
    assert verified.base.startswith(
        b'"@method": POST\n"@target-uri": https://a.example/x?y=1\n"content-digest": sha-256='
    )


def test_the_nodes_clock_is_used_when_no_time_is_given():
    created = clock.unix()
    assert verify(with_params(created=created, keyid="k"), Policy(max_age=3600, skew=60), resolve).label == "sig1"


@pytest.mark.parametrize(
    ("params", "policy", "expected"),
    [
        ({"created": NOW + 6}, Policy(), "not-yet-valid"),
        ({"created": NOW + 5}, Policy(), ""),
        ({"created": NOW - 305}, Policy(), ""),
        ({"created": NOW - 306}, Policy(), "too-old"),
        ({"created": NOW - 306}, Policy(max_age=None), ""),
        ({"created": NOW - 66}, Policy(max_age=60, skew=5), "too-old"),
        ({"created": NOW, "expires": NOW - 5}, Policy(), ""),
        ({"created": NOW, "expires": NOW - 6}, Policy(), "expired"),
        ({"expires": NOW - 6}, Policy(params=(), max_age=None), "expired"),
        ({}, Policy(params=(), max_age=None), ""),
        ({}, Policy(params=()), "missing-parameter"),
        ({"created": NOW}, Policy(params=("nonce",)), "missing-parameter"),
        ({"created": NOW, "nonce": "n"}, Policy(params=("nonce",)), ""),
        ({"created": NOW, "nonce": Token("n")}, Policy(), "malformed"),
        ({"created": True}, Policy(), "malformed"),
        ({"created": str(NOW)}, Policy(), "malformed"),
        ({"created": NOW, "tag": "t"}, Policy(tag="t"), ""),
        ({"created": NOW, "tag": "t"}, Policy(), ""),
        ({"created": NOW, "tag": "u"}, Policy(tag="t"), "no-signature"),
        ({"created": NOW}, Policy(tag="t"), "no-signature"),
        ({"created": NOW}, Policy(label="other"), "no-signature"),
        ({"created": NOW, "alg": "hmac-sha256"}, Policy(), ""),
        ({"created": NOW, "new-parameter": 1}, Policy(), ""),
        ({"created": NOW}, Policy(algorithms=frozenset({"ed25519"})), "wrong-algorithm"),
        ({"created": NOW}, Policy(algorithms=frozenset({"hmac-sha256"})), ""),
        ({"created": NOW}, Policy(components=("accept",)), "uncovered-component"),
        ({"created": NOW}, Policy(components=(component("@method", req=True),)), "uncovered-component"),
        ({"created": NOW}, Policy(components=("@method",)), ""),
    ],
)
def test_policy(params: dict[str, BareItem], policy: Policy, expected: str):
    message = with_params(**{"keyid": "k", **params})
    if expected:
        assert code(message, policy) == expected
    else:
        assert verify(message, policy, resolve, now=NOW).covered.params["keyid"] == "k"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"target_uri": "https://a.example/x?y=2"},
        {"target_uri": "http://a.example/x?y=1"},
    ],
)
def test_changed_messages_fail(change: dict[str, str]):
    assert code(replace(signed(), **change)) == "bad-signature"


def test_changed_body_or_uncovered_digest_fails():
    assert code(signed(), body=BODY + b" ") == "bad-digest"
    for body in (BODY, b""):
        assert code(signed(cover(["@method"], created=NOW, keyid="k")), body=body) == "uncovered-component"
    # A digest of the request says nothing about the body of the response.
    response = Response(200, (), (), REQUEST)
    lines = sign(response, cover([component("content-digest", req=True)], created=NOW, keyid="k"), KEY)
    assert code(replace(response, headers=lines), body=BODY) == "uncovered-component"
    strict = signed(cover([component("content-digest", sf=True)], created=NOW, keyid="k"))
    assert verify(strict, Policy(), resolve, now=NOW, body=BODY).label == "sig1"


def test_keys():
    assert code(with_params(created=NOW, keyid="other")) == "unknown-key"
    assert code(with_params(created=NOW), Policy(params=())) == "unknown-key"  # the resolver is asked for None
    other = Key("hmac-sha256", b"another secret")
    assert code(signed(key=other)) == "bad-signature"
    with pytest.raises(SignatureError) as caught:
        signed(cover(NAMES, alg="ed25519"))
    assert caught.value.code == "wrong-algorithm"


def test_alg_must_be_the_keys():
    lines = sign(REQUEST, cover(NAMES, created=NOW, keyid="k", alg="hmac-sha256"), KEY)
    changed = [(name, value.replace('"hmac-sha256"', '"ed25519"')) for name, value in lines]
    assert code(replace(REQUEST, headers=[*REQUEST.headers, *changed])) == "wrong-algorithm"


def test_several_signatures():
    both = signed(cover(["@method"], created=NOW, keyid="k", tag="t"), "other", onto=signed())
    assert code(both) == "ambiguous-signature"
    assert verify(both, Policy(tag="t"), resolve, now=NOW).label == "other"
    assert verify(both, Policy(label="sig1"), resolve, now=NOW).label == "sig1"
    assert code(signed(onto=signed()), Policy(label="sig1")) == "malformed"  # one label twice


@pytest.mark.parametrize(
    ("inputs", "signature", "expected"),
    [
        ("", "", "no-signature"),
        ("sig1=()", None, "no-signature"),
        (None, "sig1=:AAAA:", "no-signature"),
        ("sig1=();created=1;keyid=", "sig1=:AAAA:", "malformed"),
        ("sig1=1", "sig1=:AAAA:", "malformed"),
        ('sig1=();created=1700000000;keyid="k"', "sig2=:AAAA:", "malformed"),
        ('sig1=();created=1700000000;keyid="k"', "sig1=AAAA", "malformed"),
        ('sig1=();created=1700000000;keyid="k"', "sig1=(:AAAA:)", "malformed"),
        ('sig1=();created=1700000000;keyid="k"', "sig1=:AAAA:", "bad-signature"),
        ('sig1=("date");created=1700000000;keyid="k"', "sig1=:AAAA:", "missing-component"),
        ('sig1=(date);created=1700000000;keyid="k"', "sig1=:AAAA:", "malformed"),
    ],
)
def test_broken_signature_fields(inputs: str | None, signature: str | None, expected: str):
    lines = [("signature-input", inputs), ("signature", signature)]
    assert code(replace(REQUEST, headers=[(name, text) for name, text in lines if text is not None])) == expected


def test_labels_are_keys():
    for label in ("", "Sig", "a b"):
        with pytest.raises(SignatureError) as caught:
            signed(label=label)
        assert caught.value.code == "malformed"


HOSTILE = st.text('sig1=():;,"\\ @-?%tkeyidmethod0AÿĀ\r\n\t', max_size=60)


@settings(deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from(["sig1=", "sig1=(", 'sig1=("@method");created=1700000000;keyid="k"', ""]))
def test_hostile_fields_are_refused_with_a_code(inputs: str, signature: str, prefix: str):
    message = replace(REQUEST, headers=[("signature-input", prefix + inputs), ("signature", "sig1=:" + signature)])
    assert code(message, Policy(params=(), max_age=None))
