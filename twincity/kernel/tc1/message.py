"""Signing and reading of tc1 requests and responses: pure functions over headers and bytes.

The order of the steps, and what each refusal is called, are normative: FEDERATION.md section 3. A request covers its
method, target, body digest and every ``tc-`` header; a response covers its status, body digest, receipt, and the
signature and digest of the request it answers, so that the two can never be paired differently.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from twincity.kernel.keys import PrivateKey, PublicKey
from twincity.kernel.notes import NoteError, unb64
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import errors

LIFE: Final = 60
"""Longest time, in seconds, between ``created`` and ``expires``."""
SKEW: Final = 5
"""Seconds by which two clocks may differ."""
REQUEST_REQUIRED: Final = ("@method", "@target-uri", "content-digest", "tc-message-id", "tc-purpose")
STORED_LIFE: Final = 30 * 86_400
"""Longest time, in seconds, for which a stored message may be on its way."""
STORED_REQUIRED: Final = (*REQUEST_REQUIRED, "tc-to", "tc-lane", "tc-number")
RESPONSE_REQUIRED: Final = ("@status", "content-digest", '"signature";req', '"content-digest";req')
STREAM_TYPE: Final = "application/tc1-stream"
"""Media type of a framed body whose digest, receipt and signature stand in its final frame."""
ALGORITHMS: Final = {"ed25519": "ed25519", "sm2": "tc-sm2-sm3-batch"}

_INPUT = re.compile(
    r'tc1=(\(((?:"[a-z0-9@-]+"(?:;req)?(?: (?=")|(?=\))))*)\)'
    r'((?:;[a-z]+=(?:"[\x20\x21\x23-\x5b\x5d-\x7e]*"|0|[1-9][0-9]{0,14}))*))'
)
"""The one spelling that a serialiser of RFC 9651 gives: any other would have another signature base elsewhere."""
_COMPONENT = re.compile(r'"([a-z0-9@-]+)"(;req)?')
_PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))')
_INTEGERS = ("created", "expires")
_SIGNATURE = re.compile(r"tc1=:([A-Za-z0-9+/]+={0,2}):")
_DIGEST = re.compile(r"(?:.*, ?)?sha-256=:([A-Za-z0-9+/]{43}=):(?:,.*)?")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as read from a message."""

    kid: str
    created: int
    expires: int
    nonce: str
    base: bytes
    """The signature base of RFC 9421 section 2.5: exactly what was signed."""
    signature: bytes
    covered: tuple[str, ...]
    algorithm: str


