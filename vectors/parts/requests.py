"""Signed requests, good and bad, with the refusal each must meet."""

from __future__ import annotations

import base64
from typing import Any

from twincity.kernel.keys import PrivateKey
from twincity.kernel.tc1 import message
from vectors.parts.documents import NOW, address
from vectors.parts.keys import key

TARGET = f"{address('sc')}/tc1/divisions/units/511623/towns"
NONCE = "AAECAwQFBgcICQoLDA0ODw"
MESSAGE = "019b76da-a800-7000-8000-000000000001"


def request(**changed: Any) -> dict[str, Any]:
    """A request of Dianjiang to Sichuan, signed; ``headers`` adds to its headers before it is signed."""
    given = {"method": "GET", "target": TARGET, "body": b"", "headers": {}, "nonce": NONCE, "created": NOW} | changed
    headers = {"content-digest": message.content_digest(given["body"])} | given["headers"]
    headers = {"tc-message-id": MESSAGE, "tc-purpose": "planning.mingyueshan"} | headers
    signer: PrivateKey = given.get("key") or key("dj.tc1")
    base, signature = message.sign_request(
        signer,
        method=given["method"],
        target=given["target"],
        headers=headers,
        now=given["created"],
        nonce=given["nonce"],
    )
    shown = {"method": given["method"], "target": given["target"], "headers": headers, "body_hex": given["body"].hex()}
    return shown | {"base": base.decode(), "signature_hex": signature.hex()}


