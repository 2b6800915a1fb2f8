"""Fixtures of the app's tests."""

from __future__ import annotations

import pytest

from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import Circle


@pytest.fixture
def circle(monkeypatch):
    """A circle of two provinces without a network; this node is Chongqing's."""
    yield Circle().stand_in(monkeypatch)
    catalogue.take_in()
