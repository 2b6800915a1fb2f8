"""Machine doors of the dataspace face: the protocol's endpoints, the data of transfers, what is pushed here."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import orjson

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.protocol import messages, reading
from twincity.apps.dataspace.services import addresses, negotiations, offering, posting, transfers
from twincity.apps.dataspace.services.outbox import Outcome
from twincity.apps.dataspace.services.posting import PROTOCOL, carry_out, write
from twincity.apps.dataspace.wire import peers
from twincity.apps.dataspace.wire.peers import Peer
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import AgreedDoor, Letter, Sender
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import header, query, read_body, send_problem, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE, Problem, define

BODY_SECONDS = 15.0
BODY_LIMIT = 256 * 1024
"""Bytes of a protocol message: a policy is a few KB."""
GZIP_FROM = 1400
FILTER = define(
    "dataspace-filter",
    400,
    zh="此节点不支持目录筛选",
    en="This node does not filter its catalogue",
)
JSON = (b"content-type", b"application/json")
_BASE = addresses.base_path()
Answer = tuple[int, dict[str, Any] | None]


@door("/.well-known/dspace-version", "Versions of the Dataspace Protocol that this node speaks, for anyone")
async def versions(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Unversioned and open, as the protocol has it."""
    body = messages.versions(f"{_BASE}/{messages.VERSION}")
    await send_response(send, 200, [JSON], orjson.dumps(body))


@door(f"{_BASE}/{messages.VERSION}/", "Endpoints of the Dataspace Protocol 2025-1, in both roles (docs/dataspace.md)")
async def protocol(scope: Scope, receive: Receive, send: Send) -> None:
    """Who it is, what it says, and the answer; every refusal is a body of the protocol's own kind."""
    started = time.perf_counter()
    rest = str(scope["twincity.rest"])
    peer: Peer | None = None
    try:
        _open()
        body = await read_body(scope, receive, BODY_LIMIT, BODY_SECONDS)
        peer, sender = await _who(scope, body)
        posting.sender().heard(peer.id)
        if rest.startswith("catalog/"):
            await _catalog(scope, rest.removeprefix("catalog/"), body, send)
            return
        status, answer = await _dispatch(scope["method"], rest, peer, body, sender.message)
    except Problem as problem:
        await _refuse(send, rest, problem)
        return
    if scope["method"] == "POST":
        letter = Letter(PROTOCOL, peer.id, "POST", scope["path"], body, id=sender.message)
        await exchange.keep(letter, "provider", sender.part, status, started)
    await send_response(send, status, [JSON], orjson.dumps(answer))


@door(f"{_BASE}/data/", "Data of a started transfer: `GET …/data/PID/tc1/SERVICE/PATH` with its token")
async def data(scope: Scope, receive: Receive, send: Send) -> None:
    """Members sign their calls as everywhere, so that both sides have evidence; partners show the token alone."""
    _open()
    pid, _, rest = str(scope["twincity.rest"]).partition("/tc1/")
    found = await write(transfers.admit, pid=pid, token=_token(scope))
    if any(name == b"signature" for name, _ in scope["headers"]):
        door_of = AgreedDoor(exchange.runtime_of_node(), agreement=found.contract, consumer=found.peer)
        await door_of(scope, receive, send)
        return
    if (await write(queries.peer, identifier=found.peer)).member:
        raise Problem(peers.UNKNOWN, field="signature", reason="a member signs its calls")
    if scope["method"] != "GET":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    service, _, path = rest.partition("/")
    _, _, purpose = await write(transfers.service_of, found=found)
    answer = await exchange.serve(
        consumer=found.peer, agreement=found.contract, service=service, path="/" + path,
        query=scope["query_string"].decode("latin-1"), purpose=purpose,
    )  # fmt: skip
    await send_response(send, answer.status, [(b"content-type", answer.media_type.encode())], answer.body)


