"""Background work of the circle: follow the others' logs, ask for cosignatures, keep keys and statements in date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from twincity.engines.circle import services
from twincity.engines.circle.membership import follow, signing
from twincity.engines.circle.membership.holder import Circle, circle, is_open
from twincity.engines.ledger import facade as ledger
from twincity.engines.ledger.facade import parse_conflict
from twincity.kernel import clock
from twincity.kernel.http.errors import TransportError
from twincity.kernel.jobs import job
from twincity.kernel.notes import NoteError

RENEW = 300
"""Seconds after which a cosignature is asked for anew although the log has not grown: the circle's pulse."""
PATIENCE = 5.0


@dataclass
class _Asked:
    """What a witness has cosigned last of one log, as far as is known, and when it answered."""

    size: int = 0
    at: int = 0
    done: int = -1
    """Size for which the cosignature was received."""


_asked: dict[tuple[str, str], _Asked] = {}
_policies: dict[str, int] = {}
"""Version of the directory that the logs' policies were made from."""
_noted: dict[str, tuple[int, ledger.SignedCheckpoint]] = {}
"""Version of the directory and checkpoint of the own log that were looked at last: verifying costs the most here."""


@job("circle.witnesses", every=0.3, jitter=0)
async def witnesses(_: Any) -> None:
    """Have each new checkpoint, and each that is getting old, cosigned by the anchors."""
    found = follow.follower()
    if found is None or not is_open():
        return
    mine = circle()
    _renew_policies(mine)
    anchors = [anchor for anchor in mine.state.directory.charter.anchors if anchor.id != mine.member]
    todo = [(name, anchor) for name in ledger.NAMES for anchor in anchors if _due(name, anchor.id)]
    await asyncio.gather(*(_ask(name, anchor.id, anchor.address) for name, anchor in todo))
    seen = mine.state.directory.version, ledger.public_log().checkpoint()
    if not anchors or seen != _noted.get("own"):  # a circle's only anchor is as fresh as the clock
        follow.note_witnessed(mine, mine.member, seen[1])
        _noted["own"] = seen


def _renew_policies(mine: Circle) -> None:
    """Say anew which cosignatures count, when the directory has changed."""
    version = mine.state.directory.version
    if _policies.get("version") != version:
        for name in ledger.NAMES:
            ledger.set_policy(name, mine.policy(mine.member, name))
        _policies["version"] = version


def _due(name: str, anchor: str) -> bool:
    known = _asked.setdefault((name, anchor), _Asked())
    size = ledger.log(name).checkpoint().checkpoint.size
    return size != known.done or clock.unix() - known.at >= RENEW or clock.unix() < known.at


async def _ask(name: str, anchor: str, address: str) -> None:
    known, found = _asked[name, anchor], follow.follower()
    if found is None:
        return
    try:
        for _ in range(2):
            request = await asyncio.to_thread(ledger.log(name).witness_request, known.size)
            response = await found.client.request(
                "POST", f"{address}/witness/add-checkpoint", [], request.encode(), timeout=PATIENCE, max_body=4096
            )
            if response.status != 409:
                break
            known.size = parse_conflict(response.body)
        if response.status == 200:
            size = request.signed.checkpoint.size
            # In a thread: what was cosigned is flushed to the disk.
            await asyncio.to_thread(ledger.add_cosignatures, name, response.body.decode(), size)
            known.size, known.done, known.at = size, size, clock.unix()
    except ledger.LogError as error:
        # The witness has seen more than this log holds: the log was set back, by a restored backup or by somebody.
        structlog.get_logger().critical("log_set_back", anchor=anchor, log=name, error=str(error))
    except (TransportError, NoteError, LookupError, ValueError) as error:
        structlog.get_logger().debug("witness_not_reached", anchor=anchor, log=name, error=str(error))


@job("circle.keys", every=60)
async def keys(_: Any) -> None:
    """Rotate the node's key at two thirds of its life, and send what is announced to the issuer until it is logged."""
    if not is_open() or circle().member not in circle().state.directory.members:
        return
    mine = circle()
    if mine.me.keys is None:
        await asyncio.to_thread(services.announce_own_keys)
    elif signing.due(mine.me.keys, clock.unix()) or _unannounced(mine):
        await services.rotate()


def _unannounced(mine: Circle) -> bool:
    return mine.home.key("tc1").public.kid not in mine.state.directory.keys


@job("circle.statements", every=600)
def statements(_: Any) -> None:
    """Renew the statements of those this node has admitted."""
    if is_open() and circle().member in circle().state.directory.members:
        services.renew_statements(clock.unix())
