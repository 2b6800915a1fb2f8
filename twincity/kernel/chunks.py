"""Digest and framing of bodies too large to hold in memory.

The digest is the root of an RFC 6962 tree whose leaves are the body's chunks of 1 MiB (the last may be shorter), so
that it is computed in constant memory, can be resumed at any chunk, and one chunk can be checked without the others.

``application/tc1-stream`` carries such a body with its signed end in band, because many intermediaries drop HTTP
trailers: frames ``length ‖ data`` with 1 byte to 1 MiB each, a length of zero, then ``length ‖ trailer``. Lengths are
unsigned 32-bit integers, big-endian. What the trailer says is the caller's business; the root belongs in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from twincity.kernel import merkle

MEDIA_TYPE = "application/tc1-stream"
CHUNK = 1 << 20
MAX_TRAILER = 1 << 16
_LENGTH = 4


class StreamError(ValueError):
    """The stream is not what its format or its digest says."""


class TruncatedError(StreamError):
    """The stream ended before its trailer did."""


class OversizedError(StreamError):
    """A frame, the trailer or the whole body is beyond its limit."""


class GarbledError(StreamError):
    """Bytes that the format does not allow, or a chunk that does not belong to the root."""


class State(NamedTuple):
    """Where a digest can be taken up again: the number of whole chunks so far and the tree's edge over them."""

    chunks: int
    edge: tuple[bytes, ...]

    @property
    def offset(self) -> int:
        """Bytes of the body already in the digest; continue reading here."""
        return self.chunks * CHUNK


START = State(0, ())


class ChunkDigest:
    """The digest of a body that is fed piece by piece, in O(log n) memory.

    Args:
        state: where to continue; the start by default.
        on_leaf: given the hash of each complete chunk as it closes; collect them to :func:`prove` chunks later.

    Raises:
        ValueError: for a state that no digest gave.
    """

    __slots__ = ("_frontier", "_hash", "_on_leaf", "_room", "size")

    def __init__(self, state: State = START, on_leaf: Callable[[bytes], object] | None = None) -> None:
        self._frontier = merkle.Frontier(state.chunks, state.edge)
        self._on_leaf = on_leaf
        self.size = state.offset
        self._begin()

    def _begin(self) -> None:
        # The prefix of RFC 6962 leaves, so that a chunk is hashed as it comes and never held.
        self._hash = hashlib.sha256(b"\0")
        self._room = CHUNK

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take in the next bytes, of any number."""
        rest = memoryview(data)
        self.size += len(rest)
        while rest:
            part, rest = rest[: self._room], rest[self._room :]
            self._hash.update(part)
            self._room -= len(part)
            if not self._room:
                self._close()

    def _close(self) -> None:
        leaf = self._hash.digest()
        self._frontier.append(leaf)
        if self._on_leaf is not None:
            self._on_leaf(leaf)
        self._begin()

    @property
    def last_leaf(self) -> bytes | None:
        """Hash of the chunk that is not complete, None at a chunk's edge."""
        return None if self._room == CHUNK else self._hash.digest()

    def root(self) -> bytes:
        """The root over all bytes so far; of none it is SHA-256 of nothing. More may follow."""
        if (leaf := self.last_leaf) is None:
            return self._frontier.root()
        whole = merkle.Frontier(self._frontier.size, self._frontier.edge)
        whole.append(leaf)
        return whole.root()

    def state(self) -> State:
        """The state at the last complete chunk; bytes after it are to be fed again."""
        return State(self._frontier.size, self._frontier.edge)


@dataclass(frozen=True, slots=True)
class SliceProof:
    """That one chunk is the ``index``-th of a body of ``size`` bytes."""

    index: int
    size: int
    path: tuple[bytes, ...]

    def verify(self, chunk: bytes, root: bytes) -> None:
        """Check the chunk against the root of the whole body.

        Raises:
            GarbledError: if the chunk has a wrong length or is not shown to belong there.
        """
        if len(chunk) != min(CHUNK, self.size - self.index * CHUNK):
            raise GarbledError(f"chunk {self.index} cannot have {len(chunk)} bytes")
        try:
            merkle.verify_inclusion(merkle.leaf_hash(chunk), self.index, _count(self.size), self.path, root)
        except merkle.ProofError as error:
            raise GarbledError(str(error)) from error


def prove(leaves: Sequence[bytes], index: int, size: int) -> SliceProof:
    """Proof of chunk ``index``, given the hashes of all chunks (the last incomplete one included).

    Raises:
        ValueError: when there is no such chunk, or ``leaves`` do not fit ``size``.
    """
    if len(leaves) != _count(size):
        raise ValueError(f"{size} bytes have {_count(size)} chunks, not {len(leaves)}")
    rows = merkle.levels(leaves)
    path = merkle.inclusion_proof(index, len(leaves), lambda level, place: rows[level][place])
    return SliceProof(index, size, tuple(path))


