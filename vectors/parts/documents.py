"""Charters, statements and log entries of the test circle, for the other parts to build on."""

from __future__ import annotations

from typing import Any

from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import jws
from vectors.parts.keys import key

NOW = 1_767_225_600
"""2026-01-01T00:00:00Z: when every document of the test circle was made unless it says otherwise."""
DAY = 86_400
LASTING = 20 * 365 * DAY
CQ, SC, DJ = "cq.twincity.example", "sc.twincity.example", "dianjiang.cq.twincity.example"
_TITLES = {"cq": ("重庆市", "Chongqing"), "sc": ("四川省", "Sichuan"), "dj": ("垫江县", "Dianjiang County")}
_DIVISIONS = {"cq": "500000", "sc": "510000", "dj": "500231"}
IDS = {"cq": CQ, "sc": SC, "dj": DJ}


def title(short: str) -> dict[str, str]:
    """A member's title in both languages."""
    zh, en = _TITLES[short]
    return {"zh-Hans": zh, "en": en}


def address(short: str) -> str:
    """Base URL of a member's node."""
    return f"https://{short}.example:8443"


def anchor(short: str, root: str = "") -> dict[str, Any]:
    """An anchor as the charter holds it."""
    return {
        "id": IDS[short],
        "title": title(short),
        "division": _DIVISIONS[short],
        "address": address(short),
        "root": to_jwk(key(root or f"{short}.root").public),
        "log": to_jwk(key(f"{short}.log").public),
        "witness": to_jwk(key(f"{short}.witness").public),
    }


def charter(signers: list[str], **changed: Any) -> dict[str, Any]:
    """A charter of the test circle with the given changes, signed by the keys of those names."""
    payload = {
        "circle": "test-circle",
        "version": 1,
        "threshold": 2,
        "issued": NOW,
        "expires": NOW + 1000 * DAY,
        "anchors": [anchor("cq"), anchor("sc")],
        "freshness": {"critical": 900, "normal": 604_800},
    }
    return jws.sign_general(payload | changed, [key(name) for name in signers], typ=charters.TYPE)


def term(name: str, use: str, nbf: int = NOW, exp: int = 0) -> dict[str, Any]:
    """An entry of a key statement."""
    life = docs.KEY_LIFE if use == "tc1" else LASTING
    return {"jwk": to_jwk(key(name).public), "use": use, "nbf": nbf, "exp": exp or nbf + life}


def key_statement(short: str, *, seq: int = 1, tc1: list[dict[str, Any]] | None = None, **changed: Any) -> str:
    """A member's key statement; ``next`` is the commitment of ``SHORT.tc1-next`` unless changed."""
    lasting = [term(f"{short}.{use}", use) for use in ("log", "witness")]
    payload = {
        "iss": IDS[short],
        "iat": NOW,
        "seq": seq,
        "keys": lasting + (tc1 or [term(f"{short}.tc1", "tc1")]),
        "next": key(f"{short}.tc1-next").public.commitment,
    }
    signer = changed.pop("signer", f"{short}.root")
    return jws.sign(payload | changed, key(signer), typ=docs.KEYS)


def statement(signer: str = "cq.tc1", *, node: dict[str, Any] | None = None, **changed: Any) -> str:
    """The member statement by which Chongqing admits Dianjiang, with the given changes."""
    metadata = {
        "title": title("dj"),
        "division": _DIVISIONS["dj"],
        "address": address("dj"),
        "roles": ["consumer", "provider"],
        "admits": 0,
    }
    payload = {
        "iss": CQ,
        "sub": DJ,
        "iat": NOW,
        "exp": NOW + docs.STATEMENT_LIFE,
        "jwks": {"keys": [to_jwk(key("dj.root").public)]},
        "metadata": {"twincity_node": metadata | (node or {})},
    }
    return signed(payload | changed, signer, docs.STATEMENT)


def mark(signer: str = "cq.tc1", **changed: Any) -> str:
    """A trust mark that Chongqing gives Dianjiang, with the given changes."""
    payload = {"iss": CQ, "sub": DJ, "id": "dsmm-3", "iat": NOW, "exp": NOW + 365 * DAY}
    return signed(payload | changed, signer, docs.TRUST_MARK)


def revocation(name: str, signer: str, **changed: Any) -> str:
    """A revocation of the key of that name by Chongqing, from index 4 of its owner's exchange log on."""
    owner = IDS[name.partition(".")[0]]
    payload = {
        "iss": CQ,
        "sub": owner,
        "kid": key(name).public.kid,
        "origin": f"{owner}/exchange",
        "index": 4,
        "at": NOW + DAY,
        "reason": "lost",
    }
    return signed(payload | changed, signer, docs.REVOCATION)


def signed(payload: dict[str, Any], signer: str, typ: str) -> str:
    """A compact JWS by the test key of a name."""
    return jws.sign(payload, key(signer), typ=typ)
