"""Fixtures of the catalogue's tests."""

from __future__ import annotations

import pytest

from twincity.engines.catalogue import facade, services
from twincity.engines.catalogue.documents import document_of, payload_of
from twincity.engines.catalogue.tests.examples import ME, OTHER, Circle, a_standard
from twincity.engines.catalogue.tests.plots import plots
from twincity.engines.identity import facade as identity
from twincity.engines.identity.models import Account
from twincity.kernel.locale_text import LocalText


@pytest.fixture
def circle(monkeypatch):
    """The circle that the engine sees during the test."""
    yield Circle().stand_in(monkeypatch)
    services.take_in()
    services.take_in_endorsements()


@pytest.fixture
def published(circle, settings):
    """This node is Chongqing's, and Sichuan has a standard of the same name."""
    settings.CONFIG = settings.CONFIG.__class__(
        id=ME, title=LocalText("重庆", "Chongqing"), division="500000", address="http://127.0.0.1:8400"
    )
    facade.publish_standard(standard=a_standard("1.0.0"))
    facade.publish_standard(standard=plots())
    theirs = document_of("standard", OTHER, "1.0.0", 1_700_000_000, a_standard("1.0.0", fields=a_standard().fields[:2]))
    circle.publish_as(OTHER, "tc-standard+jwt", payload_of(theirs))
    services.take_in()
    return circle


@pytest.fixture
def steward(client):
    identity.create_account(username="li", password="correct horse battery", roles=["steward"])
    client.force_login(Account.objects.get(username="li"))
    return client
