"""Who a peer is: a member of the circle by its signature, or a partner by its token; and where its endpoints are."""

from __future__ import annotations

import msgspec

from twincity.apps.dataspace.protocol.messages import VERSION
from twincity.kernel.problems import Problem, define

UNKNOWN = define(
    "dataspace-peer",
    401,
    zh="对方既不是圈内成员, 也未登记为合作方: {reason}",
    en="The peer is neither a member of the circle nor a registered partner: {reason}",
)
ELSEWHERE = define(
    "dataspace-callback",
    400,
    zh="回调地址不属于 {peer}",
    en="The callback address does not belong to {peer}",
)


class Peer(msgspec.Struct, frozen=True):
    """A counterparty and the base URL below which it may name callback addresses."""

    id: str
    base: str
    member: bool
    shown: str = ""
    """What is sent to a partner as ``Authorization``."""


class _Version(msgspec.Struct):
    version: str
    path: str
    binding: str = "HTTPS"


class _Versions(msgspec.Struct, rename="camel"):
    protocol_versions: list[_Version]


def check_callback(peer: Peer, address: str) -> str:
    """A callback address of the peer's own, so that nobody can send this node's messages to a third party.

    Raises:
        Problem: ``dataspace-callback``.
    """
    address = address.rstrip("/")
    if address != peer.base and not address.startswith(peer.base + "/"):
        raise Problem(ELSEWHERE, field="callbackAddress", peer=peer.id)
    return address


def path_of(body: bytes) -> str:
    """The path of this version in the answer of ``/.well-known/dspace-version``.

    Raises:
        Problem: ``dataspace-peer`` when the peer does not speak it.
    """
    try:
        found = msgspec.json.decode(body, type=_Versions).protocol_versions
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(UNKNOWN, field="peer", reason="no dspace-version document") from error
    for each in found:
        if each.version == VERSION and each.binding == "HTTPS":
            return each.path
    raise Problem(UNKNOWN, field="peer", reason=f"it does not speak {VERSION}")