def content_digest(body: bytes) -> str:
    """``Content-Digest`` of a body (RFC 9530 section 2), SHA-256 over the raw bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def chunk_digest(root: bytes) -> str:
    """``Content-Digest`` of a stream: the RFC 6962 root over its 1 MiB chunks, under a private algorithm name."""
    return f"tc-chunks=:{base64.b64encode(root).decode()}:"


def check_digest(value: str, body: bytes) -> None:
    """Compare a body with its ``Content-Digest``.

    Raises:
        Problem: ``digest-mismatch`` or ``signature-malformed``.
    """
    found = _DIGEST.fullmatch(value)
    if found is None:
        raise Problem(errors.MALFORMED, field="content-digest", name="Content-Digest", reason="sha-256 is needed")
    if base64.b64decode(found[1]) != hashlib.sha256(body).digest():
        raise Problem(errors.BAD_DIGEST, field="content-digest")


def sign_request(
    key: PrivateKey, *, method: str, target: str, headers: dict[str, str], now: int, nonce: str
) -> tuple[bytes, bytes]:
    """Sign a request and add the two signature fields to ``headers``.

    ``headers`` (lower-case names) must already hold ``content-digest`` and every ``tc-`` header the request will carry.

    Returns:
        The signature base and the raw signature, as evidence keeps them.

    Raises:
        Problem: ``signature-malformed`` when what is to be signed is not ASCII.
    """
    base, parameters = request_base(method=method, target=target, headers=headers, now=now, nonce=nonce, key=key.public)
    signature = key.sign(base)
    headers |= signature_headers(parameters, signature)
    return base, signature


def request_base(
    *, method: str, target: str, headers: dict[str, str], now: int, nonce: str, key: PublicKey, life: int = LIFE
) -> tuple[bytes, str]:
    """Signature base and ``Signature-Input`` value after the label of a request to be signed with ``key``.

    ``life`` is in seconds: longer than ``LIFE`` for a message that waits to be delivered, see :func:`read_stored`.
    """
    names = [name for name in headers if name.startswith("tc-") or name in {"content-digest", "content-type"}]
    listed = " ".join(f'"{name}"' for name in ("@method", "@target-uri", *names))
    parameters = f'({listed});created={now};expires={now + life};nonce="{nonce}";{_signer(key)}'
    lines = [f'"@method": {method}\n"@target-uri": {target}\n']
    lines += [f'"{name}": {headers[name]}\n' for name in names]
    lines.append(f'"@signature-params": {parameters}')
    return _ascii(lines), parameters


def response_base(
    *, status: int, headers: dict[str, str], request: dict[str, str], now: int, key: PublicKey
) -> tuple[bytes, str]:
    """Signature base and ``Signature-Input`` value after the label of the response to ``request`` (its headers)."""
    names = [name for name in headers if name.startswith("tc-") or name in {"content-digest", "content-type"}]
    listed = " ".join(f'"{name}"' for name in ("@status", *names))
    parameters = f'({listed} "signature";req "content-digest";req);created={now};{_signer(key)}'
    lines = [f'"@status": {status}\n', *(f'"{name}": {headers[name]}\n' for name in names)]
    lines.append(f'"signature";req: {request["signature"]}\n"content-digest";req: {request["content-digest"]}\n')
    lines.append(f'"@signature-params": {parameters}')
    return _ascii(lines), parameters


def _signer(key: PublicKey) -> str:
    return f'keyid="{key.kid}";alg="{ALGORITHMS[key.suite]}";tag="tc1"'


def signature_headers(parameters: str, signature: bytes) -> dict[str, str]:
    """The two fields that carry a signature."""
    return {
        "signature-input": f"tc1={parameters}",
        "signature": f"tc1=:{base64.b64encode(signature).decode()}:",
    }


def read_request(*, method: str, target: str, headers: dict[str, str], now: int) -> Signed:
    """The signature of a request, its coverage and time checked, its key not yet known.

    Raises:
        Problem: ``signature-missing``, ``signature-malformed``, ``signature-uncovered`` or ``signature-expired``.
    """
    signed = _read_covered(method, target, headers, REQUEST_REQUIRED)
    check_time(signed, now)
    return signed


def read_stored(*, method: str, target: str, headers: dict[str, str], now: int) -> Signed:
    """The signature of a message that was stored on its way (FEDERATION.md section 8.1), its key not yet known.

    It names its receiver and its place in a lane, and lives longer than any request may, so that neither passes for
    the other.

    Raises:
        Problem: as :func:`read_request`.
    """
    signed = _read_covered(method, target, headers, STORED_REQUIRED)
    life = signed.expires - signed.created
    if not (LIFE < life <= STORED_LIFE and signed.created - SKEW <= now <= signed.expires + SKEW):
        raise Problem(errors.EXPIRED, field="created", created=signed.created, expires=signed.expires, now=now)
    return signed


def _read_covered(method: str, target: str, headers: dict[str, str], required: tuple[str, ...]) -> Signed:
    signed = _read(headers, {"@method": method, "@target-uri": target}, {})
    _require(signed.covered, required)
    for name in headers:
        if (name.startswith("tc-") or name == "content-type") and name not in signed.covered:
            raise Problem(errors.UNCOVERED, field=name, name=name)
    if not signed.nonce or len(signed.nonce) > 64:
        raise Problem(errors.MALFORMED, field="nonce", name="Signature-Input", reason="nonce of 1 to 64 characters")
    return signed


def check_time(signed: Signed, now: int) -> None:
    """Whether a signature is in its time.

    Raises:
        Problem: ``signature-expired``.
    """
    in_time = signed.created - SKEW <= now <= signed.expires + SKEW
    if not (in_time and 0 < signed.expires - signed.created <= LIFE):
        raise Problem(errors.EXPIRED, field="created", created=signed.created, expires=signed.expires, now=now)


def read_response(*, status: int, headers: dict[str, str], request: dict[str, str]) -> Signed:
    """The signature of a response to the request whose headers are given.

    Raises:
        Problem: ``signature-missing``, ``signature-malformed`` or ``signature-uncovered``.
    """
    signed = _read(headers, {"@status": str(status)}, request)
    _require(signed.covered, RESPONSE_REQUIRED)
    for name in headers:
        if (name.startswith("tc-") or name == "content-type") and name not in signed.covered:
            raise Problem(errors.UNCOVERED, field=name, name=name)
    return signed


def check_signature(signed: Signed, key: PublicKey) -> None:
    """Whether the signature was made by ``key``, over what was read.

    Raises:
        Problem: ``signature-invalid``.
    """
    expected = ALGORITHMS.get(key.suite)
    if signed.algorithm != expected or not signature_holds(signed, key):
        raise Problem(errors.BAD_SIGNATURE, field="signature", kid=signed.kid)


def signature_holds(signed: Signed, key: PublicKey) -> bool:
    """Whether the raw signature over the base holds, in the form of the key's suite."""
    if key.suite == "ed25519":
        return key.verify(signed.base, signed.signature)
    from twincity.kernel.batches import verify_batched  # noqa: PLC0415  binds the system's OpenSSL when first needed

    return verify_batched(key, signed.base, signed.signature)


