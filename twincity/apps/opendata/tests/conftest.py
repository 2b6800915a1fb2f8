"""Fixtures of the app's tests."""

from __future__ import annotations

import pytest

from twincity.apps.opendata.tests.world import ME, fill
from twincity.engines.catalogue.tests.examples import Circle
from twincity.kernel.locale_text import LocalText


@pytest.fixture
def circle(node_home, monkeypatch, settings):
    """This node is Chongqing's; the circle has no network."""
    settings.CONFIG = settings.CONFIG.__class__(
        id=ME, title=LocalText("重庆", "Chongqing"), division="500000", address="https://cq.example"
    )
    return Circle().stand_in(monkeypatch)


@pytest.fixture
def filled(circle):
    """With datasets of both provinces."""
    fill(circle)
    return circle
