"""The import contracts: the file is up to date, and each kind of violation breaks the contract meant for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts import importlinter
from tests.contracts.linting import broken
from tests.contracts.rooms import NAMED, ROOMS
from tests.support import ROOT

CLEAN = {
    "__init__": "",
    "__main__": "import twincity.node.cli",
    "node/__init__": "",
    "node/cli": "import twincity.engines.ledger.verifier, twincity.apps.health.demo",
    "kernel/__init__": "",
    "kernel/clock": "import time",
    "kernel/ids": "import twincity.kernel.clock",
    "engines/__init__": "",
    "engines/identity/__init__": "",
    "engines/identity/facade": "import twincity.engines.identity.services",
    "engines/identity/services": "import twincity.engines.identity.models",
    "engines/identity/models": "import django.db",
    "engines/identity/pages": "import twincity.engines.identity.services",
    "engines/identity/accounts": "import allauth",
    "engines/ledger/__init__": "",
    "engines/ledger/facade": "import twincity.engines.ledger.log, twincity.engines.identity.facade",
    "engines/ledger/log": "",
    "engines/ledger/verifier": "import twincity.engines.ledger.log",
    "apps/__init__": "",
    "apps/health/__init__": "",
    "apps/health/demo": "import twincity.apps.health.services",
    "apps/health/pages": "import twincity.apps.health.queries",
    "apps/health/services": "import twincity.apps.health.models, twincity.engines.ledger.facade",
    "apps/health/queries": "import twincity.apps.health.models",
    "apps/health/models": "import twincity.apps.health.rules",
    "apps/health/rules": "import dataclasses",
    "apps/transit/__init__": "",
    "apps/transit/rules": "",
}
FLOORS = "The house has four floors"
OPEN_LEDGER = "ledger is reached through its facade"
OPEN_IDENTITY = "identity is reached through its facade"

VIOLATIONS = {
    "kernel imports an engine": ("kernel/ids", "twincity.engines.ledger.facade", FLOORS),
    "engine imports an app": ("engines/ledger/facade", "twincity.apps.health.rules", FLOORS),
    "app imports the node": ("apps/health/pages", "twincity.node.cli", FLOORS),
    "a fifth floor": ("attic", "json", FLOORS),
    "earlier engine imports a later one": (
        "engines/identity/services",
        "twincity.engines.ledger.facade",
        "Engines stand in order",
    ),
    "engine without a place": ("engines/weather/__init__", "json", "Engines stand in order"),
    "app imports another app": ("apps/health/rules", "twincity.apps.transit.rules", "Apps never meet"),
    "app reads an engine's tables": ("apps/health/services", "twincity.engines.identity.models", OPEN_IDENTITY),
    "app uses an engine's page": ("apps/health/pages", "twincity.engines.identity.pages", OPEN_IDENTITY),
    "later engine uses a service": ("engines/ledger/facade", "twincity.engines.identity.services", OPEN_IDENTITY),
    "node uses a named package": ("node/cli", "twincity.engines.ledger.log", OPEN_LEDGER),
    "queries import services": ("apps/health/queries", "twincity.apps.health.services", "Rooms of apps/health"),
    "models import a named package's user": (
        "engines/ledger/log",
        "twincity.engines.ledger.facade",
        "Rooms of engines/ledger",
    ),
    "a stray file": ("apps/health/util", "json", "Rooms of apps/health"),
    "another unit's name": ("apps/health/divisions", "json", "Rooms of apps/health"),
    "rules import Django": ("apps/health/rules", "django.db", "Rules are pure"),
    "rules read the clock by a detour": ("apps/health/rules", "twincity.kernel.ids", "Rules are pure"),
    "a named package imports Django": ("engines/ledger/log", "django.db", "Named packages hold no Django"),
    "a page touches a table": ("apps/health/pages", "twincity.apps.health.models", "Doors do not touch tables"),
}


def build(root: Path, modules: dict[str, str]) -> Path:
    for place, source in modules.items():
        path = root / "twincity" / f"{place}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    (root / ".importlinter").write_text(importlinter.render(root / "twincity"))
    return root


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, set[str]]:
    """Broken contracts of the clean house (``""``) and of each house with one violation."""
    houses = {"": build(tmp_path_factory.mktemp("clean"), CLEAN)}
    for case, (place, imported, _) in VIOLATIONS.items():
        source = f"{CLEAN.get(place, '')}\nimport {imported}"
        houses[case] = build(tmp_path_factory.mktemp("house"), {**CLEAN, place: source})
    found = broken(houses.values())
    return {case: found[house] for case, house in houses.items()}


def test_a_clean_house_keeps_all_contracts(results):
    assert not results[""]


@pytest.mark.parametrize("case", VIOLATIONS)
def test_a_violation_breaks_its_contract(results, case):
    assert VIOLATIONS[case][2] in results[case]


def test_the_committed_file_is_up_to_date():
    assert importlinter.TARGET.read_text("ascii") == importlinter.render(ROOT / "twincity"), (
        "run python -m tests.contracts.importlinter --write"
    )


def test_every_module_of_a_unit_is_a_room_or_named():
    assert not importlinter.strangers(ROOT / "twincity")


def test_named_packages_exist_and_give_a_reason():
    rooms = {room for layer in ROOMS for room in layer}
    for named in NAMED:
        assert named.name in importlinter.children(ROOT / "twincity" / named.unit.replace(".", "/")), named
        assert named.beside in rooms, named
        assert named.name not in rooms, named
        assert named.reason, named
