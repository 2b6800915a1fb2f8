"""Merkle trees against the recursive definitions of RFC 9162 section 2.1, and against a real log's checkpoints."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import shared
from twincity.kernel import merkle, sm2
from twincity.kernel.merkle import Frontier, ProofError, Subtree

SIZES = st.integers(1, 80)
LEAVES = [merkle.leaf_hash(bytes((number,))) for number in range(80)]
TREES = {size: merkle.levels(LEAVES[:size]) for size in range(1, 81)}


def definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = max(2**bit for bit in range(8) if 2**bit < len(leaves))
    return hashlib.sha256(b"\x01" + definition(leaves[:split]) + definition(leaves[split:])).digest()


def node(level: int, index: int) -> bytes:
    """Hashes of complete subtrees only, as tiles of a log would give them."""
    start, end = index << level, (index + 1) << level
    assert end <= len(LEAVES), "a proof may not ask for a subtree that is not complete"
    return definition(LEAVES[start:end])


@st.composite
def subtrees(draw: st.DrawFn) -> tuple[Subtree, int]:
    size = draw(SIZES)
    start = draw(st.integers(0, size - 1))
    room = size - start if start == 0 else min(size - start, start & -start)
    return Subtree(start, start + draw(st.integers(1, room))), size


def test_nodes_and_leaves_are_told_apart() -> None:
    # The well-known hash of an empty leaf (RFC 6962 trees of SHA-256).
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.leaf_hash(b"").hex() == empty
    assert merkle.node_hash(b"a" * 32, b"b" * 32) == hashlib.sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()
    assert merkle.root([]) == hashlib.sha256().digest()


@pytest.mark.parametrize("size", range(81))
def test_all_ways_to_a_root_agree_with_the_definition(size: int) -> None:
    frontier = Frontier()
    assert [frontier.append(leaf) for leaf in LEAVES[:size]] == list(range(size))
    assert frontier.root() == merkle.root(LEAVES[:size]) == definition(LEAVES[:size])
    assert frontier.size == size


@given(SIZES, st.integers(0, 40))
def test_an_exported_frontier_goes_on_as_if_never_stopped(size: int, more: int) -> None:
    first = Frontier()
    for leaf in LEAVES[:size]:
        first.append(leaf)
    second = Frontier(first.size, first.edge)
    for leaf in LEAVES[: min(more, 80 - size)]:
        assert first.append(leaf) == second.append(leaf)
    assert (first.size, first.edge, first.root()) == (second.size, second.edge, second.root())


@pytest.mark.parametrize(
    ("size", "edge"), [(1, []), (0, LEAVES[:1]), (2, LEAVES[:2]), (3, [LEAVES[0], b"short"]), (-1, LEAVES[:1])]
)
def test_a_frontier_refuses_a_state_that_cannot_be(size: int, edge: list[bytes]) -> None:
    with pytest.raises(ValueError, match="no edge"):
        Frontier(size, edge)


@given(SIZES, st.data())
def test_inclusion_holds_at_its_place_and_nowhere_else(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 79))
    proof, root = merkle.inclusion_proof(index, size, node), definition(LEAVES[:size])
    assert merkle.path(TREES[size], index) == proof
    assert merkle.path_length(index, size) == len(proof)
    merkle.verify_inclusion(LEAVES[index], index, size, proof, root)
    if other != index:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(LEAVES[other], index, size, proof, root)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(LEAVES[index], other, size, proof, root)


@given(SIZES, SIZES)
def test_consistency_holds_between_any_two_sizes(one: int, two: int) -> None:
    size1, size2 = sorted((one, two))
    root1, root2 = definition(LEAVES[:size1]), definition(LEAVES[:size2])
    proof = merkle.consistency_proof(size1, size2, node)
    merkle.verify_consistency(size1, size2, root1, root2, proof)
    forked = definition([*LEAVES[: size1 - 1], merkle.leaf_hash(b"changed")])
    with pytest.raises(ProofError):
        merkle.verify_consistency(size1, size2, forked, root2, proof)


@given(subtrees())
def test_subtrees_are_shown_to_be_part_of_the_tree(case: tuple[Subtree, int]) -> None:
    subtree, size = case
    part, whole = definition(LEAVES[subtree.start : subtree.end]), definition(LEAVES[:size])
    proof = merkle.subtree_proof(subtree, size, node)
    merkle.verify_subtree_consistency(subtree, size, part, whole, proof)
    inside = merkle.path(merkle.levels(LEAVES[subtree.start : subtree.end]), 0)
    merkle.verify_subtree_inclusion(LEAVES[subtree.start], subtree.start, subtree, inside, part)


@given(subtrees(), st.data())
def test_a_bent_proof_is_refused(case: tuple[Subtree, int], data: st.DataObject) -> None:
    subtree, size = case
    part, whole = definition(LEAVES[subtree.start : subtree.end]), definition(LEAVES[:size])
    proof = merkle.subtree_proof(subtree, size, node)
    at = data.draw(st.integers(0, len(proof)))
    bent = [[*proof[:at], LEAVES[-1], *proof[at:]], [*proof[:at], b"", *proof[at:]]]
    if at < len(proof):
        bent += [proof[:at] + proof[at + 1 :], [*proof[:at], bytes(32), *proof[at + 1 :]]]
    for wrong in bent:
        with pytest.raises(ProofError):
            merkle.verify_subtree_consistency(subtree, size, part, whole, wrong)


def test_bytes_do_not_wander_between_hashes() -> None:
    # Joined they are the same, so only the lengths tell these forgeries from the proof.
    first, second, root = LEAVES[0], LEAVES[1], definition(LEAVES[:2])
    merkle.verify_inclusion(first, 0, 2, [second], root)
    for leaf, proof in ((first[:-1], first[-1:] + second), (first + second[:1], second[1:])):
        assert leaf + proof == first + second
        with pytest.raises(ProofError):
            merkle.verify_inclusion(leaf, 0, 2, [proof], root)
        with pytest.raises(ProofError):
            merkle.verify_consistency(1, 2, leaf, root, [proof])


@pytest.mark.parametrize("size", [10**400, 2**63 + 1, 0, -3])
def test_absurd_sizes_are_refused_at_once(size: int) -> None:
    with pytest.raises(ProofError):
        merkle.verify_inclusion(LEAVES[0], 0, size, [LEAVES[1]] * 70, LEAVES[2])
    with pytest.raises(ProofError):
        merkle.verify_consistency(1, size, LEAVES[0], LEAVES[1], [LEAVES[1]] * 70)
    with pytest.raises(ValueError, match="no proof"):
        merkle.inclusion_proof(0, size, node)


def test_a_proof_as_long_as_its_absurd_tree_is_deep_is_refused() -> None:
    with pytest.raises(ProofError, match="malformed"):
        merkle.verify_inclusion(LEAVES[0], 0, 2**5000, [LEAVES[1]] * 5000, LEAVES[2])


@pytest.mark.parametrize("bounds", [(3, 5), (-2, 0), (2, 1), (0, 0), (1, 1), (4, 9)])
def test_no_proof_of_what_is_no_subtree(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no proof"):
        merkle.subtree_proof(Subtree(*bounds), 8, node)


def test_another_hash_function_gives_another_tree() -> None:
    leaves = [merkle.leaf_hash(bytes((number,)), sm2.sm3) for number in range(11)]
    tree = merkle.levels(leaves, sm2.sm3)
    frontier = Frontier(algorithm=sm2.sm3)
    for index, leaf in enumerate(leaves):
        frontier.append(leaf)
        assert merkle.inclusion_root(leaf, index, 11, merkle.path(tree, index), sm2.sm3) == tree[-1][0]
    assert frontier.root() == merkle.root(leaves, sm2.sm3) == tree[-1][0] != merkle.root(leaves)


def test_the_log_of_tessera() -> None:
    folder = shared("data/suites/exchange/transparency/tessera-log")
    frontier, checked = Frontier(), 0
    tile = (folder / "tile/0/000.p/15").read_bytes()
    entries = _entries((folder / "tile/entries/000.p/15").read_bytes())
    for size in range(1, 16):
        frontier.append(merkle.leaf_hash(entries[size - 1]))
        assert merkle.leaf_hash(entries[size - 1]) == tile[32 * size - 32 : 32 * size]
        _, count, root = (folder / f"checkpoint.{size}").read_text().splitlines()[:3]
        checked += (int(count), base64.b64decode(root)) == (size, frontier.root())
    assert checked == len(entries) == 15


def _entries(data: bytes) -> list[bytes]:
    found = []
    while data:
        length = int.from_bytes(data[:2])
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found