def _require(covered: tuple[str, ...], required: tuple[str, ...]) -> None:
    for name in required:
        if name not in covered:
            raise Problem(errors.UNCOVERED, field=name.removesuffix(";req").strip('"'), name=name)


def _read(headers: dict[str, str], values: dict[str, str], request: dict[str, str]) -> Signed:
    raw, signature = headers.get("signature-input"), headers.get("signature")
    if raw is None or signature is None:
        raise Problem(errors.UNSIGNED, field="signature")
    found = _INPUT.fullmatch(raw)
    if found is None:
        raise Problem(errors.MALFORMED, field="signature-input", name="Signature-Input", reason="syntax")
    sent = _raw(signature)
    covered, lines = _lines(found[2], headers, values, request)
    lines.append(f'"@signature-params": {found[1]}')
    parameters = _parameters(found[3])
    try:
        return Signed(
            kid=parameters["keyid"],
            created=int(parameters["created"]),
            expires=int(parameters.get("expires", parameters["created"])),
            nonce=parameters.get("nonce", ""),
            base=_ascii(lines),
            signature=sent,
            covered=covered,
            algorithm=parameters["alg"],
        )
    except (KeyError, ValueError) as error:
        reason = f"parameter {error}"
        raise Problem(errors.MALFORMED, field="signature-input", name="Signature-Input", reason=reason) from error


def _raw(signature: str) -> bytes:
    # In the one spelling of its bytes: the answer is bound to the text, and records keep the bytes.
    sent = _SIGNATURE.fullmatch(signature)
    if sent is not None:
        with suppress(NoteError):
            return unb64(sent[1])
    raise Problem(errors.MALFORMED, field="signature", name="Signature", reason="syntax")


def _lines(
    listed: str, headers: dict[str, str], values: dict[str, str], request: dict[str, str]
) -> tuple[tuple[str, ...], list[str]]:
    covered, lines = [], []
    for name, bound in _COMPONENT.findall(listed):
        value = request.get(name) if bound else (values.get(name) if name[0] == "@" else headers.get(name))
        identifier = f'"{name}"{bound}'
        listed_as = identifier if bound else name
        if value is None or listed_as in covered:
            reason = f"component {identifier} is absent or listed twice"
            raise Problem(errors.MALFORMED, field=name, name="Signature-Input", reason=reason)
        covered.append(listed_as)
        lines.append(f"{identifier}: {value}\n")
    return tuple(covered), lines


def _ascii(lines: list[str]) -> bytes:
    # RFC 9421 section 2.5 knows no other characters; bytes beyond them would be read differently on the two sides.
    try:
        return "".join(lines).encode("ascii")
    except UnicodeEncodeError as error:
        reason = "only ASCII can be signed"
        raise Problem(errors.MALFORMED, field="signature-input", name="Signature-Input", reason=reason) from error


def _parameters(text: str) -> dict[str, str]:
    found = _PARAMETER.findall(text)
    parameters = {name: number if name in _INTEGERS else quoted for name, quoted, number in found}
    if len(parameters) != len(found) or parameters.get("tag") != "tc1":
        reason = "parameters appear once and tag is tc1"
        raise Problem(errors.MALFORMED, field="signature-input", name="Signature-Input", reason=reason)
    return parameters
