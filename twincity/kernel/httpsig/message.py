"""Signing a message and verifying its signatures (RFC 9421 sections 3.1, 3.2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from twincity.kernel import clock
from twincity.kernel.httpsig import digest
from twincity.kernel.httpsig.algorithms import Key
from twincity.kernel.httpsig.base import identity, signature_base
from twincity.kernel.httpsig.context import Message
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import FieldError, InnerList, Item, Member, parse_dictionary, serialize_dictionary
from twincity.kernel.httpsig.policy import Policy
from twincity.kernel.httpsig.structured import STRUCTURED, FieldType
from twincity.kernel.httpsig.view import View

KeyResolver: TypeAlias = Callable[[str | None], Key | None]
"""From ``keyid`` (None when the signature has none) to a trusted verification key, or None."""

_WHOLE_DIGEST = frozenset({("content-digest", frozenset()), ("content-digest", frozenset({"sf=?1"}))})


class Verified(NamedTuple):
    """A signature that holds: its label (which is not signed), what it covers, the key, and the bytes signed."""

    label: str
    covered: InnerList
    key: Key
    base: bytes
    signature: bytes


def sign(
    message: Message,
    covered: InnerList,
    key: Key,
    *,
    label: str = "sig1",
    types: Mapping[str, FieldType] = STRUCTURED,
) -> list[tuple[str, str]]:
    """Two header lines to add to the message, after the lines of other signatures if there are any.

    Args:
        message: left as it is.
        covered: from :func:`base.cover`; put ``created`` and ``keyid`` among its parameters.
        key: with private material.
        label: name of the signature in the two fields; must differ from those already there.
        types: structured fields, for identifiers with ``sf``.

    Raises:
        SignatureError: as :func:`base.signature_base`, and "wrong-algorithm".
    """
    if covered.params.get("alg", key.algorithm) != key.algorithm:
        raise SignatureError("wrong-algorithm", "alg is not the key's")
    base = signature_base(message, covered, types)
    try:
        inputs = serialize_dictionary({label: covered})
        signatures = serialize_dictionary({label: Item(key.sign(base))})
    except FieldError as error:
        raise SignatureError("malformed", str(error)) from error
    return [("Signature-Input", inputs), ("Signature", signatures)]


def verify(
    message: Message,
    policy: Policy,
    resolve: KeyResolver,
    *,
    body: bytes | None = None,
    now: int | None = None,
) -> Verified:
    """Check the one signature that the policy asks for.

    Args:
        message: as received; with ``request`` filled in when it is a response whose signature covers parts of that.
        policy: what the signature must cover and carry.
        resolve: finds trusted keys.
        body: content as received. When given, Content-Digest must be covered and must hold. Without it nothing is
            said about the content, even where a digest is covered.
        now: seconds since 1970; the node's clock when left out.

    Raises:
        SignatureError: any code.
    """
    label, covered, signature = _select(View(message), policy)
    policy.check(covered, clock.unix() if now is None else now)
    key = _key(covered, policy, resolve)
    base = signature_base(message, covered, policy.types)
    if not key.verify(base, signature):
        raise SignatureError("bad-signature", label)
    if body is not None:
        _check_body(message, covered, body)
    return Verified(label, covered, key, base, signature)


def _select(view: View, policy: Policy) -> tuple[str, InnerList, bytes]:
    inputs = _labels(view, "signature-input")
    signatures = _labels(view, "signature")
    found = [
        (label, member)
        for label, member in inputs.items()
        if policy.label in (None, label) and policy.tag in (None, member.params.get("tag"))
    ]
    if not found:
        raise SignatureError("no-signature", f"none of {len(inputs)} is the expected one")
    if len(found) > 1:
        raise SignatureError("ambiguous-signature", f"{len(found)} of {len(inputs)} would do")
    label, covered = found[0]
    signature = signatures.get(label)
    if not isinstance(covered, InnerList):
        raise SignatureError("malformed", f"Signature-Input {label!r} is no inner list")
    if not isinstance(signature, Item) or not isinstance(signature.value, bytes):
        raise SignatureError("malformed", f"Signature {label!r} is no byte sequence")
    return label, covered, signature.value


def _labels(view: View, name: str) -> dict[str, Member]:
    try:
        return parse_dictionary(", ".join(view.lines(name)), unique=True)
    except FieldError as error:
        raise SignatureError("malformed", f"{name}: {error}") from error
    except SignatureError as error:
        raise SignatureError("no-signature", error.detail) from error


def _key(covered: InnerList, policy: Policy, resolve: KeyResolver) -> Key:
    keyid = covered.params.get("keyid")
    key = resolve(keyid if isinstance(keyid, str) else None)
    if key is None:
        raise SignatureError("unknown-key", f"{keyid!r}")
    if policy.algorithms is not None and key.algorithm not in policy.algorithms:
        raise SignatureError("wrong-algorithm", f"{key.algorithm} is not allowed")
    if covered.params.get("alg", key.algorithm) != key.algorithm:
        raise SignatureError("wrong-algorithm", "alg is not the key's")
    return key


def _check_body(message: Message, covered: InnerList, body: bytes) -> None:
    if _WHOLE_DIGEST.isdisjoint(identity(item) for item in covered.items):
        raise SignatureError("uncovered-component", "content-digest")
    digest.verify(", ".join(View(message).lines("content-digest")), body)