@door(f"{_BASE}/inbox/", "Where providers bring the data of pushed transfers: `POST …/inbox/PID` with its token")
async def inbox(scope: Scope, receive: Receive, send: Send) -> None:
    """Kept with the transfer; who holds the token may bring data once or again."""
    _open()
    if scope["method"] != "POST":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    token = _token(scope)
    body = await read_body(scope, receive, exchange.runtime_of_node().body_limit, BODY_SECONDS)
    media_type = (header(scope, b"content-type") or b"application/octet-stream").decode("latin-1")
    await write(transfers.take_in, pid=str(scope["twincity.rest"]), token=token, data=body, media_type=media_type)
    await send_response(send, 204, [])


def _open() -> None:
    if not exchange.running():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")


def _token(scope: Scope) -> str:
    """The token of a data call, bare or as bearer: connectors do either."""
    value = (header(scope, b"authorization") or b"").decode("latin-1")
    return value.partition(" ")[2] if value.lower().startswith("bearer ") else value


async def _who(scope: Scope, body: bytes) -> tuple[Peer, Sender]:
    if any(name == b"signature" for name, _ in scope["headers"]):
        sender = await exchange.sender_of(scope, body)
        return queries.member(sender.member), sender
    token = _token(scope)
    found = await write(queries.partner_of, token=token) if token else None
    if found is None:
        raise Problem(peers.UNKNOWN, field="authorization", reason="no signature, and no known token")
    return found, Sender(found.id, "")


async def _catalog(scope: Scope, rest: str, body: bytes, send: Send) -> None:
    if rest == "request" and scope["method"] == "POST":
        given = reading.read(body, reading.CatalogRequestMessage)
        if given.filter:
            raise Problem(FILTER, field="filter")
        after = query(scope, ("after",)).get("after", "")
        answer, following = await write(offering.catalog, after=after)
        links = [(b"link", _link(following, after))] if following or after else []
        await _send_zipped(scope, send, orjson.dumps(answer), links)
        return
    if rest.startswith("datasets/") and scope["method"] == "GET":
        name = unquote(rest.removeprefix("datasets/"))
        await _send_zipped(scope, send, orjson.dumps(await write(offering.dataset, name=name)), [])
        return
    raise Problem(NOT_FOUND, field="path", what=f"catalog/{rest[:60]}")


def _link(following: str, after: str) -> bytes:
    """RFC 8288: where the next page is; a first page has none before it."""
    url = f"{addresses.callback()}/catalog/request"
    first = f'<{url}>; rel="first"' if after else ""
    onward = f'<{url}?after={quote(following, safe="")}>; rel="next"' if following else ""
    return ", ".join(filter(None, (onward, first))).encode()


async def _send_zipped(scope: Scope, send: Send, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    wanted = b"gzip" in (header(scope, b"accept-encoding") or b"")
    if wanted and len(body) >= GZIP_FROM:
        body = gzip.compress(body, 5, mtime=0)
        headers = [*headers, (b"content-encoding", b"gzip")]
    await send_response(send, 200, [JSON, (b"vary", b"accept-encoding"), *headers], body)


Take = Callable[..., Outcome]
_NEGOTIATION: dict[str, Take] = {
    "request": negotiations.receive_request,
    "offers": negotiations.receive_offer,
    "agreement": negotiations.receive_agreement,
    "agreement/verification": negotiations.receive_verification,
    "events": negotiations.receive_event,
    "termination": negotiations.receive_termination,
}
_TRANSFER = {"start": "start", "suspension": "suspend", "completion": "complete", "termination": "terminate"}


async def _dispatch(method: str, rest: str, peer: Peer, body: bytes, message: str) -> Answer:
    kind, _, place = rest.partition("/")
    if kind not in {"negotiations", "transfers"} or not place:
        raise Problem(NOT_FOUND, field="path", what=rest[:60])
    if method == "GET" and "/" not in place:
        return await _state(kind, place, peer)
    if method != "POST":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=method)
    given = {"peer": peer, "body": body, "message": message}
    take = _negotiation if kind == "negotiations" else _transfer
    return await take(place, given)


