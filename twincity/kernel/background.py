"""The node's event loop, for code that runs in a thread and must wait for something on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_loop: asyncio.AbstractEventLoop | None = None


def serve_on(loop: asyncio.AbstractEventLoop | None) -> None:
    """Say which loop serves the node; None when it stops."""
    global _loop  # noqa: PLW0603  one process, one loop
    _loop = loop


def wait(work: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
    """Run a coroutine on the node's loop from a thread and give back its result.

    Raises:
        RuntimeError: when the node is not being served.
        TimeoutError: when it takes longer.
    """
    if _loop is None:
        work.close()
        raise RuntimeError("the node is not being served by this process")
    return asyncio.run_coroutine_threadsafe(work, _loop).result(seconds)


def begin(work: Coroutine[Any, Any, Any]) -> bool:
    """Start a coroutine on the node's loop from a thread without waiting; False when the node is not being served."""
    if _loop is None:
        work.close()
        return False
    asyncio.run_coroutine_threadsafe(work, _loop)
    return True
