"""Batched signatures: each holds alone, none survives a change, and the signer keeps its promises."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import batches, keys, merkle, sm2
from twincity.kernel.batches import BatchClosedError, BatchSigner, sign_batch, verify_batched
from twincity.kernel.keys import PrivateKey, PublicKey

KEYS = {name: PrivateKey.generate(name) for name in ("ed25519", "sm2")}
SUITES = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
MESSAGES = [f"message {number}".encode() for number in range(256)]
SEVEN = {name: sign_batch(key, MESSAGES[:7]) for name, key in KEYS.items()}


def in_loop(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**fixtures: object) -> None:
        asyncio.run(test(**fixtures))

    return run


@SUITES
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 255, 256])
def test_each_message_of_a_batch_is_verified_alone(key: PrivateKey, size: int) -> None:
    made = sign_batch(key, MESSAGES[:size])
    assert all(verify_batched(key.public, *case) for case in zip(MESSAGES, made, strict=False))
    assert len(made) == len(set(made)) == size
    assert len(made[0]) == 3 + 64 + 32 * (size - 1).bit_length()


@SUITES
def test_the_layout_is_the_documented_one(key: PrivateKey) -> None:
    algorithm = sm2.sm3 if key.suite == "sm2" else hashlib.sha256
    tree = merkle.levels([merkle.leaf_hash(message, algorithm) for message in MESSAGES[:7]], algorithm)
    for index, made in enumerate(SEVEN[key.suite]):
        assert made[:3] == bytes((1, 6, index))
        assert key.public.verify(b"twincity batch 1\0" + b"\0\x07" + tree[-1][0], made[3:67])
        assert made[67:] == b"".join(merkle.path(tree, index))


def test_batches_have_a_limit_and_may_be_empty() -> None:
    assert sign_batch(KEYS["ed25519"], []) == []
    with pytest.raises(ValueError, match="at most 256"):
        sign_batch(KEYS["ed25519"], [b""] * 257)


@SUITES
def test_one_root_signature_is_verified_once(key: PrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = PublicKey.verify
    monkeypatch.setattr(PublicKey, "verify", lambda *args: calls.append(args) or real(*args))
    batches._verify_root.cache_clear()
    made = sign_batch(key, MESSAGES)
    assert all(verify_batched(key.public, *case) for case in zip(MESSAGES, made, strict=True))
    assert len(calls) == 1
    forged = made[0][:10] + bytes((made[0][10] ^ 1,)) + made[0][11:]
    assert not any(verify_batched(key.public, MESSAGES[0], forged) for _ in range(3))
    assert len(calls) == 4
    assert batches._verify_root.cache_info().maxsize == 1024


@SUITES
def test_a_signature_belongs_to_its_message_key_and_suite(key: PrivateKey) -> None:
    first, second = sign_batch(key, [b"one", b"two"])
    assert not verify_batched(key.public, b"one", second)
    assert not verify_batched(key.public, b"two", first)
    assert not verify_batched(PrivateKey.generate(key.suite).public, b"one", first)
    for other in KEYS.values():
        if other is not key:
            assert not verify_batched(other.public, b"one", first)
    assert not verify_batched(PublicKey("unknown", key.public.raw), b"one", first)


@SUITES
def test_plain_and_batched_signatures_do_not_pass_for_each_other(key: PrivateKey) -> None:
    (batched,) = sign_batch(key, [b"one"])
    assert not key.public.verify(b"one", batched)
    assert not key.public.verify(b"one", batched[3:])
    assert not verify_batched(key.public, b"one", key.sign(b"one"))
    assert not verify_batched(key.public, b"one", b"\x01\x00\x00" + key.sign(b"one"))


@SUITES
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_mutation_survives(key: PrivateKey, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 6))
    made = SEVEN[key.suite][index]
    at = data.draw(st.integers(0, len(made) - 1))
    flip = data.draw(st.integers(1, 255))
    assert not verify_batched(key.public, MESSAGES[index], made[:at] + bytes((made[at] ^ flip,)) + made[at + 1 :])
    assert not verify_batched(key.public, MESSAGES[index], made[:at])
    extra = data.draw(st.binary(min_size=1, max_size=64))
    assert not verify_batched(key.public, MESSAGES[index], made[:at] + extra + made[at:])
    assert verify_batched(key.public, MESSAGES[index], made)


def test_position_and_size_are_signed_with_the_root() -> None:
    key = KEYS["ed25519"]
    for index, made in enumerate(SEVEN["ed25519"]):
        heads = [bytes((1, size, other)) for size in range(10) for other in range(10)]
        accepted = [head for head in heads if verify_batched(key.public, MESSAGES[index], head + made[3:])]
        assert accepted == [bytes((1, 6, index))]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_garbage_is_refused_without_error(signature: bytes) -> None:
    for key in KEYS.values():
        assert not verify_batched(key.public, b"", signature)


@in_loop
async def test_a_full_batch_goes_at_once_and_the_rest_after_the_wait() -> None:
    key = KEYS["sm2"]
    async with BatchSigner(key, max_wait=0.01, max_size=4) as signer:
        made = await asyncio.gather(*(signer.sign(message) for message in MESSAGES[:10]))
    assert [signature[1] + 1 for signature in made] == [4] * 8 + [2] * 2
    assert all(verify_batched(key.public, *case) for case in zip(MESSAGES, made, strict=False))


@in_loop
async def test_a_lone_message_does_not_wait_for_company() -> None:
    signer = BatchSigner(KEYS["ed25519"], max_wait=0)
    assert verify_batched(KEYS["ed25519"].public, b"alone", await signer.sign(b"alone"))
    # The timer is set anew for the next batch.
    assert verify_batched(KEYS["ed25519"].public, b"again", await signer.sign(b"again"))


@in_loop
async def test_closing_signs_what_waits_and_refuses_what_comes() -> None:
    signer = BatchSigner(KEYS["ed25519"], max_wait=3600)
    waiting = [asyncio.create_task(signer.sign(message)) for message in MESSAGES[:3]]
    await asyncio.sleep(0)
    signer.close()
    made = await asyncio.gather(*waiting)
    assert all(verify_batched(KEYS["ed25519"].public, *case) for case in zip(MESSAGES, made, strict=False))
    with pytest.raises(BatchClosedError):
        await signer.sign(b"late")
    signer.close()


class BrokenSuite:
    """Signs nothing until it is mended, and verifies anything."""

    name = "broken"
    mended = False

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return True

    def sign(self, private: bytes, message: bytes) -> bytes:
        if not self.mended:
            raise RuntimeError("no signature today")
        return bytes(64)


def test_what_is_too_short_is_refused_before_the_suite_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keys._suites, "broken", BrokenSuite())
    key = PublicKey("broken", b"")
    lengths = [length for length in range(80) if verify_batched(key, b"", bytes((1, 1, 0)) + bytes(length))]
    assert lengths == list(range(32, 80))


@in_loop
async def test_a_failure_reaches_all_who_wait_and_only_them(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = BrokenSuite()
    monkeypatch.setitem(keys._suites, "broken", broken)
    signer = BatchSigner(PrivateKey("broken", b""), max_wait=3600, max_size=3)
    failed = await asyncio.gather(*(signer.sign(message) for message in MESSAGES[:3]), return_exceptions=True)
    assert [str(error) for error in failed] == ["no signature today"] * 3
    broken.mended = True
    made = await asyncio.gather(*(signer.sign(message) for message in MESSAGES[:3]))
    assert [signature[:3] for signature in made] == [b"\x01\x02\x00", b"\x01\x02\x01", b"\x01\x02\x02"]


@in_loop
async def test_who_gave_up_waiting_is_left_out() -> None:
    key = KEYS["ed25519"]
    signer = BatchSigner(key, max_wait=3600)
    gone, stays = (asyncio.create_task(signer.sign(message)) for message in MESSAGES[:2])
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    signer.close()
    signature = await stays
    assert signature[:3] == b"\x01\x00\x00"
    assert verify_batched(key.public, MESSAGES[1], signature)


@pytest.mark.parametrize(("wait", "size"), [(-1, 1), (0, 0), (0, 257)])
def test_limits_that_make_no_sense_are_refused(wait: float, size: int) -> None:
    with pytest.raises(ValueError, match="1 to 256"):
        BatchSigner(KEYS["ed25519"], max_wait=wait, max_size=size)
