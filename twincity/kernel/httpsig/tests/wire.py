"""Messages written as text, as the RFC and the public vectors show them, and the published test keys."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import serialization

from tests.support import shared
from twincity.kernel.httpsig.algorithms import Key
from twincity.kernel.httpsig.context import Request, Response, received

VECTORS = "data/suites/exchange/rfc9421"

ALGORITHM_OF = {
    "test-key-rsa-pss": "rsa-pss-sha512",
    "test-key-rsa": "rsa-v1_5-sha256",
    "test-key-ecc-p256": "ecdsa-p256-sha256",
    "test-key-ecc-p384": "ecdsa-p384-sha384",
    "test-key-ed25519": "ed25519",
    "test-shared-secret": "hmac-sha256",
}


def text(name: str) -> str:
    return (shared(VECTORS) / "testdata" / name).read_text("utf-8")


def _head(raw: str) -> tuple[str, list[tuple[str, str]], bytes]:
    head, _, body = raw.partition("\n\n")
    first, *lines = head.split("\n")
    pairs = [line.partition(":") for line in lines]
    return first, [(name, value) for name, _, value in pairs], body.removesuffix("\n").encode()


def request(raw: str, scheme: str = "https") -> tuple[Request, bytes]:
    """Request and body of a message with LF line ends; field values keep their surrounding spaces."""
    first, headers, body = _head(raw)
    method, target, _ = first.split(" ")
    return received(method, target, headers, scheme=scheme), body


def response(raw: str, answered: Request | None = None) -> tuple[Response, bytes]:
    first, headers, body = _head(raw)
    return Response(int(first.split(" ")[1]), headers, (), answered), body


def public_key(keyid: str | None) -> Key | None:
    """Resolver over the published keys."""
    if keyid not in ALGORITHM_OF:
        return None
    if keyid == "test-shared-secret":
        return Key("hmac-sha256", base64.b64decode(text("test-shared-secret")), keyid)
    material = serialization.load_pem_public_key(text(f"{keyid}.pub").encode())
    return Key(ALGORITHM_OF[keyid], material, keyid)


def private_key(keyid: str) -> Key:
    if keyid == "test-shared-secret":
        return Key("hmac-sha256", base64.b64decode(text("test-shared-secret")), keyid)
    material = serialization.load_pem_private_key(text(f"{keyid}.key").encode(), None)
    return Key(ALGORITHM_OF[keyid], material, keyid)
