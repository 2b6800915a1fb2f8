"""Merkle trees of transparency logs: hashing, roots, proofs and their verification.

Hashing and tree shape follow RFC 6962 section 2.1 (kept by RFC 9162 section 2.1): a leaf is H(0x00 ‖ data), a node is
H(0x01 ‖ left ‖ right), and the left part of a tree is the largest power of two below its size. Subtrees [start, end)
and their proofs follow the Merkle Tree Certificates draft (draft-ietf-plants-merkle-tree-certs, section 4).

Every proof here is one thing: that the leaves [start, end) lie in a tree of a size. An inclusion proof is the case of
one leaf, a consistency proof the case of start 0; so one way down and one way up serve them all.

Hashes are 32 bytes, positions and sizes count leaves from 0. The hash function is SHA-256 unless another one with
32-byte digests is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

HASH_SIZE = 32
MAX_SIZE = 2**63


class Digest(Protocol):
    """What a hash function of :mod:`hashlib` hands back."""

    def digest(self) -> bytes:
        """The hash value."""
        ...


Algorithm = Callable[[bytes], Digest]
Node = Callable[[int, int], bytes]
"""``node(level, index)``: hash of the complete subtree over the leaves [index·2^level, (index + 1)·2^level)."""


class ProofError(ValueError):
    """The proof does not show what it should."""


class Subtree(NamedTuple):
    """The leaves [start, end) of a tree."""

    start: int
    end: int

    @property
    def valid(self) -> bool:
        """Whether these leaves hang together in every tree holding them: start divides by the rounded-up length."""
        length = self.end - self.start
        return self.start >= 0 and (length == 0 or (length > 0 and self.start % (1 << (length - 1).bit_length()) == 0))


def leaf_hash(data: bytes, algorithm: Algorithm = hashlib.sha256) -> bytes:
    """Hash of one leaf's data."""
    return algorithm(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes, algorithm: Algorithm = hashlib.sha256) -> bytes:
    """Hash of an inner node."""
    return algorithm(b"\1" + left + right).digest()


