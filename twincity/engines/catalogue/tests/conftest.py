"""Fixtures of the catalogue's tests."""

from __future__ import annotations

import pytest

from twincity.engines.catalogue import services
from twincity.engines.catalogue.tests.examples import Circle
from twincity.engines.circle import facade


@pytest.fixture
def circle(monkeypatch):
    """The circle that the engine sees during the test."""
    made = Circle()
    monkeypatch.setattr(facade, "publish", made.publish)
    monkeypatch.setattr(facade, "read_published", made.read_published)
    monkeypatch.setattr(facade, "signer", made.signer)
    monkeypatch.setattr(facade, "member_id", lambda: made.me)
    monkeypatch.setattr(facade, "is_open", lambda: True)
    monkeypatch.setattr(facade, "directory", lambda: made)
    yield made
    services.take_in()
