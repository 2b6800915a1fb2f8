"""Charter chains that hold, and those that do not."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from vectors.parts.documents import DAY, NOW, anchor, charter

BOTH = ["cq.root", "sc.root"]


def build() -> dict[str, Any]:
    """Contents of ``charter.json``: chains with the time of reading, and ``ok`` or the rule that is broken."""
    first, second = charter(BOTH), charter(BOTH, version=2, issued=NOW + DAY)
    renewed = charter([*BOTH, "cq.root-new"], version=2, issued=NOW + DAY, anchors=[_renewed(), anchor("sc")])
    cases = [
        ("first version", "ok", [first]),
        ("second version", "ok", [first, second]),
        ("second version with a new root key of one anchor", "ok", [first, renewed]),
        ("one signature of two", "threshold", [charter(["cq.root"])]),
        ("the same anchor signs twice", "threshold", [_doubled(charter(["cq.root"]))]),
        ("a stranger signs", "threshold", [charter(["cq.root", "stranger"])]),
        ("signature of another payload", "threshold", [_mixed(first, charter(BOTH, expires=NOW + 9 * DAY))]),
        ("changed payload", "threshold", [first | {"payload": charter([], expires=NOW + 9 * DAY)["payload"]}]),
        ("second version not signed by the previous anchors", "threshold", [first, _captured()]),
        ("second version not signed by its own anchors", "threshold", [first, _unconfirmed()]),
        ("begins with version 2", "version", [second]),
        ("version left out", "version", [first, charter(BOTH, version=3)]),
        ("another circle", "circle", [first, charter(BOTH, version=2, circle="other")]),
        ("issued before the previous one", "issued", [first, charter(BOTH, version=2, issued=NOW - 1)]),
        ("threshold of nobody", "threshold", [charter(BOTH, threshold=0)]),
        ("threshold beyond the anchors", "threshold", [charter(BOTH, threshold=3)]),
        ("the same anchor twice", "anchors", [charter(BOTH, anchors=[anchor("cq"), anchor("cq")])]),
        ("one witness key for two", "anchors", [charter(BOTH, anchors=[anchor("cq"), _sharing()])]),
        ("no anchors", "anchors", [charter(BOTH, anchors=[])]),
        ("anchor below another", "anchors", [charter(BOTH, anchors=[anchor("cq"), anchor("dj")])]),
        ("ends before it begins", "expires", [charter(BOTH, expires=NOW)]),
        ("critical services laxer than normal ones", "freshness", [_lax()]),
        ("unknown member", "malformed", [charter(BOTH, extra=1)]),
        ("kid that is not the key's", "malformed", [charter(BOTH, anchors=[_misnamed(), anchor("sc")])]),
        ("no charter", "empty", []),
    ]
    shown = [{"name": name, "expect": rule, "now": NOW + DAY, "chain": chain} for name, rule, chain in cases]
    ended = {"name": "after its end", "expect": "expires", "now": NOW + 1000 * DAY, "chain": [first]}
    old = {"name": "only the last must be in date", "expect": "ok", "now": NOW + 1500 * DAY, "chain": [first, _long()]}
    digest = hashlib.sha256(first["payload"].encode()).hexdigest()
    return {"digest_of_first": digest, "cases": [*shown, ended, old]}


def _renewed() -> dict[str, Any]:
    return anchor("cq", root="cq.root-new")


def _sharing() -> dict[str, Any]:
    return anchor("sc") | {"witness": anchor("cq")["witness"]}


def _misnamed() -> dict[str, Any]:
    found = copy.deepcopy(anchor("cq"))
    found["root"]["kid"] = anchor("sc")["root"]["kid"]
    return found


def _captured() -> dict[str, Any]:
    return charter(["cq.root-new", "cq.root"], version=2, threshold=1, anchors=[_renewed()])


def _unconfirmed() -> dict[str, Any]:
    return charter(BOTH, version=2, anchors=[_renewed(), anchor("sc")])


def _long() -> dict[str, Any]:
    return charter(BOTH, version=2, expires=NOW + 2000 * DAY)


def _lax() -> dict[str, Any]:
    return charter(BOTH, freshness={"critical": 900, "normal": 600})


def _doubled(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"signatures": document["signatures"] * 2}


def _mixed(document: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return document | {"signatures": [document["signatures"][0], other["signatures"][1]]}