def levels(leaf_hashes: Iterable[bytes], algorithm: Algorithm = hashlib.sha256) -> list[list[bytes]]:
    """All nodes of a tree, leaves first, root (if any leaf) alone in the last level.

    A node without a right neighbour moves up unhashed, which yields the tree of the RFC. Entry [level][index] is what
    :data:`Node` asks for.
    """
    rows = [list(leaf_hashes)]
    while len(row := rows[-1]) > 1:
        above = [algorithm(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        rows.append(above + row[-1:] if len(row) % 2 else above)
    return rows


def root(leaf_hashes: Iterable[bytes], algorithm: Algorithm = hashlib.sha256) -> bytes:
    """Root over all leaf hashes; of no leaves it is the hash of nothing."""
    top = levels(leaf_hashes, algorithm)[-1]
    return top[0] if top else algorithm(b"").digest()


def path(tree: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """Inclusion proof of leaf ``index`` from the :func:`levels` of a tree, all hashes at hand."""
    steps = []
    for row in tree[:-1]:
        if index ^ 1 < len(row):
            steps.append(row[index ^ 1])
        index >>= 1
    return steps


def path_length(index: int, size: int) -> int:
    """Number of hashes in the inclusion proof of leaf ``index`` < ``size``."""
    # Below the level where the ways to this leaf and to the last one part, each level gives a neighbour; above it the
    # way runs along the right edge, which has a neighbour only where the index has a bit.
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


class Frontier:
    """The right edge of a growing tree: enough to append leaves and to tell the root, in O(log n) memory.

    ``edge`` holds the roots of the complete subtrees, largest first, one for every bit set in ``size``.
    """

    __slots__ = ("_algorithm", "_edge", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = (), algorithm: Algorithm = hashlib.sha256) -> None:
        """Start from an exported state, or empty.

        Raises:
            ValueError: when ``edge`` does not fit ``size``.
        """
        if not 0 <= size <= MAX_SIZE or len(edge) != size.bit_count() or any(len(part) != HASH_SIZE for part in edge):
            raise ValueError(f"{len(edge)} hashes are no edge of a tree of {size}")
        self.size = size
        self._edge = list(edge)
        self._algorithm = algorithm

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The exported state; with ``size`` it rebuilds this frontier."""
        return tuple(self._edge)

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash and give its index."""
        index, edge, algorithm = self.size, self._edge, self._algorithm
        rest = index
        while rest & 1:
            leaf = algorithm(b"\1" + edge.pop() + leaf).digest()
            rest >>= 1
        edge.append(leaf)
        self.size = index + 1
        return index

    def root(self) -> bytes:
        """Root over all leaves so far."""
        return _bag(self._edge, self._algorithm)


def inclusion_proof(index: int, size: int, node: Node, algorithm: Algorithm = hashlib.sha256) -> list[bytes]:
    """Proof that leaf ``index`` is in the tree of ``size`` (RFC 9162 section 2.1.3.1).

    Raises:
        ValueError: unless 0 <= index < size.
    """
    return subtree_proof(Subtree(index, index + 1), size, node, algorithm)


def consistency_proof(size1: int, size2: int, node: Node, algorithm: Algorithm = hashlib.sha256) -> list[bytes]:
    """Proof that the tree of ``size2`` continues that of ``size1`` (RFC 9162 section 2.1.4.1).

    Raises:
        ValueError: unless 0 < size1 <= size2.
    """
    return subtree_proof(Subtree(0, size1), size2, node, algorithm)


def subtree_proof(subtree: Subtree, size: int, node: Node, algorithm: Algorithm = hashlib.sha256) -> list[bytes]:
    """Proof that a valid, not empty subtree is part of the tree of ``size``.

    Raises:
        ValueError: for a subtree that is invalid, empty or reaches beyond ``size``.
    """
    if not (subtree.valid and subtree.start < subtree.end <= size <= MAX_SIZE):
        raise ValueError(f"no proof of {subtree} in a tree of {size}")
    (start, end), offset, known, proof = subtree, 0, True, []
    while (start, end) != (0, size):
        split = _split(size)
        if end <= split:
            proof.append(_span_root(offset + split, size - split, node, algorithm))
            size = split
            continue
        proof.append(_span_root(offset, split, node, algorithm))
        known = start >= split
        start, end, size, offset = max(0, start - split), end - split, size - split, offset + split
    if not known:
        proof.append(_span_root(offset, size, node, algorithm))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_: bytes) -> None:
    """Check with SHA-256 that ``leaf`` (a leaf hash) is at ``index`` of the tree (RFC 9162 section 2.1.3.2).

    Raises:
        ProofError: if it is not shown.
    """
    if inclusion_root(leaf, index, size, proof) != root_:
        raise ProofError("leaf and proof do not lead to the root")


def inclusion_root(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], algorithm: Algorithm = hashlib.sha256
) -> bytes:
    """The root to which a leaf hash and its inclusion proof lead.

    Raises:
        ProofError: when index, size and proof do not fit each other.
    """
    if len(leaf) != HASH_SIZE:
        raise ProofError("leaf hash of a wrong length")
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    return _Climb(proof, algorithm).roots(Subtree(index, index + 1), size, leaf)[1]


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check with SHA-256 that tree 2 only adds leaves to tree 1 (RFC 9162 section 2.1.4.2).

    Raises:
        ProofError: if it is not shown, and for ``size1`` 0, about which a proof says nothing.
    """
    if size1 == 0:
        raise ProofError("nothing is consistent or not with an empty tree")
    verify_subtree_consistency(Subtree(0, size1), size2, root1, root2, proof)


def verify_subtree_inclusion(leaf: bytes, index: int, subtree: Subtree, proof: Sequence[bytes], root_: bytes) -> None:
    """Check with SHA-256 that ``leaf`` is at ``index`` (counted in the whole tree) of a subtree with root ``root_``.

    Raises:
        ProofError: if it is not shown or the subtree is invalid.
    """
    if not subtree.valid:
        raise ProofError(f"{subtree} is no subtree")
    verify_inclusion(leaf, index - subtree.start, subtree.end - subtree.start, proof, root_)


def verify_subtree_consistency(
    subtree: Subtree, size: int, subtree_root: bytes, tree_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check with SHA-256 that a subtree is part of the tree of ``size``.

    An empty subtree is part of any tree, so only its root and the emptiness of the proof are checked.

    Raises:
        ProofError: if it is not shown or the subtree is invalid.
    """
    if not (subtree.valid and subtree.end <= size):
        raise ProofError(f"no {subtree} in a tree of {size}")
    if subtree.start == subtree.end:
        if proof or subtree_root != hashlib.sha256().digest():
            raise ProofError("wrong root or proof of an empty subtree")
        return
    if _Climb(proof, hashlib.sha256).roots(subtree, size, subtree_root) != (subtree_root, tree_root):
        raise ProofError("subtree and proof do not lead to the root")


@dataclass(slots=True)
class _Climb:
    """Rebuilds the roots of a subtree and of the tree around it from a proof, which it uses up from its end."""

    proof: Sequence[bytes]
    algorithm: Algorithm
    used: int = 0

    def roots(self, subtree: Subtree, size: int, known: bytes) -> tuple[bytes, bytes]:
        """Roots (subtree, tree) that the proof yields, ``known`` standing for the subtree where it is not split.

        Raises:
            ProofError: for a proof of the wrong length or with parts of a wrong length, or a size beyond 2^63.
        """
        if size > MAX_SIZE or any(len(part) != HASH_SIZE for part in self.proof):
            raise ProofError("malformed proof")
        found = self._fold(*subtree, size, known)
        if self.used != len(self.proof):
            raise ProofError("proof too long")
        return found

    def _fold(self, start: int, end: int, size: int, known: bytes | None) -> tuple[bytes, bytes]:
        if (start, end) == (0, size):
            whole = self._take() if known is None else known
            return whole, whole
        split, beside = _split(size), self._take()
        if end <= split:
            part, whole = self._fold(start, end, split, known)
            return part, node_hash(whole, beside, self.algorithm)
        if start >= split:
            part, whole = self._fold(start - split, end - split, size - split, known)
            return part, node_hash(beside, whole, self.algorithm)
        # The subtree's own root lies above this split: its parts come from the proof alone.
        part, whole = self._fold(0, end - split, size - split, None)
        return node_hash(beside, part, self.algorithm), node_hash(beside, whole, self.algorithm)

    def _take(self) -> bytes:
        self.used += 1
        if self.used > len(self.proof):
            raise ProofError("proof too short")
        return self.proof[-self.used]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _span_root(offset: int, size: int, node: Node, algorithm: Algorithm) -> bytes:
    """Root over ``size`` leaves from ``offset``, put together from complete subtrees."""
    parts = []
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            parts.append(node(level, offset >> level))
            offset += 1 << level
    return _bag(parts, algorithm)


def _bag(parts: Sequence[bytes], algorithm: Algorithm) -> bytes:
    """One root from the roots of adjoining complete subtrees, largest first."""
    if not parts:
        return algorithm(b"").digest()
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = algorithm(b"\1" + part + found).digest()
    return found
