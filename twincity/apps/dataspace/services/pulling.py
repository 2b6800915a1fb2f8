"""Fetching the data of a transfer as its consumer: a signed call like any other, at the address the provider gave."""

from __future__ import annotations

import msgspec

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.protocol import reading
from twincity.apps.dataspace.protocol.states import WRONG_STATE
from twincity.apps.dataspace.services.posting import PROTOCOL
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Letter, Outbound
from twincity.kernel import background, ids
from twincity.kernel.http.errors import TransportError
from twincity.kernel.problems import BAD_REQUEST, UNAVAILABLE, Problem


class Got(msgspec.Struct, frozen=True):
    """Data that were fetched, and the id of the exchange."""

    status: int
    message: str
    body: bytes


def fetch(*, pid: str, path: str = "/") -> Got:
    """Fetch data of a started transfer; ``path`` is below the service, with its query. Call it from a thread.

    Raises:
        Problem: ``not-found``, ``dataspace-state``, or why the provider did not answer.
    """
    found = queries.transfer(pid)
    if found.role != "consumer" or found.state != "started" or not found.address:
        raise Problem(WRONG_STATE, field="state", state=found.state.upper(), role=found.role, message="data")
    address = msgspec.convert(found.address, reading.DataAddress)
    peer = queries.peer(found.peer)
    path, _, query = path.partition("?")
    if not path.startswith("/"):
        raise Problem(BAD_REQUEST, field="path", reason="a path begins with /")
    if peer.member:
        return background.wait(_signed(found.peer, found.contract, address, path, query))
    return background.wait(_bare(found.peer, address, path, query))


async def _signed(peer: str, contract: str, address: reading.DataAddress, path: str, query: str) -> Got:
    agreed = await _terms(contract)
    result = await exchange.call(
        Outbound(
            provider=peer, service=agreed.service, method="GET", path=path, query=query, purpose=agreed.purpose,
            system=agreed.system, base=address.endpoint,
            extra={"authorization": f"Bearer {address.property('authorization')}"},
        )
    )  # fmt: skip
    return Got(result.status, result.id, result.body)


async def _terms(contract: str) -> exchange.Terms:
    from twincity.apps.dataspace.services.posting import write  # noqa: PLC0415  one writer for both

    found = await write(exchange.agreement, identifier=contract)
    if found is None:
        raise Problem(BAD_REQUEST, field="transfer", reason="the agreement of the transfer is not known here")
    return found.terms


async def _bare(peer: str, address: reading.DataAddress, path: str, query: str) -> Got:
    url = address.endpoint + path + (f"?{query}" if query else "")
    token = address.property("authorization")
    name = address.property("authKey") or "authorization"
    letter = Letter(PROTOCOL, peer, "GET", url, id=ids.new_id(), headers={name.lower(): token})
    try:
        response = await exchange.post(letter, signed=False)
    except TransportError as error:
        raise Problem(UNAVAILABLE, field="endpoint", reason=type(error).__name__) from error
    return Got(response.status, letter.id, response.body)
