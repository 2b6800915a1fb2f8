"""A node that offers a service, a caller of it, and the other node in the place of the network."""

from __future__ import annotations

import msgspec
import pytest

from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import services
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.tests.paper_peer import Answerer, Caller
from twincity.engines.exchange.tests.wire.service import offer
from twincity.engines.exchange.wire import registry, runtime


@pytest.fixture(autouse=True)
def _offered(monkeypatch):
    """Only the protocol's own services and that of these tests."""
    own = {name: found for name, found in registry._services.items() if name.startswith("tc.")}
    monkeypatch.setattr(registry, "_services", own)
    offer()


@pytest.fixture
def caller(mine) -> Caller:
    return Caller(mine)


@pytest.fixture
def granted(mine) -> Grant:
    """Everything of both services, for planning."""
    given = Grant(id="g", subject=f"member:{OTHER}", service="towns", methods=("GET", "POST"), purposes=("planning",))
    alarms = msgspec.structs.replace(given, id="a", service="alarms")
    services.add_grants([given, alarms])
    return given


@pytest.fixture
def answerer(mine) -> Answerer:
    """The other's node, in the place of the network."""
    made = Answerer(mine)
    runtime.current().client = made
    return made
