"""The same messages through this package and through ``http-message-signatures`` from PyPI, written independently.

Both must build the same signature base or both refuse; each must accept what the other signed; both must refuse what
was changed after signing. The generator stays where both claim support. Outside of that they differ on purpose:

- The other library has no trailers (``tr``); here they are covered.
- It wants methods in upper case; RFC 9421 section 2.2.1 takes them as they are, and so do we.
- It decodes the ``name`` of ``@query-param`` before comparing; section 2.2.8 wants the encoded name, and another
  spelling of it is not found here.
- It drops user information and fragments from target URIs and refuses characters such as ``|`` in a query; we refuse
  the former, which no request may carry, and take the latter, which clients do send.
- It serialises strictly (``sf``) also the fields of the retrofit draft (Cache-Control ...), we only registered ones.
- It refuses signature parameters that are not registered; section 2.3 leaves room for new ones and they are signed
  like the others, so we let them be.
- It always wants ``keyid`` and the same labels in both signature fields; here the policy asks for ``keyid`` and only
  the chosen label counts.
- On signing it adds ``bs`` to several Set-Cookie lines by itself; we refuse them without ``bs``.
"""

from __future__ import annotations

import base64
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import http_message_signatures as other
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from twincity.kernel.httpsig.algorithms import Key
from twincity.kernel.httpsig.base import component, cover, signature_base
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import InnerList, Item, parse_dictionary, serialize_dictionary, serialize_item
from twincity.kernel.httpsig.message import sign, verify
from twincity.kernel.httpsig.policy import Policy
from twincity.kernel.httpsig.tests.generated import Case, Generator, Line

BASES = 8000
PAIRS = {
    "ed25519": 1000,
    "hmac-sha256": 1000,
    "ecdsa-p256-sha256": 25,
    "ecdsa-p384-sha384": 25,
    "rsa-pss-sha512": 25,
    "rsa-v1_5-sha256": 25,
}
CREATED = 1_700_000_000
EXPIRES = 4_102_444_800  # 2100: the other library looks at the real clock
POLICY = Policy(max_age=None)
CLASSES = {
    "ed25519": other.algorithms.ED25519,
    "hmac-sha256": other.algorithms.HMAC_SHA256,
    "ecdsa-p256-sha256": other.algorithms.ECDSA_P256_SHA256,
    "ecdsa-p384-sha384": other.algorithms.ECDSA_P384_SHA384,
    "rsa-pss-sha512": other.algorithms.RSA_PSS_SHA512,
    "rsa-v1_5-sha256": other.algorithms.RSA_V1_5_SHA256,
}


@cache
def signing(algorithm: str) -> Key:
    if algorithm.startswith("rsa"):
        return Key(algorithm, rsa.generate_private_key(65537, 2048))
    material = {
        "ed25519": lambda: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
        "hmac-sha256": lambda: bytes(range(64)),
        "ecdsa-p256-sha256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ecdsa-p384-sha384": lambda: ec.generate_private_key(ec.SECP384R1()),
    }[algorithm]
    return Key(algorithm, material())


def verifying(algorithm: str) -> Key:
    material = signing(algorithm).material
    return Key(algorithm, material if isinstance(material, bytes) else material.public_key())


class Keys(other.HTTPSignatureKeyResolver):
    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm

    def resolve_private_key(self, key_id: str) -> object:
        return signing(self.algorithm).material

    def resolve_public_key(self, key_id: str) -> object:
        return verifying(self.algorithm).material


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def has_digest(case: Case) -> bool:
    return any(name == "Content-Digest" for name, _ in case.headers)


def their_base(case: Case, nonce: str | None, tag: str | None) -> bytes | None:
    signer = other.HTTPMessageSigner(signature_algorithm=CLASSES["ed25519"])
    try:
        return signer.prepare(
            case.theirs(),
            key_id="k",
            created=moment(CREATED),
            nonce=nonce,
            tag=tag,
            covered_component_ids=[serialize_item(item) for item in case.identifiers],
            use_existing_digest=has_digest(case),
        ).signature_base
    except (other.HTTPMessageSignaturesException, TypeError, AssertionError):
        return None  # the latter two for parameters on derived components and for @signature-params


def our_base(case: Case, nonce: str | None, tag: str | None) -> bytes | None:
    params = {"created": CREATED, "keyid": "k", "alg": "ed25519", "nonce": nonce, "tag": tag}
    covered = cover(case.identifiers, **{name: value for name, value in params.items() if value is not None})
    try:
        return signature_base(case.ours(), covered)
    except SignatureError:
        return None


