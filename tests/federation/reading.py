"""A second reading of FEDERATION.md that uses nothing of ours: hashlib, PyNaCl and json only.

It is kept apart from the kernel on purpose: where the two disagree about a vector, the specification is not clear.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

INPUT = re.compile(r"tc1=(\(([^()]*)\)((?:;[a-z]+=(?:\"[^\"\\]*\"|0|[1-9][0-9]{0,14}))*))")


class RefusedError(Exception):
    """A refusal; its text is the code."""


def base_of(
    message: dict[str, Any], derived: dict[str, str], asked: dict[str, str]
) -> tuple[str, dict[str, str], list[str]]:
    """Signature base, parameters and covered components, as sections 3.2 to 3.5 say."""
    headers = message["headers"]
    if not {"signature", "signature-input"} <= headers.keys():
        raise RefusedError("signature-missing")
    found = INPUT.fullmatch(headers["signature-input"])
    listed = found[2].split(" ") if found else []
    if not found or not all(re.fullmatch(r'"[a-z0-9@-]+"(;req)?', name) for name in listed):
        raise RefusedError("signature-malformed")
    lines = []
    for name in listed:
        bare, source = name.split('"')[1], asked if name.endswith(";req") else derived | headers
        if bare not in source or listed.count(name) > 1:
            raise RefusedError("signature-malformed")
        lines.append(f"{name}: {source[bare]}")
    given = re.findall(r";([a-z]+)=\"?([^\";]*)\"?", found[3])
    if (
        len(dict(given)) < len(given)
        or dict(given).get("tag") != "tc1"
        or not {"created", "keyid", "alg"} <= dict(given).keys()
    ):
        raise RefusedError("signature-malformed")
    base = "\n".join([*lines, f'"@signature-params": {found[1]}'])
    if not base.isascii():
        raise RefusedError("signature-malformed")
    return base, dict(given), listed


def covered(listed: list[str], required: list[str], headers: dict[str, str]) -> None:
    for name in [*required, *(f'"{name}"' for name in headers if name.startswith("tc-"))]:
        if name not in listed:
            raise RefusedError("signature-uncovered")


def raw_signature(headers: dict[str, str]) -> bytes:
    found = re.fullmatch(r"tc1=:([A-Za-z0-9+/]+={0,2}):", headers["signature"])
    raw = base64.b64decode(found[1]) if found and len(found[1]) % 4 == 0 else b""
    if found is None or base64.b64encode(raw).decode() != found[1]:
        raise RefusedError("signature-malformed")
    return raw


def digest_holds(value: str, data: bytes) -> None:
    found = re.findall(r"(?:^|, ?)sha-256=:([A-Za-z0-9+/]{43}=):", value)
    if not found:
        raise RefusedError("signature-malformed")
    if base64.b64decode(found[-1]) != hashlib.sha256(data).digest():
        raise RefusedError("digest-mismatch")


def signature_holds(public: bytes, base: str, raw: bytes, algorithm: str) -> None:
    try:
        VerifyKey(public).verify(base.encode(), raw)
    except (BadSignatureError, ValueError) as error:
        raise RefusedError("signature-invalid") from error
    if algorithm != "ed25519":
        raise RefusedError("signature-invalid")


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


Keys = dict[str, tuple[str, bytes]]


def announced(entries: list[dict[str, str]]) -> Keys:
    """Owner and public key of each tc1 key in some log entries, by kid; their signatures are not looked at here."""
    found = {}
    for entry in entries:
        payload = json.loads(unb64url(entry["token"].split(".")[1]))
        for term in payload.get("keys", []):
            if term["use"] == "tc1":
                found[term["jwk"]["kid"]] = payload["iss"], unb64url(term["jwk"]["x"])
    return found


def accept_request(request: dict[str, Any], keys: Keys, now: int, used: set[tuple[str, str]]) -> str:
    """Section 3.3, steps 3 to 8."""
    headers = request["headers"]
    base, given, listed = base_of(request, {"@method": request["method"], "@target-uri": request["target"]}, {})
    raw = raw_signature(headers)
    required = ["@method", "@target-uri", "content-digest", "tc-message-id", "tc-purpose"]
    covered(listed, [f'"{name}"' for name in required], headers)
    if not 1 <= len(given.get("nonce", "")) <= 64:
        raise RefusedError("signature-malformed")
    created, expires = int(given["created"]), int(given.get("expires", given["created"]))
    if not (0 < expires - created <= 60 and created - 5 <= now <= expires + 5):
        raise RefusedError("signature-expired")
    if given["keyid"] not in keys:
        raise RefusedError("unknown-key")
    digest_holds(headers["content-digest"], bytes.fromhex(request["body_hex"]))
    signature_holds(keys[given["keyid"]][1], base, raw, given["alg"])
    if (given["keyid"], given["nonce"]) in used:
        raise RefusedError("signature-replayed")
    used.add((given["keyid"], given["nonce"]))
    for name in ("tc-message-id", "tc-system", "tc-case", "tc-purpose"):
        if not re.fullmatch(r"[\x20-\x7e]{0,64}", headers.get(name, "")):
            raise RefusedError("bad-request")
    if not headers["tc-message-id"]:
        raise RefusedError("signature-malformed")
    return base


def accept_response(response: dict[str, Any], asked: dict[str, str], keys: Keys, provider: str) -> str:
    """Section 3.5, step by step."""
    headers = response["headers"]
    base, given, listed = base_of(response, {"@status": str(response["status"])}, asked)
    raw = raw_signature(headers)
    covered(listed, ['"@status"', '"content-digest"', '"signature";req', '"content-digest";req'], headers)
    if given["keyid"] not in keys:
        raise RefusedError("unknown-key")
    owner, public = keys[given["keyid"]]
    signature_holds(public, base, raw, given["alg"])
    digest_holds(headers["content-digest"], bytes.fromhex(response["body_hex"]))
    if owner != provider:
        raise RefusedError("another-member")
    return base


def tree(leaves: list[bytes]) -> bytes:
    """Root of RFC 6962 section 2.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()