def _count(size: int) -> int:
    return -(-size // CHUNK)


def frames(data: bytes) -> list[bytes]:
    """The data frames of one piece of the body; none of an empty one."""
    pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    return [len(piece).to_bytes(_LENGTH, "big") + piece for piece in pieces]


def ending(trailer: bytes) -> bytes:
    """The zero frame and the trailer frame.

    Raises:
        OversizedError: for a trailer beyond ``MAX_TRAILER``.
        GarbledError: for an empty one.
    """
    _check_trailer(len(trailer))
    return bytes(_LENGTH) + len(trailer).to_bytes(_LENGTH, "big") + trailer


async def encode(source: AsyncIterable[bytes], make_trailer: Callable[[bytes, int], bytes]) -> AsyncIterator[bytes]:
    """The framed form of a body; ``make_trailer(root, size)`` is asked when all of it has passed."""
    digest = ChunkDigest()
    async for piece in source:
        digest.update(piece)
        for frame in frames(piece):
            yield frame
    yield ending(make_trailer(digest.root(), digest.size))


class Decoder:
    """Takes a framed stream apart as it comes.

    ``digest`` covers the data given out so far; ``trailer`` is None until the stream is complete, and nothing of the
    body is to be trusted before it was compared with that digest.

    Args:
        max_size: bytes of the body that are accepted.
    """

    __slots__ = ("_field", "_left", "_max_size", "_step", "digest", "trailer")

    def __init__(self, max_size: int) -> None:
        self.digest = ChunkDigest()
        self.trailer: bytes | None = None
        self._max_size = max_size
        self._field = bytearray()
        self._left = _LENGTH
        self._step: Callable[[memoryview], bytes] = self._length

    def feed(self, data: bytes) -> list[bytes]:
        """The pieces of the body in the next bytes of the stream.

        Raises:
            StreamError: on the first byte that cannot be right; the decoder is of no use afterwards.
        """
        rest, pieces = memoryview(data), []
        while rest:
            part, rest = rest[: self._left], rest[self._left :]
            self._left -= len(part)
            if piece := self._step(part):
                pieces.append(piece)
        return pieces

    def close(self) -> None:
        """Say that the stream has ended.

        Raises:
            TruncatedError: if it should not have.
        """
        if self.trailer is None:
            raise TruncatedError(f"the stream ended after {self.digest.size} bytes, before its trailer")

    def _await(self, step: Callable[[memoryview], bytes], length: int) -> None:
        self._step, self._left = step, length
        self._field.clear()

    def _number(self, part: memoryview) -> int | None:
        self._field += part
        return None if self._left else int.from_bytes(self._field, "big")

    def _length(self, part: memoryview) -> bytes:
        length = self._number(part)
        if length == 0:
            self._await(self._trailer_length, _LENGTH)
        elif length is not None:
            if length > CHUNK or self.digest.size + length > self._max_size:
                raise OversizedError(f"a frame of {length} bytes after {self.digest.size}, limit {self._max_size}")
            self._await(self._data, length)
        return b""

    def _data(self, part: memoryview) -> bytes:
        self.digest.update(part)
        if not self._left:
            self._await(self._length, _LENGTH)
        return bytes(part)

    def _trailer_length(self, part: memoryview) -> bytes:
        length = self._number(part)
        if length is not None:
            _check_trailer(length)
            self._await(self._take_trailer, length)
        return b""

    def _take_trailer(self, part: memoryview) -> bytes:
        self._field += part
        if not self._left:
            self.trailer = bytes(self._field)
            self._await(self._nothing, 1)
        return b""

    def _nothing(self, part: memoryview) -> bytes:
        raise GarbledError(f"{len(part)} bytes or more after the trailer")


def _check_trailer(length: int) -> None:
    if length > MAX_TRAILER:
        raise OversizedError(f"a trailer of {length} bytes, limit {MAX_TRAILER}")
    if length == 0:
        raise GarbledError("an empty trailer")


async def decode(source: AsyncIterable[bytes], decoder: Decoder) -> AsyncIterator[bytes]:
    """The body of a framed stream, piece by piece; afterwards ``decoder.trailer`` and ``decoder.digest`` are complete.

    Raises:
        StreamError: as soon as the stream is wrong, at the latest at its end.
    """
    async for data in source:
        for piece in decoder.feed(data):
            yield piece
    decoder.close()
