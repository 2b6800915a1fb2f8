"""One signature for many messages: a suite signs the Merkle root, each message carries its way to that root.

An SM2 signature costs ten times an Ed25519 one. Collected for at most 50 ms or 256 messages, the same key covers tens
of thousands of messages a second, and each message can still be checked alone.

A batched signature is bytes: ``0x01`` (form), size - 1, index, signature of the root, inclusion path from the leaf
upwards (32 bytes a step). The suite signs ``"twincity batch 1" ‖ 0x00 ‖ size (2 bytes) ‖ root``; the size is in it
because a root alone does not tell trees of 3 and 4 leaves apart on every path. Trees are those of
:mod:`twincity.kernel.merkle`, with SM3 under ``sm2`` and SHA-256 under the other suites.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from twincity.kernel import merkle, sm2
from twincity.kernel.keys import PrivateKey, PublicKey

MAX_SIZE = 256
MAX_WAIT = 0.05
_DOMAIN = b"twincity batch 1\0"
_FORM = 1
_HEAD = 3
_KNOWN_ROOTS = 1024


class BatchClosedError(RuntimeError):
    """The signer takes no more messages."""


def sign_batch(key: PrivateKey, messages: Sequence[bytes]) -> list[bytes]:
    """Batched signatures of up to 256 messages, in their order, at the cost of one signature.

    Raises:
        ValueError: for more than 256 messages.
    """
    size = len(messages)
    if size > MAX_SIZE:
        raise ValueError(f"a batch holds at most {MAX_SIZE} messages")
    if not size:
        return []
    algorithm = _algorithm(key.suite)
    tree = merkle.levels([merkle.leaf_hash(message, algorithm) for message in messages], algorithm)
    signed = key.sign(_statement(size, tree[-1][0]))
    return [bytes((_FORM, size - 1, index)) + signed + b"".join(merkle.path(tree, index)) for index in range(size)]


def verify_batched(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether a batched signature holds for ``message``; False for whatever is malformed.

    The signature of a root is verified once; the next messages of that batch cost only hashing.
    """
    if len(signature) < _HEAD or signature[0] != _FORM:
        return False
    size, index = signature[1] + 1, signature[2]
    start = len(signature) - merkle.HASH_SIZE * merkle.path_length(index, size)
    if start < _HEAD:
        return False
    path = [signature[at : at + merkle.HASH_SIZE] for at in range(start, len(signature), merkle.HASH_SIZE)]
    algorithm = _algorithm(key.suite)
    try:
        root = merkle.inclusion_root(merkle.leaf_hash(message, algorithm), index, size, path, algorithm)
        _verify_root(key, _statement(size, root), signature[_HEAD:start])
    except merkle.ProofError:
        return False
    return True


class BatchSigner:
    """Signs messages of one event loop in batches, each at most ``max_wait`` seconds after its first message.

    Signing runs in the loop itself: a full batch takes about 1.5 ms, most of it hashing, which a thread would not free
    the loop from.
    """

    def __init__(self, key: PrivateKey, max_wait: float = MAX_WAIT, max_size: int = MAX_SIZE) -> None:
        """Sign with ``key``.

        Raises:
            ValueError: unless ``max_size`` is in 1..256 and ``max_wait`` is not negative.
        """
        if not 1 <= max_size <= MAX_SIZE or max_wait < 0:
            raise ValueError(f"a batch is 1 to {MAX_SIZE} messages after a wait of 0 s or more")
        self._key, self._max_wait, self._max_size = key, max_wait, max_size
        self._waiting: list[tuple[bytes, asyncio.Future[bytes]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def sign(self, message: bytes) -> bytes:
        """The batched signature of ``message``, once its batch is full or its time has come.

        Raises:
            BatchClosedError: after :meth:`close`.
            Exception: what the suite raised, to every message of the batch.
        """
        if self._closed:
            raise BatchClosedError("the batch signer is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((message, future))
        if len(self._waiting) >= self._max_size:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(self._max_wait, self._flush)
        return await future

    def close(self) -> None:
        """Sign what waits at once and take no more."""
        self._closed = True
        self._flush()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # A cancelled caller no longer waits for anything.
        batch = [(message, future) for message, future in self._waiting if not future.done()]
        self._waiting = []
        try:
            signatures = sign_batch(self._key, [message for message, _ in batch])
        except Exception as error:  # noqa: BLE001  whatever went wrong, those who wait must hear of it
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), signature in zip(batch, signatures, strict=True):
                future.set_result(signature)


@functools.lru_cache(maxsize=_KNOWN_ROOTS)
def _verify_root(key: PublicKey, statement: bytes, signed: bytes) -> None:
    # Failure is an exception because the cache keeps only what returns: forgeries cannot push out good roots.
    if not key.verify(statement, signed):
        raise merkle.ProofError("the root's signature does not hold")


def _statement(size: int, root: bytes) -> bytes:
    return _DOMAIN + size.to_bytes(2) + root


def _algorithm(suite: str) -> merkle.Algorithm:
    return sm2.sm3 if suite == sm2.Sm2.name else hashlib.sha256
