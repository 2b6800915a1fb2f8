"""A circle on paper: keys by name, charters, and the documents that make up public logs. No node, no clock, no disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.charter import Charter
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem

NOW = 1_800_000_000
DAY = 86_400
CQ, SC, GZ = "cq.example", "sc.example", "gz.example"
DJ, LS = "dianjiang.cq.example", "linshui.sc.example"
TOWN = "gaoan.dianjiang.cq.example"
DIVISIONS = {CQ: "500000", SC: "510000", GZ: "520000", DJ: "500231", LS: "511623", TOWN: "500231"}
ANCHORS = (CQ, SC, GZ)
Entry = tuple[str, str]
"""Owner of a public log, and a document in it."""


@cache
def key(name: str) -> PrivateKey:
    """The private key of a name such as ``cq.example/tc1``; the same in every run."""
    return PrivateKey("ed25519", hashlib.sha256(name.encode()).digest())


def title(member: str) -> dict[str, str]:
    return {"zh-Hans": f"成员 {member}", "en": f"Member {member}"}


def anchor(member: str, **changes: Any) -> dict[str, Any]:
    """One anchor as a charter holds it."""
    keys = {use: to_jwk(key(f"{member}/{use}").public) for use in ("root", "log", "witness")}
    about = {"id": member, "title": title(member), "division": DIVISIONS.get(member, "530000")}
    return about | {"address": f"https://{member}"} | keys | changes


def charter(*anchors: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Payload of a charter, every anchor needed unless ``threshold`` says otherwise."""
    return {
        "circle": "test",
        "version": 1,
        "threshold": len(anchors),
        "issued": NOW,
        "expires": NOW + 365 * DAY,
        "anchors": list(anchors),
        "freshness": {"critical": 900, "normal": 604_800},
    } | changes


def signed(payload: dict[str, Any], *signers: str) -> dict[str, Any]:
    """A charter signed by the root keys of these members, or by the keys of these names where they hold a slash."""
    names = [name if "/" in name else f"{name}/root" for name in signers]
    return jws.sign_general(payload, [key(name) for name in names], typ=charters.TYPE)


def first(*members: str, **changes: Any) -> dict[str, Any]:
    """A charter of version 1 over these anchors, signed by all of them."""
    return signed(charter(*map(anchor, members), **changes), *members)


def adopted(*members: str, **changes: Any) -> Charter:
    return charters.verify_first(first(*members, **changes))


def statement(
    member: str, signer: str = "", *, iat: int = NOW, life: int = docs.STATEMENT_LIFE, **changes: Any
) -> Entry:
    """A member statement in the log of its issuer; ``node`` and others in ``changes`` replace what it says."""
    issuer = member.partition(".")[2]
    node = {
        "title": title(member),
        "division": DIVISIONS.get(member, "500000"),
        "address": f"https://{member}",
        "roles": ["consumer", "provider"],
        "admits": 0,
    } | changes.pop("node", {})
    payload = {
        "iss": issuer,
        "sub": member,
        "iat": iat,
        "exp": iat + life,
        "jwks": {"keys": [to_jwk(key(f"{member}/root").public)]},
        "metadata": {"twincity_node": node},
    } | changes
    return issuer, jws.sign(payload, key(signer or f"{issuer}/tc1"), typ=docs.STATEMENT)


def terms(member: str, *tc1: str, iat: int = NOW) -> list[dict[str, Any]]:
    """Entries of a key statement: log, witness, and tc1 keys of these names."""
    lasting = [docs.term(key(f"{member}/{use}").public, use, NOW, 20 * 365 * DAY) for use in ("log", "witness")]
    return lasting + [docs.term(key(f"{member}/{name}").public, "tc1", iat) for name in tc1]


def keys(
    member: str, seq: int = 1, *, tc1: Sequence[str] = ("tc1",), following: str = "", signer: str = "", **changes: Any
) -> Entry:
    """A key statement, which promises the key ``tc1-2`` after the first, ``tc1-3`` after the second and so on."""
    promised = following or f"tc1-{seq + 1}"
    payload = {
        "iss": member,
        "iat": changes.pop("iat", NOW),
        "seq": seq,
        "keys": terms(member, *tc1),
        "next": key(f"{member}/{promised}").public.commitment,
    } | changes
    token = jws.sign(payload, key(signer or f"{member}/root"), typ=docs.KEYS)
    issuer = member.partition(".")[2]
    return (member if member in ANCHORS else issuer), token


def mark(issuer: str, subject: str, name: str = "grade-3", signer: str = "", **changes: Any) -> Entry:
    payload = {"iss": issuer, "sub": subject, "id": name, "iat": NOW, "exp": NOW + 365 * DAY} | changes
    return issuer, jws.sign(payload, key(signer or f"{issuer}/tc1"), typ=docs.TRUST_MARK)


def revocation(issuer: str, subject: str, name: str = "tc1", *, signer: str = "", **changes: Any) -> Entry:
    """The revocation of a member's key of that name, in the log of ``issuer``."""
    payload = {
        "iss": issuer,
        "sub": subject,
        "kid": key(f"{subject}/{name}").public.kid,
        "origin": f"{subject}/exchange",
        "index": 10,
        "at": NOW,
        "reason": "lost",
    } | changes
    return issuer, jws.sign(payload, key(signer or f"{issuer}/tc1"), typ=docs.REVOCATION)


ADMITTED = [keys(CQ), keys(SC), statement(DJ), keys(DJ), statement(LS), keys(LS)]
"""Both anchors and one county of each, in an order in which they can be folded."""


def fold(entries: Sequence[Entry], over: Charter | None = None) -> Directory:
    """A directory over Chongqing and Sichuan, or another charter, from entries that must all be accepted."""
    found = Directory(over or adopted(CQ, SC))
    for owner, token in entries:
        found.apply(owner, token)
    return found


def picture(found: Directory) -> dict[str, Any]:
    """All that a directory says, for comparisons."""
    return {"members": dict(sorted(found.members.items())), "keys": dict(sorted(found.keys.items()))}


def refused(found: Directory, entry: Entry, said: str, field: str = "") -> None:
    """The entry is refused with this reason, and the directory is as it was."""
    before = repr(picture(found)), found.version
    with pytest.raises(Problem) as caught:
        found.apply(*entry)
    assert (caught.value.kind.code, caught.value.field) == ("statement-refused", field), caught.value
    assert caught.value.values["reason"] == said
    assert (repr(picture(found)), found.version) == before


KID = {name: key(f"{name}/tc1").public.kid for name in (CQ, SC, DJ, LS)}


def usable(found: Directory, kid: str, now: int = NOW) -> str:
    """``ok``, or the code with which the key is refused."""
    try:
        found.signing_key(kid, now)
    except Problem as problem:
        return problem.kind.code
    return "ok"
