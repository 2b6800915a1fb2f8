"""Machine doors of the circle: who this node is, the charter, keys past and present, key statements from below."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import orjson

from twincity.engines.circle import services
from twincity.engines.circle.membership.holder import circle, is_open
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import clock, jws
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import read_body, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import METHOD_NOT_ALLOWED, UNAVAILABLE, Problem

JSON = [(b"content-type", b"application/json")]
JWT = [(b"content-type", b"application/entity-statement+jwt")]


def _require_circle() -> None:
    if not is_open():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")


@door("/.well-known/twincity", "What this node is: id, address, charter chain, protocol version")
async def well_known(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Self-description, unsigned; everything that matters in it is signed on its own."""
    _require_circle()
    mine = circle()
    value = {
        "id": mine.member,
        "title": msgspec.to_builtins(mine.home.config.title),
        "address": mine.home.config.address,
        "protocols": ["tc1"],
        "circle": mine.state.directory.charter.circle,
        "charter": mine.state.chain,
        "logs": [f"{mine.member}/public", f"{mine.member}/exchange"],
    }
    await send_response(send, 200, JSON, orjson.dumps(value))


@door("/.well-known/openid-federation", "Entity configuration (OpenID Federation 1.0 section 9)")
async def entity_configuration(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """A statement of this node about itself, signed by its root key."""
    _require_circle()
    body = await asyncio.to_thread(_configuration)
    await send_response(send, 200, JWT, body.encode())


def _configuration() -> str:
    mine, now = circle(), clock.unix()
    root = mine.home.key("root")
    payload: dict[str, Any] = {
        "iss": mine.member,
        "sub": mine.member,
        "iat": now,
        "exp": now + 86_400,
        "jwks": {"keys": [to_jwk(root.public)]},
        "metadata": {"twincity_node": {"address": mine.home.config.address}},
    }
    issuer = mine.state.directory.members[mine.member].issuer if mine.member in mine.state.directory.members else ""
    if issuer:
        payload["authority_hints"] = [issuer]
    return jws.sign(payload, root, typ="entity-statement+jwt")


@door("/circle/historical-keys", "All keys of the circle, past and present, with their terms and revocations")
async def historical_keys(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Signed key set (OpenID Federation 1.0 section 8.7), so that old evidence can be checked."""
    _require_circle()
    mine = circle()
    keys = [
        to_jwk(record.key)
        | {"use": record.use, "member": record.member, "nbf": record.nbf, "exp": record.exp}
        | ({"revoked": msgspec.to_builtins(record.revocation)} if record.revocation else {})
        for record in list(mine.state.directory.keys.values())
    ]
    value = {"iss": mine.member, "iat": clock.unix(), "keys": keys}
    body = await asyncio.to_thread(jws.sign, value, mine.home.key("root"), typ="jwk-set+jwt")
    await send_response(send, 200, [(b"content-type", b"application/jwk-set+jwt")], body.encode())


@door("/circle/keys", "A member below this node announces its next keys (its root key signs them)")
async def keys(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept a key statement."""
    _require_circle()
    if scope["method"] != "POST":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    token = (await read_body(scope, receive, 65_536, 10.0)).decode("ascii", "replace")
    index = await asyncio.to_thread(services.accept_keys, token)
    await send_response(send, 200, JSON, orjson.dumps({"index": index}))


describe(
    Described("GET", "/.well-known/twincity", "What this node is", result=dict[str, Any], tag="circle"),
    Described(
        "GET", "/.well-known/openid-federation", "Entity configuration (OpenID Federation 1.0)", result=str,
        result_type="application/entity-statement+jwt", tag="circle",
    ),
    Described(
        "GET", "/circle/historical-keys", "All keys of the circle, past and present", result=str,
        result_type="application/jwk-set+jwt", tag="circle",
    ),
    Described(
        "POST", "/circle/keys", "A member below this node announces its next keys", body=str,
        body_type="application/jwt", result=dict[str, int], tag="circle",
    ),
)  # fmt: skip
