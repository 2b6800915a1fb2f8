"""Byte layout of the journal's segments. Pure: works on bytes, knows no files.

::

    segment := "tc1jrnl1" ‖ first (u64) ‖ nonce (8 bytes) ‖ crc (u32 over the foregoing) ‖ batch*
    batch   := mark ‖ frame+
    mark    := 0xFFFFFFFF ‖ nonce ‖ index of the next record (u64) ‖ crc (u32 over nonce and index)
    frame   := length (u32) ‖ crc (u32) ‖ payload

Numbers are big-endian, crc is CRC-32. A frame's crc starts from its record's index, so that a frame in another's place
does not fit. One batch is one write, flushed before the next begins: a crash can only tear the last batch, and a
batch behind a broken spot proves that the spot was once whole. The nonce, drawn for each segment, keeps whoever
chooses payloads from faking such a proof.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import NamedTuple

MAX_PAYLOAD = 1 << 30
_MAGIC = b"tc1jrnl1"
_MARK = 0xFFFFFFFF
_SEGMENT = struct.Struct(">8sQ8sI")
_BATCH = struct.Struct(">I8sQI")
_FRAME = struct.Struct(">II")
HEADER_SIZE = _SEGMENT.size

Data = bytes | mmap


class BrokenFrameError(ValueError):
    """No whole frame at ``position``, where record ``index`` should be."""

    def __init__(self, position: int, index: int) -> None:
        super().__init__(f"record {index} is not whole at byte {position}")
        self.position = position
        self.index = index


class Header(NamedTuple):
    """Start of a segment: the index of its first record, and its nonce."""

    first: int
    nonce: bytes

    def encode(self) -> bytes:
        """The header as bytes."""
        body = _MAGIC + self.first.to_bytes(8, "big") + self.nonce
        return body + zlib.crc32(body).to_bytes(4, "big")

    @classmethod
    def decode(cls, data: Data) -> Header:
        """Read a segment's header.

        Raises:
            BrokenFrameError: if it is not one.
        """
        if len(data) >= HEADER_SIZE:
            _, first, nonce, _ = _SEGMENT.unpack_from(data)
            header = cls(first, nonce)
            if header.encode() == data[:HEADER_SIZE]:
                return header
        raise BrokenFrameError(0, 0)


def encode_batch(header: Header, index: int, position: int, payloads: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """One batch for the records from ``index``, to lie at ``position``; also the bytes at which its frames begin."""
    mark = _mark(header.nonce, index)
    parts, starts, position = [mark], [], position + len(mark)
    pack, crc32 = _FRAME.pack, zlib.crc32
    for payload in payloads:
        length = len(payload)
        parts += (pack(length, crc32(payload, index & 0xFFFFFFFF)), payload)
        starts.append(position)
        position += 8 + length
        index += 1
    return b"".join(parts), starts


def decode_frame(data: bytes, index: int) -> bytes:
    """Payload of the frame at the start of ``data``.

    Raises:
        BrokenFrameError: unless it is record ``index``, whole.
    """
    if len(data) >= _FRAME.size:
        length, crc = _FRAME.unpack_from(data)
        payload = data[_FRAME.size : _FRAME.size + length]
        if len(payload) == length > 0 and zlib.crc32(payload, index & 0xFFFFFFFF) == crc:
            return payload
    raise BrokenFrameError(0, index)


def walk(data: Data, header: Header, position: int, index: int) -> Iterator[tuple[int, bytes]]:
    """Each frame from ``position``, where record ``index`` or a mark must be: where it begins, and its payload.

    Raises:
        BrokenFrameError: at the first spot that is not whole.
    """
    end, unpack, crc32, mark_size = len(data), _FRAME.unpack_from, zlib.crc32, _BATCH.size
    while position < end:
        if end - position < _FRAME.size:
            raise BrokenFrameError(position, index)
        length, crc = unpack(data, position)
        if length == _MARK:
            if data[position : position + mark_size] != _mark(header.nonce, index):
                raise BrokenFrameError(position, index)
            position += mark_size
            continue
        payload = data[position + 8 : position + 8 + length]
        # An empty payload is never written; zeros, as some file systems leave them, would look like one.
        if not len(payload) == length > 0 or crc32(payload, index & 0xFFFFFFFF) != crc:
            raise BrokenFrameError(position, index)
        yield position, payload
        position += 8 + length
        index += 1


def batch_behind(data: Data, header: Header, broken: BrokenFrameError) -> bool:
    """Whether a later batch begins behind a broken spot, which therefore cannot be the torn end of a crash."""
    start = _MARK.to_bytes(4, "big") + header.nonce
    position = data.find(start, broken.position + 1)
    while position >= 0:
        mark = data[position : position + _BATCH.size]
        if len(mark) == _BATCH.size:
            _, _, index, _ = _BATCH.unpack(mark)
            if index > broken.index and mark == _mark(header.nonce, index):
                return True
        position = data.find(start, position + 1)
    return False


def _mark(nonce: bytes, index: int) -> bytes:
    body = nonce + index.to_bytes(8, "big")
    return _MARK.to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
