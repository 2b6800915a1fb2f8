"""This node's sender, and the one thread in which steps are written, so that bursts queue instead of fighting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import structlog

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.protocol import reading
from twincity.apps.dataspace.protocol.messages import PUSH
from twincity.apps.dataspace.services import outbox, transfers
from twincity.apps.dataspace.services.outbox import Outcome
from twincity.apps.dataspace.wire import peers
from twincity.apps.dataspace.wire.peers import Peer
from twincity.apps.dataspace.wire.sender import Outgoing, Sender, Verdict
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Letter
from twincity.kernel import background
from twincity.kernel.http.errors import TransportError
from twincity.kernel.problems import UNAVAILABLE, Problem

PROTOCOL = "tc.dsp"
"""Name of the protocol in the ledger's records."""
T = TypeVar("T")
_writer = ThreadPoolExecutor(1, thread_name_prefix="dataspace")
_paths: dict[str, str] = {}
"""Base URL of the endpoints of each peer that was asked for them."""


async def write(step: Callable[..., T], **arguments: Any) -> T:
    """Run a step in the writer's thread."""
    return await asyncio.get_running_loop().run_in_executor(_writer, lambda: step(**arguments))


async def carry_out(outcome: Outcome) -> None:
    """After a step was committed: an agreement into ledger and grants, messages on their way, data to be pushed."""
    sender().push(outcome.outgoing)
    if outcome.record is not None:
        await exchange.announce(outcome.record)
    found = outcome.process
    if getattr(found, "form", "") == PUSH and found.role == "provider" and found.state == "started":
        _beside(_push(found.pk))


def follow_up(outcome: Outcome) -> Outcome:
    """The same for a step that was made in a thread; a node that is down does it after its start."""
    if outcome.record is not None or outcome.outgoing:
        background.begin(carry_out(outcome))
    return outcome


_senders: dict[asyncio.AbstractEventLoop, Sender] = {}


def sender() -> Sender:
    """The sender of this loop."""
    loop = asyncio.get_running_loop()
    if loop not in _senders:
        _senders.clear()
        _senders[loop] = Sender(_deliver)
    return _senders[loop]


async def endpoints(peer: Peer) -> str:
    """Base URL of a peer's endpoints: a partner's as registered, a member's as its node says.

    Raises:
        Problem: ``dataspace-peer``, or ``unavailable`` when the node does not answer.
    """
    if not peer.member:
        return peer.base
    if peer.id not in _paths:
        letter = Letter(PROTOCOL, peer.id, "GET", f"{peer.base}/.well-known/dspace-version")
        try:
            response = await exchange.post(letter, signed=False)
        except TransportError as error:
            raise Problem(UNAVAILABLE, field="peer", reason=f"{peer.id}: {type(error).__name__}") from error
        _paths[peer.id] = peer.base + peers.path_of(response.body)
    return _paths[peer.id]


async def _deliver(message: Outgoing, attempts: int) -> Verdict:
    if queries.is_member(message.peer):
        peer = queries.member(message.peer)
    else:
        peer = await write(queries.peer, identifier=message.peer)
    headers = {} if peer.member or not peer.shown else {"authorization": peer.shown}
    letter = Letter(PROTOCOL, peer.id, "POST", message.url, message.body, id=message.id, headers=headers)
    try:
        response = await exchange.post(letter, signed=peer.member)
    except TransportError as error:
        structlog.get_logger().info("dataspace_unreached", peer=peer.id, error=type(error).__name__)
        return "down"
    if response.status >= 500 or response.status in {408, 429}:
        return "again"
    # A message that went out before may have arrived then: its second coming meets a process that has moved on.
    refused = response.status >= 400 and not (attempts and response.status == 409)
    said = f"{response.status} {response.body[:300].decode(errors='replace')}" if refused else ""
    settling = write(outbox.settled, message=message.id, refused=said, peer_pid=_pid(message, response.body))
    if said:
        await settling
    else:  # what follows in the process need not wait for the note that this one was taken
        _beside(settling)
    return "settled"


def _beside(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    sender().tasks.add(task)
    task.add_done_callback(sender().tasks.discard)


def _pid(message: Outgoing, body: bytes) -> str:
    """The provider's process id in its answer to a first request."""
    if message.role != "consumer" or not message.url.endswith("/request"):
        return ""
    kind = "ContractNegotiation" if "/negotiations/" in message.url else "TransferProcess"
    try:
        found = reading.read_process(body, kind)
    except Problem:
        return ""
    return found.provider_pid if found.consumer_pid == message.process else ""


async def _push(pid: str) -> None:
    """Bring the data of a transfer to the consumer's address, then say that they are complete."""
    found = await write(queries.transfer, pid=pid)
    service, path, purpose = await write(transfers.service_of, found=found)
    address = msgspec.convert(found.address, reading.DataAddress)
    path, _, query = (address.property("path") or path.removesuffix("/*") or "/").partition("?")
    answer = await exchange.serve(
        consumer=found.peer, agreement=found.contract, service=service, path=path, query=query, purpose=purpose
    )
    if answer.status != 200:
        outcome = await write(transfers.act, pid=pid, act="terminate", reason=answer.outcome)
        sender().push(outcome.outgoing)
        return
    token = address.property("authorization")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    letter = Letter(PROTOCOL, found.peer, "POST", address.endpoint, answer.body, headers=headers)
    peer = await write(queries.peer, identifier=found.peer)
    try:
        response = await exchange.post(letter, signed=peer.member)
        done, said = response.status < 300, f"{response.status}"
    except TransportError as error:
        done, said = False, type(error).__name__
    step = {"act": "complete"} if done else {"act": "terminate", "reason": f"push failed: {said}"}
    outcome = await write(transfers.act, pid=pid, **step)
    sender().push(outcome.outgoing)


async def resume() -> int:
    """Take up what an earlier run has left: messages, and pushes whose data have not arrived; how many messages."""
    waiting = await write(outbox.left_over)
    sender().push(waiting)
    for pid in await write(transfers.unpushed):
        if not any(each.process == pid for each in waiting):
            await carry_out(Outcome(await write(queries.transfer, pid=pid)))
    return len(waiting)
