"""Fixtures of the catalogue's tests."""

from __future__ import annotations

import pytest

from twincity.engines.catalogue import services
from twincity.engines.catalogue.tests.examples import Circle


@pytest.fixture
def circle(monkeypatch):
    """The circle that the engine sees during the test."""
    yield Circle().stand_in(monkeypatch)
    services.take_in()
    services.take_in_endorsements()
