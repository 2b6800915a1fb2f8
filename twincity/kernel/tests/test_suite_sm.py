"""Published SM3 and SM2 vectors of Botan, Wycheproof and OpenSSL (``data/suites/exchange/sm``)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import shared
from twincity.kernel import sm2
from twincity.kernel.libcrypto import Sm2Key

FOLDER = "data/suites/exchange/sm"


def _blocks(path: Path) -> Iterator[dict[str, str]]:
    """Botan's vectors: a block for each paragraph, carrying the settings of the paragraphs before it."""
    seen: dict[str, str] = {}
    for paragraph in path.read_text().split("\n\n"):
        lines = (line for line in paragraph.splitlines() if "=" in line and not line.startswith("#"))
        found = {
            name.strip(): value.strip().removeprefix("0x") for name, value in (line.split("=", 1) for line in lines)
        }
        seen |= found
        if found:
            yield dict(seen)


def test_sm3_of_botan() -> None:
    cases = [block for block in _blocks(shared(FOLDER) / "botan/hash/sm3.vec") if "Out" in block]
    wrong = [case["In"] for case in cases if sm2.sm3(bytes.fromhex(case["In"])).digest() != bytes.fromhex(case["Out"])]
    assert (len(cases), wrong) == (139, [])


def test_sm3_of_openssl() -> None:
    cases = json.loads((shared(FOLDER) / "openssl_selected.json").read_bytes())["sm3"]
    made = [sm2.sm3(bytes.fromhex(case["input_hex"])).digest() for case in cases]
    assert made == [bytes.fromhex(case["output_hex"]) for case in cases]


def test_hmac_sm3_of_wycheproof() -> None:
    groups = json.loads((shared(FOLDER) / "wycheproof/hmac_sm3_test.json").read_bytes())["testGroups"]
    cases = [(group["tagSize"] // 8, case) for group in groups for case in group["tests"]]
    wrong = [
        case["tcId"]
        for length, case in cases
        if (_tag(case)[:length] == bytes.fromhex(case["tag"])) != (case["result"] == "valid")
    ]
    assert (len(cases), wrong) == (174, [])


def _tag(case: dict[str, str]) -> bytes:
    return hmac.new(bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]), sm2.sm3).digest()


def test_sm2_digests_and_signatures_of_openssl() -> None:
    cases = json.loads((shared(FOLDER) / "openssl_selected.json").read_bytes())["sm2"]
    pem = "".join(cases["private_key_pem"].splitlines()[1:-1])
    key = Sm2Key(base64.b64decode(pem), private=True)
    made = [
        key.verify(bytes.fromhex(case["digest_hex"]), bytes.fromhex(case["signature_der_hex"]))
        for case in cases["verify"]
    ]
    assert made == [case["valid"] for case in cases["verify"]]


@pytest.fixture
def botan() -> dict[str, str]:
    """The one signature of Botan's file on the standard's curve with SM3; the others use other curves or hashes."""
    blocks = [block for block in _blocks(shared(FOLDER) / "botan/pubkey/sm2_sig.vec") if "Signature" in block]
    (found,) = [block for block in blocks if block["Oid"] == "1.2.156.10197.1.301" and block["Hash"] == "SM3"]
    return found


def test_sm2_signature_of_botan(botan: dict[str, str]) -> None:
    public = sm2.SUITE.public(bytes.fromhex(botan["x"]))
    digest = sm2.digest(public, bytes.fromhex(botan["Msg"]), botan["Ident"].encode())
    signature = bytes.fromhex(botan["Signature"])
    assert sm2.verify_digest(public, digest, signature)
    assert not sm2.verify_digest(public, sm2.digest(public, bytes.fromhex(botan["Msg"])), signature)
    changed = signature[:40] + bytes((signature[40] ^ 1,)) + signature[41:]
    assert not sm2.verify_digest(public, digest, changed)
