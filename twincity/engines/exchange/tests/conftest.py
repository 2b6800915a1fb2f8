"""What several tests of the exchange begin with."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from twincity.engines.circle.tests.opened import Opened, opened
from twincity.engines.exchange import facade
from twincity.kernel.http.client import Client


@pytest.fixture
def mine(node_home, tmp_path, db) -> Iterator[Opened]:
    """This node, in a circle with another province, ready to exchange."""
    with opened(node_home, tmp_path) as made:
        started, shared = facade.start(node_home.config, Client()), connections["default"]
        # One thread, since only one can share the test's connection.
        started.pool.shutdown()
        started.pool = ThreadPoolExecutor(1, thread_name_prefix="handler")
        # The thread of handlers sees what the test has written and not committed, and leaves no connection behind.
        shared.inc_thread_sharing()
        started.pool.submit(connections.__setitem__, "default", shared).result()
        yield made
        facade.stop()
        shared.dec_thread_sharing()
