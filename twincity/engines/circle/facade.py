"""The circle's door for other engines and apps."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection
from typing import Any

from twincity.engines.circle import services
from twincity.engines.circle.membership import follow as follow_module
from twincity.engines.circle.membership import holder
from twincity.engines.circle.membership.holder import circle, is_open
from twincity.engines.circle.membership.signing import Signer
from twincity.engines.circle.membership.state import EntryHandler, load_chain, on_entry
from twincity.engines.circle.services import Card, adopt_charter, card, sign_charter
from twincity.engines.circle.trust import freshness
from twincity.engines.circle.trust.charter import verify_versions
from twincity.engines.circle.trust.directory import Directory, KeyRecord, Member
from twincity.engines.circle.trust.errors import refuse
from twincity.engines.circle.trust.freshness import Standing
from twincity.engines.circle.trust.witnessing import policy as policy_for
from twincity.engines.ledger import facade as ledger
from twincity.kernel import jws
from twincity.kernel.home import Home
from twincity.kernel.http.client import Client
from twincity.kernel.keys import PublicKey
from twincity.kernel.notes import VerifierKey

__all__ = [
    "Card",
    "Directory",
    "EntryHandler",
    "KeyRecord",
    "Member",
    "Signer",
    "Standing",
    "adopt_charter",
    "anchor_addresses",
    "card",
    "charter_chain",
    "directory",
    "directory_over",
    "draft_charter",
    "follow",
    "is_open",
    "keys_of",
    "log_keys",
    "logged",
    "member_id",
    "on_entry",
    "on_reached",
    "open_circle",
    "pinned_digest",
    "policy_for",
    "publish",
    "publish_all",
    "read_published",
    "sign_charter",
    "signer",
    "signing_key",
    "standing",
    "vouching_documents",
    "witnessed_at",
]


def open_circle(home: Home, client: Client) -> bool:
    """Join the circle this home has a charter of, with all that earlier runs have learnt; False without a charter.

    Raises:
        Problem: ``charter-refused``.
    """
    if not load_chain(home):
        return False
    mine = holder.open_circle(home)
    follow_module.start(client).replay()
    ledger.on_public(lambda index, record: mine.state.apply(mine.member, index, record))
    follow_module.note_witnessed(mine, mine.member, ledger.public_log().checkpoint())
    return True


def draft_charter(name: str, threshold: int, cards: list[Card], chain: list[dict[str, Any]]) -> dict[str, Any]:
    """An unsigned charter over the nodes of the cards, the successor of ``chain`` if that is not empty."""
    previous = verify_versions(chain, 0)[-1] if chain else None
    return services.draft_charter(circle_name=name, threshold=threshold, cards=cards, previous=previous)


def anchor_addresses(home: Home) -> dict[str, str]:
    """Base URL of each anchor by its id, after the charter that a home has adopted; empty without one."""
    chain = load_chain(home)
    return {each.id: each.address for each in verify_versions(chain, 0)[-1].anchors} if chain else {}


def pinned_digest(home: Home) -> str:
    """SHA-256 of the payload of the first charter: what parties compare out of band."""
    return hashlib.sha256(load_chain(home)[0]["payload"].encode()).hexdigest()


async def follow(stop: asyncio.Event) -> None:
    """Follow the logs of all members until stopped."""
    found = follow_module.follower()
    if found is not None:
        await found.run(stop)


def on_reached(listener: Callable[[str], object]) -> None:
    """Be told, on the event loop, of a member each time its log could be read."""
    follow_module.reached.append(listener)


def log_keys(origin: str) -> tuple[VerifierKey, ...]:
    """Keys of a log of this circle, none for another."""
    return circle().log_keys(origin) if is_open() else ()


def member_id() -> str:
    """This node's id in the circle."""
    return circle().member


def directory() -> Directory:
    """The directory as it is now; read only."""
    return circle().state.directory


def directory_over(chain: list[dict[str, Any]]) -> Directory:
    """An empty directory over a chain of charters, dates aside: what an offline verifier folds documents into.

    Raises:
        Problem: ``charter-refused``.
    """
    *earlier, charter = verify_versions(chain, 0)
    return Directory(charter, earlier)


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
        await follow_module.refresh()
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


def logged(owner: str, places: Collection[int]) -> dict[int, str]:
    """Documents at some places of the public log of a member, from this node's verified copy; those it has.

    One read of the disk for each 256 neighbouring places.
    """
    found = follow_module.follower()
    if owner == member_id():
        log = ledger.public_log()
        return {place: log.record(place).data.decode() for place in places if place < log.size}
    if found is None or owner not in found.followed:
        return {}
    reader = found.followed[owner].copy.mirror.reader()
    bundles = {number: reader.entries(number) for number in {place // ledger.WIDTH for place in places}}
    return {place: bundles[place // ledger.WIDTH][place % ledger.WIDTH].decode() for place in places}


def publish_all(*, typ: str, payloads: list[bytes]) -> list[int]:
    """As :func:`publish`, for at most 1,000 documents of one type in canonical JSON, faster; their indexes."""
    return services.publish_all(typ=typ, payloads=payloads)


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


def vouching_documents(members: list[str]) -> list[tuple[str, str]]:
    """All directory documents about the anchors, the given members and their issuers: owner of the log and token.

    Folded in this order into an empty directory over the same charter they give the same keys and revocations.
    """
    state = circle().state
    wanted = {anchor.id for anchor in state.directory.charter.anchors}
    for member in members:
        wanted.update(link.id for link in state.directory.chain(member))
    return state.documents_about(*wanted)
