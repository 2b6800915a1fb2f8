"""Messages of a process: written with the step they belong to, handed to the sender when that has been committed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from django.db.models import QuerySet

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.models import Message, Negotiation, Process, Transfer
from twincity.apps.dataspace.wire.sender import Outgoing
from twincity.kernel.tracked import move

P = TypeVar("P", bound=Process)


@dataclass
class Outcome:
    """What a step has led to."""

    process: Any
    outgoing: list[Outgoing] = field(default_factory=list)
    record: bytes | None = None
    """Of an agreement that was concluded, for the ledger."""
    again: bool = False
    """The message had been taken before; nothing was done."""


def say(process: Process, kind: str, path: str, body: dict[str, Any]) -> Outgoing:
    """Write a message to the peer into the outbox."""
    row = Message.objects.create(process=process.pk, sent=True, kind=kind, path=path, body=body)
    return outgoing(row, process)


def outgoing(row: Message, process: Process) -> Outgoing:
    """A message as the sender takes it."""
    url = f"{process.callback}/{row.path}"
    return Outgoing(row.pk, process.pk, process.peer, url, orjson.dumps(row.body), process.role)


def key_of(peer: str, message: str) -> str:
    """Under which a received message is kept."""
    return hashlib.sha256(f"{peer} {message}".encode()).hexdigest()


def heard(process: Process, key: str, kind: str, body: bytes) -> None:
    """Keep a message from the peer."""
    more = {"id": key} if key else {}
    Message.objects.create(
        process=process.pk, sent=False, kind=kind, state="done", next_attempt_at=None, body=orjson.loads(body), **more
    )


def known(key: str) -> bool:
    """Whether a message was taken before."""
    return bool(key) and Message.objects.filter(pk=key).exists()


def settled(message: str, *, refused: str = "", peer_pid: str = "") -> None:
    """Note that the peer has taken a message or refused it; a first message that is refused ends the process."""
    row = Message.objects.filter(pk=message, state="due").first()
    if row is None:
        return
    move(row, "refused" if refused else "done", body=_without_secrets(row.body))
    if not (refused or peer_pid):
        return
    process = _process(row.process)
    if process is None:
        return
    if peer_pid and not process.peer_pid:
        QuerySet(type(process)).filter(pk=process.pk, peer_pid="").update(peer_pid=peer_pid)
    if refused:
        Message.objects.filter(pk=message).update(last_error=refused[:500])
        if not process.peer_pid and process.state not in {"terminated", "finalized", "completed"}:
            move(process, "terminated")


def _process(pid: str) -> Process | None:
    for model in (Negotiation, Transfer):
        found = model.objects.filter(pk=pid).first()
        if found is not None:
            return found
    return None


def _without_secrets(body: dict[str, Any]) -> dict[str, Any]:
    """A body without the token it carried, which only the peer needs to keep."""
    address = body.get("dataAddress")
    if not isinstance(address, dict):
        return body
    listed = [
        {**each, "value": "…"} if each.get("name") == "authorization" else each
        for each in address.get("endpointProperties", [])
    ]
    return {**body, "dataAddress": {**address, "endpointProperties": listed}}


def left_over() -> list[Outgoing]:
    """What an earlier run has not sent."""
    return [outgoing(row, process) for row, process in queries.due()]
