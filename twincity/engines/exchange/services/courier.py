"""Carrying messages by hand: export what waits, take in what was carried, and give back the acknowledgements.

Nothing leaves the outbox by being exported: whichever way a message arrives first, by network or by file, it takes
effect, and the other way finds it known. So a lost bundle costs nothing but time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.delivery import courier, lanes
from twincity.engines.exchange.delivery.envelope import Ack
from twincity.engines.exchange.services import outbox
from twincity.engines.exchange.services.delivery import Delivery
from twincity.engines.exchange.services.intake import MOST
from twincity.kernel import clock, ids
from twincity.kernel.home import current

CARRIED = 20_000
"""Messages in one bundle at most."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A bundle taken in, and the one to carry back."""

    sender: str
    id: str
    taken: int
    """Messages that are new here."""
    known: int
    """Messages that had come before, by another way or by this bundle."""
    refused: int
    acknowledged: int
    """Own messages that the sender has acknowledged by it."""
    receipt: bytes


async def export(delivery: Delivery, *, to: str) -> tuple[bytes, int]:
    """A bundle with all that waits for a member, and how many messages that is.

    Raises:
        Problem: ``unknown-member``, ``courier-no-key``.
    """
    return await _pack(delivery, to, [])


async def take_in(delivery: Delivery, data: bytes) -> Carried:
    """Take in a bundle and make the one to carry back: acknowledgements, and what waits for its sender.

    Raises:
        Problem: ``courier-unreadable``, ``courier-refused``, ``unknown-member``.
    """
    manifest, load = courier.read(
        data, _own_keys(), own=circle.member_id(), now=clock.unix(), find=lambda name: circle.keys_of(name).get
    )
    circle.directory().member(manifest.iss, clock.unix())
    acknowledged = await _settle(delivery, manifest.iss, load.acks)
    acks: list[Ack] = []
    for start in range(0, len(load.messages), MOST):
        acks += await delivery.take_in(manifest.iss, load.messages[start : start + MOST])
    receipt, _ = await _pack(delivery, manifest.iss, acks)
    known = sum(ack.known for ack in acks)
    refused = sum(ack.status != 202 for ack in acks)
    return Carried(manifest.iss, manifest.id, len(acks) - known - refused, known, refused, acknowledged, receipt)


async def _settle(delivery: Delivery, member: str, acks: list[Ack]) -> int:
    """What a member says of messages of this node that still wait."""
    await delivery.ready()
    settled = 0
    for start in range(0, len(acks), MOST):
        part = {ack.id: ack for ack in acks[start : start + MOST] if ack.headers}
        rows = await delivery.store.do(partial(outbox.named, destination=member, messages=list(part)))
        if rows:
            await delivery.sender(member).acknowledge(rows, [part[row["id"]] for row in rows])
            settled += len(rows)
    return settled


async def _pack(delivery: Delivery, to: str, acks: list[Ack]) -> tuple[bytes, int]:
    await delivery.ready()
    now = clock.unix()
    circle.directory().member(to, now)
    rows = await delivery.store.do(partial(outbox.waiting, destination=to, limit=CARRIED, most=courier.LIMIT // 2))
    manifest = courier.Manifest(
        id=ids.new_id(), iss=circle.member_id(), aud=to, iat=now, exp=now + lanes.LONGEST_TTL, sha256=""
    )
    file = courier.write(_load(rows, acks), manifest, circle.signer().key, _recipients(to))
    return file, len(rows)


def _load(rows: list[dict[str, Any]], acks: list[Ack]) -> bytes:
    after = lanes.follow([(row["lane"], row["number"]) for row in rows])
    items = [b'{"after":%d,"message":%s}' % (number, row["request"]) for number, row in zip(after, rows, strict=True)]
    return b'{"acks":%s,"messages":[%s]}' % (msgspec.json.encode(acks), b",".join(items))


def _recipients(member: str) -> list[Any]:
    """A member's tc1 keys, or where it signs by another suite its log key, which always is Ed25519."""
    found = [key for key in circle.keys_of(member).values() if key.suite == "ed25519"]
    log = circle.directory().key_for(member, "log")
    return found or ([log] if log else [])


def _own_keys() -> list[Any]:
    home = current()
    names = [name for name in ("tc1", "tc1-old", "log") if (home.path / "keys" / f"{name}.key").exists()]
    return [home.key(name) for name in names]