def resigned(sent: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The request with its ``Signature-Input`` (and base) changed by replacing text, and signed anew."""
    parameters = sent["headers"]["signature-input"].replace(old, new)
    before, found, _ = sent["base"].rpartition('"@signature-params": ')
    if old not in sent["headers"]["signature-input"] or not found:
        raise ValueError(old)
    base = f"{before}{found}{parameters.removeprefix('tc1=')}"
    return _with(sent, base, parameters)


def uncovered(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """The request signed anew without covering the component ``name``."""
    lines = [line for line in sent["base"].split("\n") if not line.startswith(f'"{name}": ')]
    parameters = sent["headers"]["signature-input"].replace(f' "{name}"', "")
    lines[-1] = f'"@signature-params": {parameters.removeprefix("tc1=")}'
    return _with(sent, "\n".join(lines), parameters)


def altered(sent: dict[str, Any], **headers: str | None) -> dict[str, Any]:
    """The request with headers changed after it was signed; None takes one away. ``_`` stands for ``-``."""
    kept = sent["headers"] | {name.replace("_", "-"): value for name, value in headers.items()}
    return sent | {"headers": {name: value for name, value in kept.items() if value is not None}}


def _with(sent: dict[str, Any], base: str, parameters: str) -> dict[str, Any]:
    signature = key("dj.tc1").sign(base.encode())
    fields = {"signature-input": parameters, "signature": f"tc1=:{base64.b64encode(signature).decode()}:"}
    return sent | {"headers": sent["headers"] | fields, "base": base, "signature_hex": signature.hex()}


def build() -> list[dict[str, Any]]:
    """Cases: a request, the time at which it arrives, and what must become of it (``ok`` or a refusal's code)."""
    return [*_good(), *_time(), *_form(), *_coverage(), *_content(), *_keys()]


def _case(name: str, expect: str, sent: dict[str, Any], now: int = NOW, **more: Any) -> dict[str, Any]:
    return {"name": name, "expect": expect, "now": now, "request": sent} | more


def _good() -> list[dict[str, Any]]:
    full = {
        "tc-system": "gis",
        "tc-case": "mingyueshan-2026-1",
        "tc-priority": "batch",
        "tc-deadline": "5000",
    }
    body = b'{"code":"511623"}'
    post = request(method="POST", body=body, headers={"content-type": "application/json"})
    return [
        _case("smallest request", "ok", request()),
        _case("query and every header", "ok", request(target=TARGET + "?at=2025-12-31", headers=full)),
        _case("body with its media type", "ok", post),
        _case("header beside the signature that is not of tc1", "ok", altered(request(), accept="application/json")),
        _case("digest with two algorithms", "ok", _two_digests(f"sha-512=:{'A' * 86}==:")),
        _case("two digests, the last one counts", "ok", _two_digests(f"sha-256=:{'A' * 43}=:")),
        _case("empty case", "ok", request(headers={"tc-case": ""})),
    ]


def _two_digests(first: str) -> dict[str, Any]:
    return request(headers={"content-digest": f"{first}, {message.content_digest(b'')}"})


def _time() -> list[dict[str, Any]]:
    sent, life = request(), message.LIFE
    long = resigned(sent, f"expires={NOW + life}", f"expires={NOW + life + 1}")
    none = resigned(sent, f";expires={NOW + life}", "")
    back = resigned(sent, f"expires={NOW + life}", f"expires={NOW}")
    skew = message.SKEW
    return [
        _case("five seconds after its end", "ok", sent, NOW + life + skew),
        _case("six seconds after its end", "signature-expired", sent, NOW + life + skew + 1),
        _case("five seconds before its time", "ok", sent, NOW - skew),
        _case("six seconds before its time", "signature-expired", sent, NOW - skew - 1),
        _case("longer than 60 seconds", "signature-expired", long),
        _case("no end", "signature-expired", none),
        _case("ends when it begins", "signature-expired", back),
    ]


def _form() -> list[dict[str, Any]]:
    sent = request()
    value, signature = sent["headers"]["signature-input"], sent["headers"]["signature"]
    last = ' "tc-purpose"'
    return [
        _case("no signature", "signature-missing", altered(sent, signature=None, signature_input=None)),
        _case("signature without its input", "signature-missing", altered(sent, signature_input=None)),
        _case("input without its signature", "signature-missing", altered(sent, signature=None)),
        _case("another label", "signature-malformed", altered(sent, signature_input=value.replace("tc1=", "sig1=", 1))),
        _case("two labels", "signature-malformed", altered(sent, signature_input=f"{value}, sig1=()")),
        _case("two signatures", "signature-malformed", altered(sent, signature=f"{signature}, sig1=:AAAA:")),
        _case("signature is not base64", "signature-malformed", altered(sent, signature="tc1=:AAAAA:")),
        _case("signature in another spelling", "signature-malformed", altered(sent, signature=_respelt(signature))),
        _case("time with a leading zero", "signature-malformed", resigned(sent, "created=", "created=0")),
        _case("value outside ASCII", "signature-malformed", altered(sent, tc_purpose="\u00e9tude")),
        _case("no tag", "signature-malformed", resigned(sent, ';tag="tc1"', "")),
        _case("another tag", "signature-malformed", resigned(sent, ';tag="tc1"', ';tag="tc2"')),
        _case("parameter twice", "signature-malformed", resigned(sent, ';tag="tc1"', ';tag="tc1";tag="tc1"')),
        _case("no keyid", "signature-malformed", resigned(sent, f';keyid="{key("dj.tc1").public.kid}"', "")),
        _case("no alg", "signature-malformed", resigned(sent, ';alg="ed25519"', "")),
        _case("no created", "signature-malformed", resigned(sent, f";created={NOW}", "")),
        _case("no nonce", "signature-malformed", resigned(sent, f';nonce="{NONCE}"', "")),
        _case("nonce of 65 characters", "signature-malformed", request(nonce="n" * 65)),
        _case("nonce of 64 characters", "ok", request(nonce="n" * 64)),
        _case("component twice", "signature-malformed", resigned(sent, last, last * 2)),
        _case("component that is absent", "signature-malformed", resigned(sent, last, f'{last} "date"')),
        _case("component of another request", "signature-malformed", resigned(sent, last, f"{last};req")),
        _case("two blanks between components", "signature-malformed", resigned(sent, last, f" {last}")),
    ]


def _respelt(signature: str) -> str:
    """The same bytes in base64 whose unused bits are not zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = signature.index("==:") - 1
    return signature[:last] + alphabet[alphabet.index(signature[last]) + 1] + signature[last + 1 :]


def _coverage() -> list[dict[str, Any]]:
    sent = request(headers={"tc-case": "a"})
    cases = [
        _case(f"{name} is not covered", "signature-uncovered", uncovered(sent, name))
        for name in ("@target-uri", "content-digest", "tc-message-id", "tc-purpose", "tc-case")
    ]
    method = resigned(sent, '("@method" ', "(")
    method = _with(method, method["base"].partition("\n")[2], method["headers"]["signature-input"])
    late = altered(request(), tc_priority="emergency")
    return [
        *cases,
        _case("@method is not covered", "signature-uncovered", method),
        _case("tc- header added after signing", "signature-uncovered", late),
    ]


def _content() -> list[dict[str, Any]]:
    sent = request()
    posted = request(method="POST", body=b"{}", headers={"content-type": "application/json"})
    strong = request(headers={"content-digest": f"sha-512=:{'A' * 86}==:"})
    return [
        _case("changed method", "signature-invalid", sent | {"method": "DELETE"}),
        _case("changed target", "signature-invalid", sent | {"target": TARGET.replace("511623", "511724")}),
        _case("query added", "signature-invalid", sent | {"target": TARGET + "?at=2020-01-01"}),
        _case("changed purpose", "signature-invalid", altered(sent, tc_purpose="statistics")),
        _case("changed media type", "signature-invalid", altered(posted, content_type="text/plain")),
        _case("changed body", "digest-mismatch", posted | {"body_hex": b"[]".hex()}),
        _case("body where none was signed", "digest-mismatch", sent | {"body_hex": b"x".hex()}),
        _case("digest without SHA-256", "signature-malformed", strong),
        _case("purpose of 65 characters", "bad-request", request(headers={"tc-purpose": "p" * 65})),
        _case("empty message id", "signature-malformed", request(headers={"tc-message-id": ""})),
    ]


def _keys() -> list[dict[str, Any]]:
    kid, other = key("dj.tc1").public.kid, key("sc.tc1").public.kid
    return [
        _case("another member's key is named", "signature-invalid", resigned(request(), kid, other)),
        _case("another algorithm is named", "signature-invalid", resigned(request(), '"ed25519"', '"hmac-sha256"')),
        _case("key that nobody announced", "unknown-key", request(key=key("stranger"))),
        _case("key for another use", "unknown-key", request(key=key("dj.log"))),
        _case("the same request again", "signature-replayed", request(), twice=True),
    ]
