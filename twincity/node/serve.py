"""Serving a node: everything in one process, one event loop, one thread bridge to Django."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable

import django
import structlog
import uvloop
from django.core.checks import Error, run_checks
from django.core.management import call_command

from twincity.kernel import background
from twincity.kernel.home import Home, current
from twincity.node.archive.held import require_free

READY = "ready"


def set_up(home: Home) -> None:
    """Configure Django for a home; once per process."""
    os.environ["TWINCITY_HOME"] = str(home.path)
    os.environ["DJANGO_SETTINGS_MODULE"] = "twincity.node.settings"
    current.cache_clear()
    django.setup()


def prepare(home: Home) -> None:
    """Logs, Django, checks and migrations: everything before the node's parts can be opened."""
    from twincity.node.logs import configure  # noqa: PLC0415  before Django, which logs

    configure(home.config.log_format)
    set_up(home)
    _check()
    call_command("migrate", interactive=False, verbosity=0)


def run(home: Home, ready: Callable[[int], None] = lambda _: None) -> None:
    """Serve the node until SIGINT or SIGTERM; ``ready`` is given the port when requests are taken.

    Raises:
        Problem: ``restore-held`` for a home that was restored and may not run.
    """
    require_free(home.path)
    prepare(home)
    uvloop.run(_serve(home, ready))


def _check() -> None:
    errors = [found for found in run_checks() if isinstance(found, Error)]
    if errors:
        sys.exit("\n".join(map(str, errors)))


async def _serve(home: Home, ready: Callable[[int], None]) -> None:
    from twincity.node.lifespan import Node  # noqa: PLC0415  needs Django set up

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    background.serve_on(loop)
    node = Node(home)
    try:
        port = await node.start()
        ready(port)
        structlog.get_logger().info("node_ready", id=home.config.id, port=port)
        await stop.wait()
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await node.stop()
        background.serve_on(None)
