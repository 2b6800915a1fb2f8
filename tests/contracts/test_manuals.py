"""The check of the manuals finds the things that have to be in them."""

from __future__ import annotations

import click
import pytest
from django.urls import include, path

from tests.contracts import manuals


@pytest.fixture
def wanted(monkeypatch):
    """Lets the check want just these things in ``operator.md``."""
    return lambda *things: monkeypatch.setattr(manuals, "WANTED", ((manuals.OPERATOR, lambda: iter(things)),))


def test_what_a_manual_does_not_mention_is_found(tmp_path, wanted):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "operator.md").write_text("Set `listen`, then `twincity run`.")
    wanted("`listen`", "`languages`", "twincity run")
    assert list(manuals.missing(tmp_path)) == ["docs/operator.md does not mention `languages`"]


def test_a_manual_that_does_not_exist_mentions_nothing(tmp_path, wanted):
    wanted("`listen`")
    assert list(manuals.missing(tmp_path)) == ["docs/operator.md does not mention `listen`"]


def test_settings_and_limits_are_known():
    assert {"`allowed-hosts`", "`listen`", "`limits.body`"} <= set(manuals.settings())


def test_environment_variables_are_known():
    assert {"TWINCITY_HOME", "TWINCITY_CLOCK_OFFSET"} <= set(manuals.variables())


def test_commands_are_known_with_their_groups(monkeypatch):
    @click.group()
    def cli():
        pass

    @cli.group()
    def ledger():
        pass

    ledger.add_command(click.Command("verify"))
    ledger.add_command(click.Command("secret", hidden=True))
    monkeypatch.setattr(manuals, "import_module", lambda _: type("Module", (), {"cli": cli}))
    assert list(manuals.commands()) == ["twincity ledger", "twincity ledger verify"]


def test_routes_are_ours_alone_and_show_their_parameters(settings):
    def ours(request):
        pass

    def theirs(request):
        pass

    ours.__module__, theirs.__module__ = "twincity.apps.health.pages", "allauth.account.views"
    inner = [path("<str:id>/", ours), path("login/", theirs)]
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("", ours), path("cases/", include(inner))]})
    assert list(manuals.routes()) == ["/", "/cases/{id}/"]


HOOKED = """
from twincity.kernel.jobs import job
from twincity.kernel.ui import panels
from twincity.engines.ledger import facade as ledger
from functools import cache

@job("x", every=1)
@cache
def a(): ...

@panels.panel(order=1)
class B: ...

ledger.register(a)
"""


@pytest.mark.parametrize(
    ("file", "hooks"),
    [
        ("twincity/apps/health/jobs.py", ["kernel.jobs.job", "kernel.ui.panels.panel"]),
        (
            "twincity/apps/health/wiring.py",
            ["kernel.jobs.job", "kernel.ui.panels.panel", "engines.ledger.facade.register"],
        ),
        ("twincity/engines/ledger/wiring.py", ["kernel.jobs.job", "kernel.ui.panels.panel"]),
        ("twincity/kernel/background.py", []),
    ],
)
def test_hooks_are_what_one_part_registers_with_another(tmp_path, monkeypatch, file, hooks):
    monkeypatch.setattr(manuals, "ROOT", tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(HOOKED)
    assert {f"twincity.{name}" for name in hooks} == set(manuals._hooks_in(tmp_path / file))
