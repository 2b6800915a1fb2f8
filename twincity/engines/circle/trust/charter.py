"""The charter: who the anchors are and how many of them it takes to change it.

Semantics of the root role in The Update Framework (TUF specification 1.0, sections 5.3 and 6.1): versions rise by one,
a new version is signed by the threshold of the version before and by its own, and only the last one must be in date.
Signatures count once per anchor, whatever number of keys an anchor has.
"""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.circle.trust.errors import refuse_charter
from twincity.engines.circle.trust.keys import from_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey
from twincity.kernel.locale_text import LocalText

TYPE = "tc-charter+json"


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A jurisdiction whose root key counts towards the threshold; keys are JWKs."""

    id: str
    title: LocalText
    division: str
    address: str
    root: dict[str, str]
    log: dict[str, str]
    """Key that signs the checkpoints of this anchor's logs."""
    witness: dict[str, str]
    """Key that cosigns the checkpoints of others."""

    @property
    def jurisdiction(self) -> str:
        """Province-level code."""
        return self.division[:2] + "0000"


class Freshness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How old the last witnessed checkpoint of an anchor may be, in seconds, by the class of the service."""

    critical: int = 900
    normal: int = 604_800


class Charter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the charter; times in seconds since 1970."""

    circle: str
    version: int
    threshold: int
    issued: int
    expires: int
    anchors: tuple[Anchor, ...]
    freshness: Freshness = Freshness()

    def anchor(self, member: str) -> Anchor | None:
        """The anchor of that id."""
        return next((anchor for anchor in self.anchors if anchor.id == member), None)

    def root_keys(self) -> dict[str, tuple[str, PublicKey]]:
        """Root keys by kid, each with its anchor's id."""
        keys = ((anchor.id, from_jwk(anchor.root)) for anchor in self.anchors)
        return {key.kid: (anchor, key) for anchor, key in keys}


def read(document: Any) -> Charter:
    """The charter inside a general JWS, with its own rules checked but not yet its signatures.

    Raises:
        Problem: ``charter-refused``.
    """
    try:
        payload, _ = jws.verify_general(document, lambda _: None, typ=TYPE)
        charter = msgspec.convert(payload, Charter)
        charter.root_keys()
        lasting = [from_jwk(jwk) for anchor in charter.anchors for jwk in (anchor.log, anchor.witness)]
    except (jws.JWSError, msgspec.ValidationError, ValueError) as error:
        raise refuse_charter(f"malformed: {error}") from error
    _check(charter, lasting)
    return charter


def verify_first(document: Any) -> Charter:
    """A version 1 that its own threshold has signed: what an operator pins by comparing its digest out of band."""
    charter = read(document)
    if charter.version != 1:
        raise refuse_charter("version: the first charter has version 1")
    _require(document, charter, "its own")
    return charter


def verify_next(old: Charter, document: Any) -> Charter:
    """The successor of ``old``.

    Raises:
        Problem: ``charter-refused`` naming the rule: version, circle, signatures of the old or of the new threshold.
    """
    charter = read(document)
    if charter.version != old.version + 1:
        raise refuse_charter(f"version: {charter.version} does not follow {old.version}")
    if charter.circle != old.circle:
        raise refuse_charter("circle: the name of the circle may not change")
    if charter.issued < old.issued:
        raise refuse_charter("issued: before the version it follows")
    _require(document, old, "the previous")
    _require(document, charter, "its own")
    return charter


def verify_chain(documents: list[Any], now: int) -> Charter:
    """The last charter of a chain that starts at version 1; only the last must be in date.

    Raises:
        Problem: ``charter-refused``.
    """
    return verify_versions(documents, now)[-1]


def verify_versions(documents: list[Any], now: int) -> list[Charter]:
    """All charters of a chain, as :func:`verify_chain` checks it.

    Raises:
        Problem: ``charter-refused``.
    """
    if not documents:
        raise refuse_charter("empty: there is no charter")
    versions = [verify_first(documents[0])]
    for document in documents[1:]:
        versions.append(verify_next(versions[-1], document))
    if versions[-1].expires <= now:
        raise refuse_charter(f"expires: ended at {versions[-1].expires}")
    return versions


def signers(document: Any, charter: Charter) -> set[str]:
    """Ids of the anchors of ``charter`` whose signature on ``document`` holds."""
    keys = charter.root_keys()
    _, good = jws.verify_general(document, lambda kid: keys[kid][1] if kid in keys else None, typ=TYPE)
    return {keys[kid][0] for kid in good}


def _require(document: Any, charter: Charter, whose: str) -> None:
    found = signers(document, charter)
    if len(found) < charter.threshold:
        raise refuse_charter(f"threshold: {len(found)} of {charter.threshold} signatures of {whose} anchors")


def _check(charter: Charter, lasting: list[PublicKey]) -> None:
    ids = [anchor.id for anchor in charter.anchors]
    roots = {anchor.root.get("kid") for anchor in charter.anchors}
    rules = {
        "anchors: between 1 and 64": 1 <= len(ids) <= 64,
        "anchors: an id or a root key appears twice": len(set(ids)) == len(ids) == len(roots),
        "anchors: a log or witness key is not Ed25519, or serves twice": (
            len({key.raw for key in lasting if key.suite == "ed25519"}) == len(lasting)
        ),
        "anchors: one id may not lie below another": not any(a.endswith("." + b) for a in ids for b in ids),
        "threshold: between 1 and the number of anchors": 1 <= charter.threshold <= len(ids),
        "expires: after issued": charter.expires > charter.issued,
        "version: at least 1": charter.version >= 1,
        "freshness: critical is stricter than normal": 0 < charter.freshness.critical <= charter.freshness.normal,
    }
    for rule, kept in rules.items():
        if not kept:
            raise refuse_charter(rule)
