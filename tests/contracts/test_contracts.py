"""The project keeps its own rules: every check of ``make check`` also runs with the tests."""

from __future__ import annotations

import pytest
import yaml

from tests.contracts.checks import CHECKS, run
from tests.support import ROOT


@pytest.mark.parametrize("name", CHECKS)
def test_the_project_passes(name, django_db_blocker):
    with django_db_blocker.unblock():  # Django compares the recorded migrations first; there are none here
        found = run(CHECKS[name])
    assert not found, "\n".join(found)


def test_a_check_that_breaks_down_is_a_finding():
    def breaks():
        raise OSError("no disk")

    assert run(breaks) == ["cannot be run: OSError: no disk"]


def test_publiccode_says_what_its_standard_asks_for():
    """Keys and lengths of publiccode.yml 0.4."""
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    wanted = {"publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType"}
    assert wanted | {"description", "legal", "maintenance", "localisation"} <= told.keys()
    assert told["publiccodeYmlVersion"] == "0.4"
    assert told["legal"]["license"] == "Apache-2.0"
    assert all(contact["name"] for contact in told["maintenance"]["contacts"])
    assert told["description"].keys() == set(told["localisation"]["availableLanguages"])
    for text in told["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 500 <= len(text["longDescription"]) <= 10_000
        assert text["features"]


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "SECURITY.md", ".ci/run"])
def test_what_visitors_look_for_is_there(name):
    assert (ROOT / name).stat().st_size > 200
