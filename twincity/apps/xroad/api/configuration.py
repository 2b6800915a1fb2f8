"""The global configuration to download, as a Security Server and as a central server would give it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from twincity.apps.xroad import queries
from twincity.apps.xroad.rules import configuration as rules
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import query, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import METHOD_NOT_ALLOWED, NOT_FOUND, Problem

LOCATION = f"/internalconf/V{rules.VERSION}/{rules.SHARED}"
ALGORITHMS = {
    "ed25519": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    "sm2": "urn:oid:1.2.156.10197.1.501",
}
"""RFC 9231 section 2.3.12; SM2 with SM3 has no name in XML Signature, so its object identifier stands."""


@door("/verificationconf", "X-Road: the global configuration as an archive")
async def verificationconf(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  a door's signature
    """The archive."""
    _only_get(scope)
    files = await asyncio.to_thread(_files)
    body = rules.verification_zip(exchange.instance(), files, _expires())
    await send_response(send, 200, [(b"content-type", b"application/zip")], body)


@door("/internalconf", "X-Road: the signed directory of the global configuration")
async def internalconf(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  a door's signature
    """The directory, signed with the key this node signs its calls with."""
    _only_get(scope)
    instance = exchange.instance()
    shared = (await asyncio.to_thread(_files))[instance]
    content = rules.directory(instance, LOCATION, shared, _expires())
    signer = circle.signer()
    signature = await signer.sign(content) if signer.batched else signer.key.sign(content)
    body = rules.signed(content, signature, ALGORITHMS[signer.key.suite], signer.kid)
    kind = b"multipart/related; charset=UTF-8; boundary=outer"
    await send_response(send, 200, [(b"content-type", kind)], body)


@door("/internalconf/", "X-Road: the files that the directory names")
async def internalconf_file(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  a door's signature
    """The shared parameters of the own instance."""
    _only_get(scope)
    if scope["path"] != LOCATION:
        raise Problem(NOT_FOUND, field="path", what=scope["path"][:200])
    shared = (await asyncio.to_thread(_files))[exchange.instance()]
    await send_response(send, 200, [(b"content-type", b"text/xml")], shared)


def _files() -> dict[str, bytes]:
    clients, servers = queries.clients(), queries.servers()
    source = urlsplit(servers[circle.member_id()].address).hostname or ""
    return {each: rules.shared_params(each, source, clients, servers) for each in rules.instances(clients)}


def _expires() -> str:
    at: datetime = clock.now().astimezone(UTC) + timedelta(seconds=rules.SECONDS)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _only_get(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    query(scope, ())


describe(
    Described("GET", "/verificationconf", "Global configuration", tag="xroad", result_type="application/zip"),
    Described("GET", "/internalconf", "Signed directory", tag="xroad", result_type="multipart/related"),
    Described("GET", LOCATION, "Shared parameters", tag="xroad", result_type="text/xml"),
)
