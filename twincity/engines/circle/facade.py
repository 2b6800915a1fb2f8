"""The circle's door for other engines and apps."""

from __future__ import annotations

from typing import Any

from twincity.engines.circle import services
from twincity.engines.circle.membership import follow
from twincity.engines.circle.membership.holder import circle, is_open
from twincity.engines.circle.membership.signing import Signer
from twincity.engines.circle.membership.state import EntryHandler, on_entry
from twincity.engines.circle.trust import freshness
from twincity.engines.circle.trust.directory import Directory, KeyRecord, Member
from twincity.engines.circle.trust.errors import UNKNOWN_KEY, refuse
from twincity.engines.circle.trust.freshness import Standing
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey
from twincity.kernel.problems import Problem

__all__ = [
    "Directory",
    "EntryHandler",
    "KeyRecord",
    "Member",
    "Signer",
    "Standing",
    "charter_chain",
    "directory",
    "is_open",
    "key_history",
    "keys_of",
    "member_id",
    "on_entry",
    "publish",
    "read_published",
    "signer",
    "signing_key",
    "standing",
    "witnessed_at",
]


def member_id() -> str:
    """This node's id in the circle."""
    return circle().member


def directory() -> Directory:
    """The directory as it is now; read only."""
    return circle().state.directory


def charter_chain() -> list[dict[str, Any]]:
    """All versions of the charter, first to last, as signed."""
    return circle().state.chain


def signer() -> Signer:
    """The key this node signs with now."""
    return circle().signer()


async def signing_key(kid: str, now: int) -> KeyRecord:
    """The key another node signed with, usable now; an unknown one is looked up at its issuers once before refusing.

    Raises:
        Problem: ``unknown-key``, ``key-revoked``, ``key-out-of-time``, ``unknown-member``, ``member-expired``.
    """
    found = circle().state.directory
    if kid not in found.keys:
        await follow.refresh()
    return found.signing_key(kid, now)


def standing(member: str, service_class: str, now: int) -> Standing:
    """Whether a service of this class may be used by a member, given how fresh the directory is.

    Raises:
        Problem: ``directory-stale``.
    """
    state = circle().state
    return freshness.standing(state.witnessed_at(member), now, service_class, state.directory.charter.freshness)


def witnessed_at(member: str) -> int:
    """When the log of a member's anchor was last witnessed by another jurisdiction, seconds since 1970."""
    return circle().state.witnessed_at(member)


def publish(*, typ: str, payload: dict[str, Any]) -> int:
    """Sign a document and publish it in this node's public log; its index."""
    return services.publish(typ=typ, payload=payload)


def read_published(owner: str, token: str, typ: str) -> dict[str, Any]:
    """Payload of a document from the public log of ``owner``, signed by one of that member's keys.

    Raises:
        Problem: ``statement-refused``.
    """
    try:
        return jws.verify(token, keys_of(owner).get, typ=typ)
    except jws.JWSError as error:
        raise refuse(str(error)) from error


def keys_of(member: str) -> dict[str, PublicKey]:
    """The tc1 keys of a member that are not revoked, by kid."""
    records = circle().state.directory.keys.items()
    return {
        kid: record.key
        for kid, record in records
        if record.member == member and record.use == "tc1" and record.revocation is None
    }


def key_history(kid: str) -> list[str]:
    """Documents that vouch for a key, issuer's first: member statements, key statement, revocation if any.

    Raises:
        Problem: ``unknown-key``.
    """
    state = circle().state
    record = state.directory.keys.get(kid)
    if record is None:
        raise Problem(UNKNOWN_KEY, field="keyid", kid=kid)
    documents: list[str] = []
    for link in reversed(state.directory.chain(record.member)):
        if link.statement:
            documents.append(link.statement)
            documents += _vouching(state.directory, link.issuer, link.statement)
    documents += [record.statement, *([record.revocation_token] if record.revocation_token else [])]
    return list(dict.fromkeys(documents))


def _vouching(found: Directory, issuer: str, token: str) -> list[str]:
    record = found.keys.get(jws.header(token)["kid"])
    return [record.statement] if record and record.member == issuer else []