async def _state(kind: str, pid: str, peer: Peer) -> Answer:
    if kind == "negotiations":
        return 200, negotiations.shown(await write(queries.negotiation, pid=pid, peer=peer.id))
    return 200, transfers.shown(await write(queries.transfer, pid=pid, peer=peer.id))


async def _negotiation(place: str, given: dict[str, Any]) -> Answer:
    if place == "request":
        outcome = await write(negotiations.receive_request, **given)
        return await _done(outcome, negotiations.shown, 201)
    pid, _, act = place.partition("/")
    take = _NEGOTIATION.get(act)
    if take is None:
        raise Problem(NOT_FOUND, field="path", what=f"negotiations/{place[:60]}")
    return await _done(await write(take, pid=pid, **given), negotiations.shown, 200)


async def _transfer(place: str, given: dict[str, Any]) -> Answer:
    if place == "request":
        return await _done(await write(transfers.receive_request, **given), transfers.shown, 201)
    pid, _, step = place.partition("/")
    if step not in _TRANSFER:
        raise Problem(NOT_FOUND, field="path", what=f"transfers/{place[:60]}")
    outcome = await write(transfers.receive_step, pid=pid, act=_TRANSFER[step], **given)
    return await _done(outcome, transfers.shown, 200)


async def _done(outcome: Outcome, show: Callable[[Any], dict[str, Any]], status: int) -> Answer:
    answer = show(outcome.process)
    if outcome.again:
        return 200, answer
    if status == 201:  # what the request has led to already is told by a message of its own
        answer["state"] = "REQUESTED"
    await carry_out(outcome)
    return status, answer


async def _refuse(send: Send, rest: str, problem: Problem) -> None:
    """A problem as the protocol's own error body."""
    kinds = {"catalog": "CatalogError", "negotiations": "ContractNegotiationError", "transfers": "TransferError"}
    head, _, place = rest.partition("/")
    if head not in kinds:
        await send_problem(send, problem)
        return
    pid = place.partition("/")[0]
    pids = {"provider_pid": pid, "consumer_pid": pid} if pid not in {"request", "offers"} else {}
    status = problem.kind.status if problem.kind is not INTERNAL else 500
    body = messages.error(kinds[head], code=problem.kind.code, reason=[problem.text("en"), problem.text()], **pids)
    await send_response(send, status, [JSON], orjson.dumps(body))


_ROOT = f"{_BASE}/{messages.VERSION}"
_MESSAGE = dict[str, Any]
describe(
    Described("GET", "/.well-known/dspace-version", "Versions of the Dataspace Protocol", result=_MESSAGE, tag="dsp"),
    *(
        Described("POST", f"{_ROOT}/{path}", summary, body=_MESSAGE, result=_MESSAGE, security="member", tag="dsp")
        for path, summary in {
            "catalog/request": "Catalogue of offers",
            "negotiations/request": "Begin a contract negotiation",
            "negotiations/{pid}/{step}": "The next message of a negotiation",
            "transfers/request": "Begin a transfer",
            "transfers/{pid}/{step}": "The next message of a transfer",
        }.items()
    ),
    *(
        Described("GET", f"{_ROOT}/{path}", summary, result=_MESSAGE, security="member", tag="dsp")
        for path, summary in {
            "catalog/datasets/{id}": "One dataset with its offers",
            "negotiations/{pid}": "A negotiation's state",
            "transfers/{pid}": "A transfer's state",
        }.items()
    ),
    Described(
        "GET", f"{_BASE}/data/{{pid}}/tc1/{{service}}/{{path}}", "Data of a transfer", security="partner", tag="dsp"
    ),
    Described(
        "POST",
        f"{_BASE}/inbox/{{pid}}",
        "Data that are pushed",
        body=_MESSAGE,
        status=204,
        security="partner",
        tag="dsp",
    ),
)
