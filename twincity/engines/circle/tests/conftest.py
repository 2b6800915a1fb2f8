"""What several tests of the circle begin with."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.world import ADMITTED, fold
from twincity.engines.circle.trust.directory import Directory


@pytest.fixture
def found() -> Directory:
    """Chongqing and Sichuan, and one county of each."""
    return fold(ADMITTED)
