"""Why a signature or a digest was refused."""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "malformed",  # a field, a component identifier or a message part breaks its grammar
    "unknown-component",  # a name or parameter that is not understood, or does not apply to this message
    "duplicate-component",  # the same identifier twice in one signature
    "missing-component",  # the signature covers something the message does not have
    "uncovered-component",  # the policy asks for something the signature does not cover
    "missing-parameter",  # the policy asks for created, keyid, nonce ... and it is absent
    "no-signature",  # no signature with the label or tag that was expected
    "ambiguous-signature",  # several signatures would do and the policy does not say which
    "unknown-key",
    "wrong-algorithm",  # not the key's algorithm, not an allowed one, or a key unfit for it
    "not-yet-valid",  # created in the future
    "expired",  # past the signer's own limit
    "too-old",  # past the verifier's limit
    "bad-signature",
    "unknown-digest",  # no algorithm in the field is one we compute
    "bad-digest",
]


class SignatureError(Exception):
    """A message that cannot be signed, or a signature or digest that does not hold.

    Args:
        code: stable reason, one of :data:`Code`.
        detail: for people; may quote the message, so it is not for the peer.
    """

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
