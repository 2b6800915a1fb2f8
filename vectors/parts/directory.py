"""What becomes of log entries when a directory is folded from them, and which keys may then be used when."""

from __future__ import annotations

from typing import Any

from vectors.parts.charters import BOTH
from vectors.parts.documents import (
    CQ,
    DAY,
    DJ,
    NOW,
    SC,
    anchor,
    charter,
    key_statement,
    mark,
    revocation,
    signed,
    statement,
    term,
)
from vectors.parts.keys import key

_ANCHORS = [("ok", CQ, key_statement("cq")), ("ok", SC, key_statement("sc"))]
_MEMBER = [*_ANCHORS, ("ok", CQ, statement()), ("ok", CQ, key_statement("dj"))]
_BEGINNINGS = {"joined": _MEMBER, "admitted": _MEMBER[:3], "anchors": _ANCHORS, "charter": []}
"""What is folded before a case, the longest first."""
_OVERLAP = NOW + 60 * DAY

Entries = list[tuple[str, str, str]]
Uses = list[tuple[str, int, str]]


def build() -> dict[str, Any]:
    """Contents of ``directory.json``: each case begins with the charter and the entries named by ``after``.

    A case may bring its own ``chain`` of charters to begin with, and a charter that is adopted behind its entries.
    """
    cases: list[tuple[str, Entries, Uses]] = [*_joining(), *_rotating(), *_revoking()]
    return {
        "charter": [charter(BOTH)],
        "beginnings": {name: [_shown(entry) for entry in entries] for name, entries in _BEGINNINGS.items()},
        "cases": [*(_case(*each) for each in cases), *_versions()],
    }


def _case(name: str, entries: Entries, uses: Uses) -> dict[str, Any]:
    after = next(key for key, begun in _BEGINNINGS.items() if entries[: len(begun)] == begun)
    return {
        "name": name,
        "after": after,
        "entries": [_shown(entry) for entry in entries[len(_BEGINNINGS[after]) :]],
        "uses": [{"kid": key(used).public.kid, "at": at, "expect": expect} for used, at, expect in uses],
    }


def _shown(entry: tuple[str, str, str]) -> dict[str, str]:
    expect, owner, token = entry
    return {"owner": owner, "token": token, "expect": expect}


def _refused(owner: str, token: str) -> tuple[str, str, str]:
    return "statement-refused", owner, token


def _joining() -> list[tuple[str, Entries, Uses]]:
    below = statement(sub="sub.dianjiang.cq.twincity.example")
    long = statement(exp=NOW + 31 * DAY)
    outside = statement(node={"division": "510100"})
    taken = key_statement("dj", tc1=[term("cq.tc1", "tc1")])
    two = key_statement("dj", keys=[term("dj.tc1", "tc1"), term("dj.log", "log")])
    other = signed({"iss": CQ}, "cq.tc1", "tc-unheard-of+jwt")
    expiry = NOW + 30 * DAY + 30
    uses = [
        ("dj.tc1", NOW, "ok"),
        ("dj.tc1", NOW - 30, "ok"),
        ("dj.tc1", NOW - 31, "key-out-of-time"),
        ("dj.tc1", expiry - 1, "ok"),
        ("dj.tc1", expiry, "member-expired"),
        ("dj.log", NOW, "unknown-key"),
        ("stranger", NOW, "unknown-key"),
        ("cq.tc1", NOW + 90 * DAY + 29, "ok"),
        ("cq.tc1", NOW + 90 * DAY + 30, "key-out-of-time"),
    ]
    return [
        ("a member joins", _MEMBER, uses),
        ("statement signed by the root key", [*_ANCHORS, ("ok", CQ, statement("cq.root"))], []),
        ("statement in another's log", [*_ANCHORS, _refused(SC, statement())], []),
        ("statement signed by another", [*_ANCHORS, _refused(CQ, statement("sc.tc1"))], []),
        ("statement before the issuer's keys", [_refused(CQ, statement())], []),
        ("capital letters in a name", [*_ANCHORS, _refused(CQ, statement(sub="Dianjiang.cq.twincity.example"))], []),
        ("two labels below", [*_ANCHORS, _refused(CQ, below)], []),
        ("longer than 30 days", [*_ANCHORS, _refused(CQ, long)], []),
        ("territory outside the issuer's", [*_ANCHORS, _refused(CQ, outside)], []),
        ("admits as much as its issuer", [*_ANCHORS, _refused(CQ, statement(node={"admits": 4}))], []),
        ("calls itself an anchor", [*_ANCHORS, _refused(CQ, statement(node={"roles": ["anchor"]}))], []),
        ("unknown metadata", [*_ANCHORS, _refused(CQ, statement(node={"colour": "red"}))], []),
        ("older than the one known", [*_MEMBER, _refused(CQ, statement(iat=NOW - 1, exp=NOW + DAY))], []),
        ("renewed", [*_MEMBER, ("ok", CQ, statement(iat=NOW + DAY, exp=NOW + 31 * DAY))], [("dj.tc1", expiry, "ok")]),
        ("keys in the member's own log", [*_ANCHORS, ("ok", CQ, statement()), _refused(DJ, key_statement("dj"))], []),
        ("keys of a stranger", [*_ANCHORS, _refused(CQ, key_statement("dj"))], []),
        ("keys not signed by the root", [*_MEMBER[:3], _refused(CQ, key_statement("dj", signer="dj.tc1"))], []),
        ("a key that is another's", [*_MEMBER[:3], _refused(CQ, taken)], []),
        ("no witness key", [*_MEMBER[:3], _refused(CQ, two)], []),
        ("first statement with seq 2", [*_MEMBER[:3], _refused(CQ, key_statement("dj", seq=2))], []),
        ("mark", [*_MEMBER, ("ok", CQ, mark())], []),
        ("mark by a member that may not admit", [*_MEMBER, _refused(DJ, mark("dj.tc1", iss=DJ, sub=CQ))], []),
        ("mark for a stranger", [*_MEMBER, _refused(CQ, mark(sub="nobody.cq.twincity.example"))], []),
        ("document of another type", [*_MEMBER, _refused(CQ, other)], []),
    ]


