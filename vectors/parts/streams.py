"""Chunk digests, frames, and a signed stream of two chunks."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from twincity.kernel import chunks
from twincity.kernel.tc1 import message
from vectors.parts.documents import NOW
from vectors.parts.requests import TARGET, request
from vectors.parts.responses import RECEIPT, seal

_MIB = chunks.CHUNK
_SIZES = (0, 1, _MIB - 1, _MIB, _MIB + 1, 2 * _MIB, 3 * _MIB + 5, 7 * _MIB)


def body(size: int) -> bytes:
    """A body that anyone can make: its byte at place i is i mod 251."""
    pattern = bytes(range(251))
    return (pattern * (size // 251 + 1))[:size]


def build() -> dict[str, Any]:
    """Contents of ``streams.json``."""
    return {
        "body_rule": "byte i is i mod 251",
        "chunk": _MIB,
        "roots": _roots(),
        "frames": _frames(),
        "stream": _stream(),
    }


def _roots() -> list[dict[str, Any]]:
    found = []
    for size in _SIZES:
        digest = chunks.ChunkDigest()
        digest.update(body(size))
        root = digest.root()
        found.append({"size": size, "root": root.hex(), "content_digest": message.chunk_digest(root)})
    return found


def _frames() -> list[dict[str, str]]:
    good = b"\0\0\0\3abc" + b"\0\0\0\2de" + bytes(4) + b'\0\0\0\4{"":'
    cases = {
        "two data frames and a trailer": ("ok", good),
        "no data": ("ok", bytes(4) + b"\0\0\0\1x"),
        "ends within a frame": ("truncated", good[:5]),
        "ends before the trailer": ("truncated", good[:17]),
        "bytes after the trailer": ("garbled", good + b"\0"),
        "empty trailer": ("garbled", bytes(8)),
        "frame beyond a chunk": ("oversized", (_MIB + 1).to_bytes(4, "big")),
        "trailer beyond 65,536 bytes": ("oversized", bytes(4) + (chunks.MAX_TRAILER + 1).to_bytes(4, "big")),
    }
    return [{"name": name, "expect": expect, "bytes_hex": data.hex()} for name, (expect, data) in cases.items()]


def _stream() -> dict[str, Any]:
    size = 2 * _MIB - 100
    sent = request(target=TARGET + "?all=1")
    digest = chunks.ChunkDigest()
    digest.update(body(size))
    headers = {
        "content-type": message.STREAM_TYPE,
        "content-digest": message.chunk_digest(digest.root()),
        "tc-stream-type": "text/csv",
        "tc-stream-size": str(size),
        "tc-receipt": RECEIPT,
    }
    sealed = seal(200, headers, sent["headers"], "sc.tc1", NOW + 2)
    trailer = orjson.dumps(sealed["headers"])
    framed = b"".join(chunks.frames(body(size))) + chunks.ending(trailer)
    about = {"size": size, "framed_size": len(framed), "framed_sha256": hashlib.sha256(framed).hexdigest()}
    return about | {"now": NOW + 3, "request": sent, "trailer": trailer.decode(), "base": sealed["base"]}
