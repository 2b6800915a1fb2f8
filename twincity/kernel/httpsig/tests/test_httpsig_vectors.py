"""The published vectors of RFC 9421, appendix B, and the test messages that come with them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support import shared
from twincity.kernel.httpsig.base import cover, signature_base
from twincity.kernel.httpsig.context import Message
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import InnerList, parse_dictionary
from twincity.kernel.httpsig.message import sign, verify
from twincity.kernel.httpsig.policy import Policy
from twincity.kernel.httpsig.tests import wire

NOW = 1618884473
ANY_AGE = Policy(params=(), max_age=None)


def load(name: str) -> tuple[Message, bytes]:
    raw = wire.text(name)
    return wire.response(raw) if "response" in name else wire.request(raw)


def covered(message: Message, label: str) -> InnerList:
    value = next(value for name, value in message.headers if name.lower() == "signature-input")
    member = parse_dictionary(value)[label]
    assert isinstance(member, InnerList)
    return member


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("b21_request", "rsa-pss-sha512"),
        ("b22_request", "rsa-pss-sha512"),
        ("b23_request", "rsa-pss-sha512"),
        ("b24_response", "ecdsa-p256-sha256"),
        ("b25_request", "hmac-sha256"),
        ("b26_request", "ed25519"),
    ],
)
def test_appendix_b2(name: str, algorithm: str):
    message, body = load(f"{name}_signed.txt")
    label = f"sig-{name[:3]}"
    assert signature_base(message, covered(message, label)).decode() == wire.text(f"{name}_sigbase.txt")
    verified = verify(message, ANY_AGE, wire.public_key, now=NOW)
    assert (verified.label, verified.key.algorithm) == (label, algorithm)
    if "content-digest" in verified.base.decode().partition('"@signature-params"')[0]:
        assert verify(message, ANY_AGE, wire.public_key, now=NOW, body=body) == verified
        with pytest.raises(SignatureError) as caught:
            verify(message, ANY_AGE, wire.public_key, now=NOW, body=body + b"\n")
        assert caught.value.code == "bad-digest"


def test_deterministic_signatures_are_reproduced():
    for name in ("b25_request", "b26_request"):
        message, _ = load(f"{name}_signed.txt")
        label = f"sig-{name[:3]}"
        inner = covered(message, label)
        bare = replace(message, headers=[h for h in message.headers if not h[0].startswith("Signature")])
        lines = sign(bare, inner, wire.private_key(str(inner.params["keyid"])), label=label)
        assert [(n, v.strip()) for n, v in message.headers if n.startswith("Signature")] == lines


def appendix() -> dict[str, Any]:
    return json.loads((shared(wire.VECTORS) / "appendix_b3_b4.json").read_text("utf-8"))


def test_appendix_b3_proxy():
    case = appendix()["b3"]
    message, _ = wire.request(case["signed_request"])
    assert signature_base(message, covered(message, "ttrp")).decode() == case["signature_base"]
    assert verify(message, Policy(label="ttrp"), wire.public_key, now=NOW).key.keyid == case["key"]
    # The client's own request went to another authority and had no client certificate field.
    original, _ = wire.request(case["client_request"])
    with pytest.raises(SignatureError) as caught:
        signature_base(original, covered(message, "ttrp"))
    assert caught.value.code == "missing-component"


def test_appendix_b4_transformations():
    case = appendix()["b4"]
    message, _ = wire.request(case["original"])
    assert signature_base(message, covered(message, "transform")).decode() == case["signature_base"]
    assert verify(message, ANY_AGE, wire.public_key, now=NOW)
    verdicts = []
    for changed in case["cases"]:
        try:
            verify(wire.request(changed["message"])[0], ANY_AGE, wire.public_key, now=NOW)
        except SignatureError as error:
            assert error.code == "bad-signature"  # noqa: PT017  the cases go both ways
            verdicts.append(False)
        else:
            verdicts.append(True)
    assert verdicts == [changed["valid"] for changed in case["cases"]] == [True, True, True, False, False]


def test_a_digest_that_does_not_fit_the_body_is_refused():
    message, body = wire.request(wire.text("request_bad_digest.txt"))
    key = wire.private_key("test-key-ed25519")
    inner = cover(["@method", "content-digest"], created=NOW, keyid="test-key-ed25519")
    signed = replace(message, headers=[*message.headers, *sign(message, inner, key)])
    assert verify(signed, Policy(), wire.public_key, now=NOW)  # the signature itself holds
    with pytest.raises(SignatureError) as caught:
        verify(signed, Policy(), wire.public_key, now=NOW, body=body)
    assert caught.value.code == "bad-digest"


def test_a_body_needs_a_covered_digest():
    message, body = wire.request(wire.text("request_no_digest.txt"))
    key = wire.private_key("test-key-ed25519")
    signed = replace(
        message,
        headers=[*message.headers, *sign(message, cover(["@method"], created=NOW, keyid="test-key-ed25519"), key)],
    )
    with pytest.raises(SignatureError) as caught:
        verify(signed, Policy(), wire.public_key, now=NOW, body=body)
    assert caught.value.code == "uncovered-component"


def test_one_of_two_signatures_is_chosen_by_label():
    message, _ = wire.request(wire.text("verify_request2.txt"))
    with pytest.raises(SignatureError) as caught:
        verify(message, ANY_AGE, wire.public_key, now=NOW)
    assert caught.value.code == "ambiguous-signature"
    good = Policy(params=(), max_age=None, label="sig-b21")
    assert verify(message, good, wire.public_key, now=NOW).label == "sig-b21"
    with pytest.raises(SignatureError) as caught:
        verify(message, replace(good, label="bad-sig"), wire.public_key, now=NOW)
    assert caught.value.code == "bad-signature"


def test_repeated_lines_are_combined():
    message, _ = wire.request(wire.text("request_multivalue.txt"))
    base = signature_base(message, cover(["one"])).decode()
    assert base.split("\n")[0] == '"one": multivalue1, multivalue2'
    separate, _ = wire.request(wire.text("request_repeated_components.txt"))
    lines = signature_base(separate, cover(["two", "one", "three"])).decode().split("\n")
    assert lines[:3] == ['"two": value2', '"one": value1', '"three": value2']
    with pytest.raises(SignatureError) as caught:
        signature_base(separate, cover(["one", "two", "one"]))
    assert caught.value.code == "duplicate-component"


REQUEST_DIGEST = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
RESPONSE_DIGEST = "sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:"


def test_section_2_4_response_bound_to_its_request():
    request, _ = wire.request(wire.text("rfc-test-request.txt"))
    message, body = wire.response(
        "HTTP/1.1 503 Service Unavailable\n"
        "Content-Type: application/json\n"
        f"Content-Digest: {RESPONSE_DIGEST}\n"
        'Signature-Input: reqres=("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req'
        ' "content-digest";req);created=1618884479;keyid="test-key-ecc-p256"\n'
        "Signature: reqres=:dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU4W767HK05rx1i8meNQQgQPgQp8wq2ive3tV5Ag==:"
        '\n\n{"busy": true, "message": "Your call is very important to us"}',
        request,
    )
    assert verify(message, Policy(), wire.public_key, now=1618884480, body=body).label == "reqres"
    another = replace(message, request=replace(request, method="PUT"))
    with pytest.raises(SignatureError) as caught:
        verify(another, Policy(), wire.public_key, now=1618884480)
    assert caught.value.code == "bad-signature"


def test_section_4_3_signature_of_a_proxy():
    message, body = wire.request(
        "POST /foo?param=Value&Pet=dog HTTP/1.1\n"
        "Host: origin.host.internal.example\n"
        "Content-Type: application/json\n"
        "Content-Length: 18\n"
        "Forwarded: for=192.0.2.123;host=example.com;proto=https\n"
        f"Content-Digest: {REQUEST_DIGEST}\n"
        'Signature-Input: proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length"'
        ' "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540\n'
        "Signature: proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniO"
        "aYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFn"
        "Im9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6"
        'VHR6WfgS9ddzirrswsE1w5o0LV/g==:\n\n{"hello": "world"}'
    )
    verified = verify(message, Policy(), wire.public_key, now=1618884540, body=body)
    assert verified.key.algorithm == "rsa-v1_5-sha256"
    with pytest.raises(SignatureError) as caught:
        verify(message, Policy(), wire.public_key, now=1618884546)
    assert caught.value.code == "expired"
