"""The chunk digest against the plain definition, and the framing against damage of every kind."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import chunks, merkle
from twincity.kernel.chunks import CHUNK, ChunkDigest, Decoder, GarbledError, OversizedError, SliceProof, TruncatedError

BODY = random.Random(7).randbytes(3 * CHUNK + 12_345)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, len(BODY)]


def leaves_of(body):
    return [merkle.leaf_hash(body[at : at + CHUNK]) for at in range(0, len(body), CHUNK)]


def digest_of(body, cuts=()):
    digest = ChunkDigest()
    edges = [0, *sorted(cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        digest.update(body[start:end])
    return digest


async def source_of(pieces):
    for piece in pieces:
        yield piece


def run_encode(pieces, make_trailer):
    async def collect():
        return [frame async for frame in chunks.encode(source_of(pieces), make_trailer)]

    return asyncio.run(collect())


def read_all(pieces, max_size=1 << 30):
    decoder = Decoder(max_size)

    async def collect():
        return b"".join([piece async for piece in chunks.decode(source_of(pieces), decoder)])

    return asyncio.run(collect()), decoder


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_rfc_6962_over_the_chunks(size):
    digest = digest_of(BODY[:size])
    assert (digest.root(), digest.size) == (merkle.root(leaves_of(BODY[:size])), size)


def test_nothing_has_the_hash_of_nothing():
    assert ChunkDigest().root() == hashlib.sha256(b"").digest()


@given(st.lists(st.integers(0, len(BODY)), max_size=6))
@settings(max_examples=20, deadline=None)
def test_the_root_does_not_depend_on_how_the_body_arrives(cuts):
    assert digest_of(BODY, cuts).root() == digest_of(BODY).root()


def test_asking_for_the_root_changes_nothing():
    digest = ChunkDigest()
    for piece in (BODY[:10], BODY[10 : CHUNK + 7], BODY[CHUNK + 7 :]):
        digest.root()
        digest.update(piece)
    assert digest.root() == digest_of(BODY).root()


@given(st.integers(0, len(BODY)))
@settings(max_examples=20, deadline=None)
def test_a_digest_resumes_from_its_state(size):
    state = digest_of(BODY[:size]).state()
    assert state.offset == size // CHUNK * CHUNK
    resumed = ChunkDigest(state)
    resumed.update(BODY[state.offset :])
    assert (resumed.root(), resumed.size) == (digest_of(BODY).root(), len(BODY))


def test_a_made_up_state_is_refused():
    with pytest.raises(ValueError, match="edge"):
        ChunkDigest(chunks.State(3, (b"x" * 32,)))


def test_every_chunk_is_proved_against_the_root_and_no_other_passes():
    leaves: list[bytes] = []
    digest = ChunkDigest(on_leaf=leaves.append)
    digest.update(BODY)
    leaves.append(digest.last_leaf)
    parts = [BODY[at : at + CHUNK] for at in range(0, len(BODY), CHUNK)]
    for index, part in enumerate(parts):
        proof = chunks.prove(leaves, index, len(BODY))
        proof.verify(part, digest.root())
        for wrong in (bytes([part[0] ^ 1]) + part[1:], part[:-1], part + b"x", b"", parts[index - 1]):
            with pytest.raises(GarbledError):
                proof.verify(wrong, digest.root())
        with pytest.raises(GarbledError):
            SliceProof(index, len(BODY) + CHUNK, proof.path).verify(part, digest.root())
        for size in (len(BODY) - 1, len(BODY) + 1):  # only the last chunk tells
            if index == len(parts) - 1:
                with pytest.raises(GarbledError):
                    SliceProof(index, size, proof.path).verify(part, digest.root())
        with pytest.raises(GarbledError):
            SliceProof(index, len(BODY), (*proof.path, bytes(32))).verify(part, digest.root())


@pytest.mark.parametrize("index", [-1, 4, 99])
def test_there_is_no_proof_of_a_chunk_that_is_not_there(index):
    with pytest.raises(ValueError):
        chunks.prove(leaves_of(BODY), index, len(BODY))
    with pytest.raises(GarbledError):
        SliceProof(index, len(BODY), ()).verify(b"", bytes(32))


def test_leaves_must_fit_the_size():
    with pytest.raises(ValueError, match="chunks"):
        chunks.prove(leaves_of(BODY), 0, CHUNK)


@given(st.lists(st.binary(max_size=200)), st.binary(min_size=1, max_size=100), st.integers(1, 50))
def test_a_stream_is_read_back_however_it_is_cut(pieces, trailer, step):
    wire = b"".join(run_encode(pieces, lambda root, size: trailer))
    body, decoder = read_all([wire[at : at + step] for at in range(0, len(wire), step)])
    assert (body, decoder.trailer) == (b"".join(pieces), trailer)
    assert decoder.digest.root() == digest_of(body).root()


@pytest.mark.parametrize("size", SIZES)
def test_the_trailer_is_made_from_root_and_size(size):
    body = BODY[:size]
    wire = run_encode([body], lambda root, size: root + size.to_bytes(8, "big"))
    read, decoder = read_all(wire)
    assert read == body
    assert decoder.trailer == decoder.digest.root() + size.to_bytes(8, "big")
    assert max(map(len, wire)) <= CHUNK + 4


def test_the_wire_form_is_fixed():
    wire = b"".join(run_encode([b"ab", b"", b"c"], lambda root, size: b"end"))
    assert wire.hex(" ", 1) == "00 00 00 02 61 62 00 00 00 01 63 00 00 00 00 00 00 00 03 65 6e 64"


WIRE = b"".join(run_encode([b"hello", b"world"], lambda root, size: b"signed"))


@pytest.mark.parametrize("size", range(len(WIRE)))
def test_truncation_anywhere_is_noticed(size):
    with pytest.raises(TruncatedError):
        read_all([WIRE[:size]])


def test_bytes_after_the_trailer_are_noticed():
    for pieces in ([WIRE + b"x"], [WIRE, b"x"]):
        with pytest.raises(GarbledError):
            read_all(pieces)


@pytest.mark.parametrize(
    "wire",
    [
        b"\xff\xff\xff\xff",
        (CHUNK + 1).to_bytes(4, "big"),
        bytes(4) + (chunks.MAX_TRAILER + 1).to_bytes(4, "big"),
        bytes(4) + b"\x7f\xff\xff\xff",
    ],
)
def test_oversize_is_refused_before_anything_is_held(wire):
    with pytest.raises(OversizedError):
        Decoder(1 << 40).feed(wire)


def test_a_body_beyond_its_limit_is_refused_at_the_frame_that_crosses_it():
    assert read_all([WIRE], max_size=10)[0] == b"helloworld"
    with pytest.raises(OversizedError):
        read_all([WIRE], max_size=9)


def test_empty_and_oversized_trailers_are_never_sent_or_accepted():
    with pytest.raises(GarbledError):
        chunks.ending(b"")
    with pytest.raises(GarbledError):
        Decoder(10).feed(bytes(8))
    with pytest.raises(OversizedError):
        chunks.ending(bytes(chunks.MAX_TRAILER + 1))
    assert read_all([chunks.ending(bytes(chunks.MAX_TRAILER))])[1].trailer == bytes(chunks.MAX_TRAILER)


@given(st.lists(st.binary(max_size=30), max_size=6))
@settings(max_examples=300)
def test_garbage_gives_typed_errors_only(pieces):
    decoder = Decoder(100)
    try:
        for piece in pieces:
            decoder.feed(piece)
        decoder.close()
    except chunks.StreamError:
        return
    assert decoder.trailer


def test_a_flipped_bit_changes_the_digest_or_breaks_the_framing():
    honest = digest_of(b"helloworld").root()
    for at in range(len(WIRE) * 8):
        damaged = bytearray(WIRE)
        damaged[at // 8] ^= 1 << at % 8
        try:
            _, decoder = read_all([bytes(damaged)])
        except chunks.StreamError:
            continue
        assert (decoder.digest.root(), decoder.trailer) != (honest, b"signed")


def test_memory_does_not_grow_with_the_body():
    def through(megabytes):
        piece, decoder, digest = bytes(1 << 16), Decoder(1 << 40), ChunkDigest()
        tracemalloc.start()
        for _ in range(megabytes * 16):
            digest.update(piece)
            for frame in chunks.frames(piece):
                decoder.feed(frame)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert digest.root() == decoder.digest.root()
        return peak

    assert through(60) < through(2) + 10_000
