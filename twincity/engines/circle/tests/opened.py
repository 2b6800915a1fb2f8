"""A circle of two provinces, open in this process: one is this node, the other exists only by its documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth import get_user_model
from django.test import Client as Browser

from twincity.engines.circle import facade, services
from twincity.engines.circle.membership import follow, holder, signing
from twincity.engines.identity import facade as identity
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.home import Config, Home
from twincity.kernel.http.client import Client
from twincity.kernel.locale_text import LocalText

OTHER = "sc.test"
PASSWORD = "correct horse battery"


class Opened:
    """What tests do with it."""

    def __init__(self, home: Home, other: Home) -> None:
        self.home = home
        self.other = other
        self.said = 0

    def hear(self, document: str) -> None:
        """An entry arrives from the other's public log."""
        facade.circle().state.apply(OTHER, self.said, document.encode())
        self.said += 1

    def followed(self) -> follow.Followed:
        """How following the other stands; tests change it."""
        found = follow.follower()._open(facade.circle(), OTHER)
        found.reached_at = clock.millis() / 1000
        return found

    def witnessed(self, ago: int) -> None:
        """Both directories were vouched for so many seconds ago."""
        for name in (facade.member_id(), OTHER):
            facade.circle().state.witnessed[name] = clock.unix() - ago


@contextmanager
def opened(home: Home, folder: Path) -> Iterator[Opened]:
    """Open ledger and circle of ``home``; closed and forgotten afterwards."""
    config = Config(id=OTHER, title=LocalText("四川省", "Sichuan"), division="510000", address="http://127.0.0.1:9")
    other = Home.create(folder / "other", config)
    document = facade.draft_charter("test-circle", 2, [facade.card(home), facade.card(other)], [])
    for each in (home, other):
        document = facade.sign_charter(each, document)
    facade.adopt_charter(home, document)
    ledger.open_ledger(home, facade.log_keys)
    try:
        facade.open_circle(home, Client())
        services.announce_own_keys()
        made = Opened(home, other)
        made.hear(signing.first_statement(other, OTHER))
        made.witnessed(5)
        yield made
    finally:
        holder._circle = None
        follow._follower = None
        ledger.close_ledger()


def sign_in(browser: Browser, *roles: str) -> Browser:
    """The browser, signed in with these roles."""
    name = "-".join(roles) or "nobody"
    identity.create_account(username=name, password=PASSWORD, roles=roles)
    browser.force_login(get_user_model().objects.get(username=name))
    return browser
