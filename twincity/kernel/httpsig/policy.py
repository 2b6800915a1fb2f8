"""What a verifier asks of a signature beyond being right (RFC 9421 section 3.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twincity.kernel.httpsig.base import identity
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import InnerList, Item, Params
from twincity.kernel.httpsig.structured import STRUCTURED, FieldType

_TYPES = {"created": int, "expires": int, "nonce": str, "alg": str, "keyid": str, "tag": str}


@dataclass(frozen=True, slots=True)
class Policy:
    """Requirements on one signature.

    Args:
        components: identifiers that must be covered; plain names, or items when they have parameters.
        params: parameters that must be there.
        max_age: seconds after ``created`` at which the signature is too old; None for any age.
        skew: seconds by which the signer's clock may differ from ours.
        tag: the tag the signature must carry; None for any or none.
        label: its label in the fields; None to find it by tag, or because there is only one.
        algorithms: names that are allowed; None for all known ones.
        types: structured fields, for identifiers with ``sf``.
    """

    components: tuple[str | Item, ...] = ()
    params: tuple[str, ...] = ("created", "keyid")
    max_age: int | None = 300
    skew: int = 5
    tag: str | None = None
    label: str | None = None
    algorithms: frozenset[str] | None = None
    types: Mapping[str, FieldType] = field(default_factory=lambda: STRUCTURED)

    def check(self, covered: InnerList, now: int) -> None:
        """Hold the covered components and parameters against the policy, at ``now`` in seconds since 1970.

        Raises:
            SignatureError: "malformed", "missing-parameter", "not-yet-valid", "expired", "too-old" or
                "uncovered-component".
        """
        self._check_params(covered.params)
        self._check_time(covered.params, now)
        present = {identity(item) for item in covered.items}
        for wanted in self.components:
            if identity(Item(wanted) if isinstance(wanted, str) else wanted) not in present:
                raise SignatureError("uncovered-component", str(wanted))

    def _check_params(self, params: Params) -> None:
        for name, kind in _TYPES.items():
            if name in params and type(params[name]) is not kind:
                raise SignatureError("malformed", f"{name} has the wrong type")
        missing = [name for name in self.params if name not in params]
        if missing or (self.max_age is not None and "created" not in params):
            raise SignatureError("missing-parameter", ", ".join(missing) or "created")

    def _check_time(self, params: Params, now: int) -> None:
        created, expires = params.get("created"), params.get("expires")
        if isinstance(created, int) and created > now + self.skew:
            raise SignatureError("not-yet-valid", f"created {created - now} s ahead of our clock")
        if isinstance(expires, int) and expires < now - self.skew:
            raise SignatureError("expired", f"{now - expires} s ago")
        if self.max_age is not None and isinstance(created, int) and created + self.max_age < now - self.skew:
            raise SignatureError("too-old", f"created {now - created} s ago")