def _rotating() -> list[tuple[str, Entries, Uses]]:
    old = term("dj.tc1", "tc1", NOW, _OVERLAP + DAY)
    third = key("dj.tc1-third").public.commitment
    second = key_statement("dj", seq=2, tc1=[old, term("dj.tc1-next", "tc1", _OVERLAP)], next=third)
    other = key_statement("dj", seq=2, tc1=[old, term("dj.tc1-third", "tc1", _OVERLAP)])
    again = key_statement("dj", seq=3, tc1=[old, term("dj.tc1-next", "tc1", _OVERLAP)], next=third)
    log = term("stranger", "log")
    new_log = key_statement("dj", seq=2, keys=[log, term("dj.witness", "witness"), term("dj.tc1", "tc1")], next=third)
    renewed = ("ok", CQ, statement(iat=_OVERLAP, exp=_OVERLAP + 30 * DAY))
    uses = [
        ("dj.tc1", _OVERLAP, "ok"),
        ("dj.tc1-next", _OVERLAP, "ok"),
        ("dj.tc1-next", _OVERLAP - 31, "key-out-of-time"),
        ("dj.tc1", _OVERLAP + DAY + 30, "key-out-of-time"),
        ("dj.tc1-third", _OVERLAP, "unknown-key"),
    ]
    return [
        ("rotation to the promised key", [*_MEMBER, renewed, ("ok", CQ, second)], uses),
        ("rotation to another key", [*_MEMBER, _refused(CQ, other)], []),
        ("sequence number left out", [*_MEMBER, _refused(CQ, again)], []),
        ("the same statement again", [*_MEMBER, _refused(CQ, key_statement("dj"))], []),
        ("another log key", [*_MEMBER, _refused(CQ, new_log)], []),
    ]


def _revoking() -> list[tuple[str, Entries, Uses]]:
    uses = [("dj.tc1", NOW, "key-revoked")]
    own = revocation("dj.tc1", "dj.root", iss=DJ)
    itself = revocation("dj.tc1", "dj.tc1", iss=DJ)
    longer = key_statement("dj", seq=2, next=key("dj.tc1-third").public.commitment)
    return [
        ("revoked by the issuer", [*_MEMBER, ("ok", CQ, revocation("dj.tc1", "cq.tc1"))], uses),
        ("revoked by the member's root key", [*_MEMBER, ("ok", DJ, own)], uses),
        ("revoked by the key itself", [*_MEMBER, _refused(DJ, itself)], [("dj.tc1", NOW, "ok")]),
        ("revoked by another anchor", [*_MEMBER, _refused(SC, revocation("dj.tc1", "sc.tc1", iss=SC))], []),
        ("key that is not there", [*_MEMBER, _refused(CQ, revocation("dj.tc1-next", "cq.tc1"))], []),
        ("key of another member", [*_MEMBER, _refused(CQ, revocation("cq.tc1", "cq.root", sub=DJ))], []),
        (
            "a renewed statement does not undo it",
            [*_MEMBER, ("ok", CQ, revocation("dj.tc1", "cq.tc1")), ("ok", CQ, longer)],
            uses,
        ),
        (
            "a revoked key signs nothing more",
            [*_MEMBER, ("ok", CQ, revocation("cq.tc1", "cq.root")), _refused(CQ, mark())],
            [("cq.tc1", NOW, "key-revoked"), ("dj.tc1", NOW, "ok")],
        ),
    ]


def _versions() -> list[dict[str, Any]]:
    renewed = charter([*BOTH, "cq.root-new"], version=2, anchors=[anchor("cq", root="cq.root-new"), anchor("sc")])
    tc1 = [term("cq.tc1", "tc1"), term("cq.tc1-next", "tc1", NOW + DAY)]
    second = key_statement("cq", seq=2, tc1=tc1, next=key("stranger").public.commitment, signer="cq.root-new")
    begun = ("dj.tc1", NOW, "ok")
    replaced = _case("what a replaced root key has signed", [*_MEMBER, ("ok", CQ, second)], [begun])
    whole = {"after": "charter", "entries": [_shown(entry) for entry in [*_MEMBER, ("ok", CQ, second)]]}
    gone = [("dj.tc1", NOW, "unknown-member"), ("cq.tc1", NOW, "unknown-member"), ("sc.tc1", NOW, "ok")]
    left = _case("an anchor leaves, and its members with it", _MEMBER, gone)
    return [
        replaced | whole | {"chain": [charter(BOTH), renewed]},
        left | {"adopts": charter(BOTH, version=2, threshold=1, anchors=[anchor("sc")])},
    ]
