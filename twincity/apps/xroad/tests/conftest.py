from __future__ import annotations

from collections.abc import Iterator

import pytest

from twincity.engines.circle.tests.opened import Opened
from twincity.engines.exchange.tests.pages_world import exchanging


@pytest.fixture
def mine(node_home, tmp_path) -> Iterator[Opened]:
    """This node in a circle of two, ready to exchange, without a network."""
    with exchanging(node_home, tmp_path) as made:
        yield made