def test_both_build_the_same_base_or_refuse():
    generator = Generator(9421)
    outcomes = Counter()
    for number in range(BASES):
        case = generator.case()
        nonce, tag = (generator.text(), generator.text()) if number % 2 else (None, None)
        ours, theirs = our_base(case, nonce, tag), their_base(case, nonce, tag)
        assert ours == theirs, case
        outcomes[ours is not None] += 1
    assert outcomes[True] > BASES * 3 // 4
    assert outcomes[False] > BASES // 20


def signed_pair(generator: Generator, algorithm: str) -> tuple[Case, InnerList]:
    """A case that covers at least method, target and status, with the parameters to sign it with."""
    case = generator.case(sound=True)
    always = [Item("@method"), Item("@target-uri")]
    if case.status:
        always = [Item("@status"), *(component(str(item.value), req=True) for item in always)]
    known = {serialize_item(item) for item in always}
    names = always + [item for item in case.identifiers if serialize_item(item) not in known]
    params = {"created": CREATED, "keyid": "k", "alg": algorithm, "expires": EXPIRES, "tag": "t"}
    return replace(case, identifiers=names), cover(names, **params)


def we_accept(case: Case, algorithm: str) -> bool:
    try:
        verify(case.ours(), POLICY, lambda _: verifying(algorithm), now=CREATED)
    except SignatureError:
        return False
    return True


def they_accept(case: Case, algorithm: str) -> bool:
    verifier = other.HTTPMessageVerifier(signature_algorithm=CLASSES[algorithm], key_resolver=Keys(algorithm))
    try:
        verifier.verify(case.theirs(), max_age=None)
    except other.InvalidSignature:
        return False
    return True


def signed_by_them(case: Case, algorithm: str) -> Case:
    message = case.theirs()
    other.HTTPMessageSigner(signature_algorithm=CLASSES[algorithm], key_resolver=Keys(algorithm)).sign(
        message,
        key_id="k",
        created=moment(CREATED),
        expires=moment(EXPIRES),
        tag="t",
        label="sig1",
        covered_component_ids=[serialize_item(item) for item in case.identifiers],
        use_existing_digest=has_digest(case),
    )
    return replace(case, headers=message.headers.lines)


def changed(case: Case, how: random.Random) -> Case:
    """The signed case with one thing changed that its signature covers."""
    request = case.answered or case
    kind = how.choice(["method", "url", "signature", "created", "component", "status"])
    if kind == "method":
        new = replace(request, method="PATCH")
        return replace(case, answered=new) if case.answered else new
    if kind == "url":
        new = replace(request, url=request.url.replace("://", "://b."))
        return replace(case, answered=new) if case.answered else new
    if kind == "status" and case.status:
        return replace(case, status=case.status + 1)
    lines = [line for line in case.headers if not line[0].startswith("Signature")]
    return replace(case, headers=lines + resigned(dict(case.headers), kind, how))


def resigned(lines: dict[str, str], kind: str, how: random.Random) -> list[Line]:
    """The two signature fields with one bit of the signature, the time or the list of components changed."""
    inputs, signature = lines["Signature-Input"], lines["Signature"]
    covered = parse_dictionary(inputs)["sig1"]
    assert isinstance(covered, InnerList)
    if kind == "created":
        covered = covered._replace(params={**covered.params, "created": CREATED - 1})
    elif kind == "component":
        covered = covered._replace(items=covered.items[1:])
    else:
        raw = bytearray(base64.b64decode(signature.removeprefix("sig1=:").removesuffix(":")))
        raw[how.randrange(len(raw))] ^= 1 << how.randrange(8)
        signature = serialize_dictionary({"sig1": Item(bytes(raw))})
    return [("Signature-Input", serialize_dictionary({"sig1": covered})), ("Signature", signature)]


@pytest.mark.parametrize(("algorithm", "pairs"), PAIRS.items())
def test_each_accepts_what_the_other_signs_and_neither_what_was_changed(algorithm: str, pairs: int):
    generator = Generator(pairs)
    for _ in range(pairs):
        case, covered = signed_pair(generator, algorithm)
        by_us = replace(case, headers=[*case.headers, *sign(case.ours(), covered, signing(algorithm))])
        by_them = signed_by_them(case, algorithm)
        assert we_accept(by_them, algorithm), by_them
        assert they_accept(by_us, algorithm), by_us
        broken = changed(generator.random.choice([by_us, by_them]), generator.random)
        assert not we_accept(broken, algorithm), broken
        assert not they_accept(broken, algorithm), broken
