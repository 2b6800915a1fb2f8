"""The 518 proof cases of transparency-dev/merkle (``data/suites/exchange/transparency/merkle``)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import shared
from twincity.kernel import merkle
from twincity.kernel.merkle import Subtree

Case = dict[str, Any]


def _hash(case: Case, field: str) -> bytes:
    return base64.b64decode(case[field] or "")


def _proof(case: Case) -> list[bytes]:
    return [base64.b64decode(part) for part in case["proof"] or ()]


def _inclusion(case: Case) -> None:
    leaf, root = _hash(case, "leafHash"), _hash(case, "root")
    merkle.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], _proof(case), root)


def _consistency(case: Case) -> None:
    roots = _hash(case, "root1"), _hash(case, "root2")
    merkle.verify_consistency(case["size1"], case["size2"], *roots, _proof(case))


def _subtree_inclusion(case: Case) -> None:
    leaf, subtree = _hash(case, "leafHash"), Subtree(case["start"], case["end"])
    merkle.verify_subtree_inclusion(leaf, case["leafIdx"], subtree, _proof(case), _hash(case, "root"))


def _subtree_consistency(case: Case) -> None:
    subtree, roots = Subtree(case["start"], case["end"]), (_hash(case, "root1"), _hash(case, "root2"))
    merkle.verify_subtree_consistency(subtree, case["size"], *roots, _proof(case))


SETS = {
    "inclusion": (98, _inclusion),
    "consistency": (98, _consistency),
    "subtreeinclusion": (204, _subtree_inclusion),
    "subtreeconsistency": (118, _subtree_consistency),
}


def _refused(check: Callable[[Case], None], case: Case) -> bool:
    try:
        check(case)
    except merkle.ProofError:
        return True
    return False


@pytest.mark.parametrize("name", SETS)
def test_every_case_of_the_suite(name: str) -> None:
    count, check = SETS[name]
    files = sorted((shared("data/suites/exchange/transparency/merkle") / name).rglob("*.json"))
    assert len(files) == count
    cases = [(path, json.loads(path.read_bytes())) for path in files]
    assert [str(path) for path, case in cases if _refused(check, case) != case["wantErr"]] == []
