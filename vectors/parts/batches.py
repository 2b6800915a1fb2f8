"""Batched signatures under both suites, and a request signed in a batch of three by an SM2 key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twincity.kernel import batches, merkle, sm2
from twincity.kernel.keys import PrivateKey
from twincity.kernel.tc1 import message
from vectors.parts import sm2_fixed
from vectors.parts.documents import NOW
from vectors.parts.keys import key, sm2_key
from vectors.parts.requests import NONCE, TARGET, request

_MESSAGES = tuple(f"message {number}".encode() for number in range(5))


def build() -> dict[str, Any]:
    """Contents of ``batches.json``."""
    plain, chinese = key("dj.tc1"), sm2_key()
    sm2_signed = _batch(_MESSAGES, lambda text: sm2_fixed.sign(chinese, text))
    return {
        "statement_domain_hex": b"twincity batch 1\0".hex(),
        "batches": [_shown(plain, batches.sign_batch(plain, _MESSAGES)), _shown(chinese, sm2_signed)],
        "request": _request(chinese),
    }


def _shown(private: PrivateKey, signatures: list[bytes]) -> dict[str, Any]:
    return {
        "suite": private.suite,
        "public": private.public.raw.hex(),
        "messages": [each.decode() for each in _MESSAGES],
        "signatures": [each.hex() for each in signatures],
    }


def _batch(messages: tuple[bytes, ...], sign: Callable[[bytes], bytes]) -> list[bytes]:
    # What kernel.batches makes, put together here because an SM2 key of the kernel never signs twice alike.
    algorithm = sm2.sm3
    tree = merkle.levels([merkle.leaf_hash(each, algorithm) for each in messages], algorithm)
    size = len(messages)
    root = sign(b"twincity batch 1\0" + size.to_bytes(2) + tree[-1][0])
    head = [bytes((1, size - 1, index)) for index in range(size)]
    return [head[index] + root + b"".join(merkle.path(tree, index)) for index in range(size)]


def _request(private: PrivateKey) -> dict[str, Any]:
    headers = {name: value for name, value in request()["headers"].items() if not name.startswith("signature")}
    base, parameters = message.request_base(
        method="GET", target=TARGET, headers=headers, now=NOW, nonce=NONCE, key=private.public
    )
    signature = _batch((base, *_MESSAGES[:2]), lambda text: sm2_fixed.sign(private, text))[0]
    fields = headers | message.signature_headers(parameters, signature)
    return {"now": NOW, "method": "GET", "target": TARGET, "headers": fields, "base": base.decode()}
