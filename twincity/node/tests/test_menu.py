"""The menu shows each person what they may open, and where on it a page belongs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from twincity.node.context import menu, nearest


def account(*roles: str) -> Any:
    return SimpleNamespace(is_authenticated=True, is_active=True, roles=roles, party=None)


def routes(somebody: Any) -> set[str]:
    return {entry.route for entry in menu(somebody, "en")}


def test_a_visitor_finds_what_is_open_to_everybody() -> None:
    assert {"catalogue", "catalogue-shared"} <= routes(None)
    assert not {"ledger", "circle", "exchanges", "mine", "catalogue-drafts"} & routes(None)


@pytest.mark.parametrize(
    ("role", "finds", "lacks"),
    [
        ("steward", {"catalogue-drafts", "exchanges-agreements", "exchanges-delivery"}, {"mine"}),
        ("operator", {"exchanges-delivery", "ledger"}, {"catalogue-drafts", "mine"}),
    ],
)
def test_a_role_finds_its_work(role: str, finds: set[str], lacks: set[str]) -> None:
    assert finds <= routes(account(role))
    assert not lacks & routes(account(role))


def test_entries_of_a_unit_stand_below_its_first() -> None:
    entries = menu(account("steward"), "zh-hans")
    at = [entry.route for entry in entries].index("exchanges")
    assert [entry.below for entry in entries[at : at + 4]] == [False, True, True, True]
    assert entries[at + 1].title == "数字合约"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("catalogue-draft", "catalogue-drafts"),
        ("catalogue-entry", "catalogue"),
        ("watch:now", "watch:traffic"),
        ("watch:export", "watch:exports"),
        ("home", ""),
    ],
)
def test_a_page_belongs_to_the_nearest_entry(here: str, there: str) -> None:
    assert nearest(here, ["catalogue", "catalogue-drafts", "watch:traffic", "watch:exports"]) == there
