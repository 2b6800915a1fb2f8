"""The system checks of ``node/checks.py``: each violation is put in once, and must be seen."""

from __future__ import annotations

import pytest
from django.core.checks.registry import registry
from django.db import models
from django.test.utils import isolate_apps

from twincity.kernel.locale_text import LocalText
from twincity.kernel.manifests import Manifest
from twincity.node import checks
from twincity.node.checks import Unit, owner


@pytest.fixture(autouse=True)
def _own_models():
    with isolate_apps():
        yield


def manifest(unit, *requires):
    kind, name = unit.split("/")
    return {Unit(kind, name): Manifest(name, LocalText("甲", "A"), requires=list(requires), kind=kind)}


def table(unit, name, *bases, **body):
    """A model as if it were written in a unit's models.py; unit "" is a table of somebody else."""
    module = f"twincity.{unit.replace('/', '.')}.models" if unit else "django.contrib.auth.models"
    meta = type("Meta", (), {"app_label": unit.split("/")[-1] or "auth", **body.pop("meta", {})})
    return type(name, bases or (models.Model,), {"__module__": module, "Meta": meta, **body})


def to(target):
    return models.ForeignKey(target, on_delete=models.CASCADE, related_name="+")


def ids(errors):
    return [error.id for error in errors]


def texts(errors):
    return [error.msg for error in errors]


@pytest.mark.parametrize(
    ("module", "unit"),
    [
        ("twincity.apps.sharing.models", Unit("apps", "sharing")),
        ("twincity.engines.ledger", Unit("engines", "ledger")),
        ("twincity.engines", None),
        ("twincity.kernel.jobs", None),
        ("django.contrib.auth.models", None),
    ],
)
def test_a_module_belongs_to_its_unit(module, unit):
    assert owner(module) == unit


class TestRelationsStayHome:
    @staticmethod
    def errors(unit, field, *requires):
        return texts(checks.relation_errors([table(unit, "Row", link=field)], manifest(unit, *requires)))

    def test_inside_the_unit(self):
        assert not self.errors("apps/health", to(table("apps/health", "Record")))

    def test_to_a_table_that_is_not_ours(self):
        assert not self.errors("apps/health", to(table("", "Group")))

    def test_to_a_shared_table_of_a_required_engine(self):
        assert not self.errors("apps/health", to(table("engines/identity", "Party")), "identity")

    def test_not_to_a_shared_table_of_another_engine(self):
        assert self.errors("apps/health", to(table("engines/identity", "Party"))) == [
            "health.Row.link points at identity.Party"
        ]

    def test_not_to_a_private_table_of_a_required_engine(self):
        assert self.errors("apps/health", to(table("engines/identity", "Secret")), "identity")

    def test_not_to_another_app(self):
        assert self.errors("apps/health", to(table("apps/transit", "Ticket")))

    def test_not_by_many_to_many(self):
        assert self.errors("apps/health", models.ManyToManyField(table("apps/transit", "Stop")))

    def test_not_by_inheritance(self):
        child = table("apps/health", "Child", table("apps/transit", "Parent"))
        assert ids(checks.relation_errors([child], manifest("apps/health"))) == ["twincity.E001"]

    def test_from_an_engine_to_one_that_it_requires(self):
        assert not self.errors("engines/ledger", to(table("engines/identity", "Account")), "identity")

    def test_not_from_an_engine_to_one_that_it_does_not_require(self):
        assert self.errors("engines/ledger", to(table("engines/market", "Offer")), "identity")

    def test_not_from_an_engine_to_an_app(self):
        assert self.errors("engines/ledger", to(table("apps/health", "Record")))

    def test_a_target_still_named_by_string_is_left_to_django(self):
        assert not self.errors("apps/health", to("transit.Nowhere"))


class TestTemplatesStayHome:
    @staticmethod
    def errors(root, text, place="health/list.html"):
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return list(checks.template_errors("health", root))

    @pytest.mark.parametrize("used", ["health/base.html", "kernel/base.html", "admin/base_site.html"])
    def test_own_and_shared_templates(self, tmp_path, used):
        text = f"{{% extends '{used}' %}}{{% include \"{used}\" with a=b only %}}"
        assert not self.errors(tmp_path, text)

    @pytest.mark.parametrize("used", ["'transit/list.html'", "'./base.html'", "'base.html'", "parent", "a|default:b"])
    @pytest.mark.parametrize("tag", ["extends", "include"])
    def test_no_other(self, tmp_path, used, tag):
        assert ids(self.errors(tmp_path, f"{{% {tag} {used} %}}")) == ["twincity.E002"]

    @pytest.mark.parametrize("place", ["transit/list.html", "list.html", "health.html"])
    def test_no_file_outside_the_folder(self, tmp_path, place):
        assert ids(self.errors(tmp_path, "", place)) == ["twincity.E002"]


class TestTablesNameTheirHome:
    HOME = type("Home", (), {"kept": "member", "leaves": "asked", "erase": "blank"})

    def test_all_three_are_said(self):
        assert not list(checks.home_errors([table("apps/health", "Row", Home=self.HOME)]))

    def test_a_table_without_home(self):
        assert ids(checks.home_errors([table("apps/health", "Row")])) == ["twincity.E003"] * 3

    def test_a_word_that_means_nothing(self):
        wrong = type("Home", (), {"kept": "member", "leaves": "asked", "erase": "maybe"})
        assert texts(checks.home_errors([table("apps/health", "Row", Home=wrong)])) == [
            "health.Row.Home.erase 'maybe' is not one of blank, delete, keep"
        ]

    def test_a_base_does_not_answer_for_its_children(self):
        base = table("apps/health", "Base", Home=self.HOME, meta={"abstract": True})
        assert len(list(checks.home_errors([table("apps/health", "Row", base)]))) == 3

    def test_a_proxy_has_no_rows(self):
        row = table("apps/health", "Row", Home=self.HOME)
        assert not list(checks.home_errors([table("apps/health", "View", row, meta={"proxy": True})]))

    @pytest.mark.parametrize("floor", ["kernel", "node"])
    def test_the_other_floors_have_no_tables(self, floor):
        assert texts(checks.home_errors([table(floor, "Row", Home=self.HOME)])) == [
            f"{floor}.Row: only engines and apps have tables"
        ]

    def test_others_need_not_answer(self):
        assert not list(checks.home_errors([table("", "Group")]))


class TestManifestsTellTheTruth:
    @staticmethod
    def errors(unit, used, *requires):
        (key, found), *_ = manifest(unit, *requires).items()
        return texts(checks.manifest_errors(key, found, set(used)))

    def test_used_and_required(self):
        assert not self.errors("apps/health", ["ledger", "exchange"], "exchange", "ledger")

    def test_used_but_not_required(self):
        assert "uses engine ledger" in self.errors("apps/health", ["ledger"])[0]

    def test_required_but_not_used(self):
        assert "requires engine ledger" in self.errors("apps/health", [], "ledger")[0]

    def test_an_engine_may_use_itself(self):
        assert not self.errors("engines/ledger", ["ledger", "identity"], "identity")

    def test_an_engine_may_not_use_a_later_one(self):
        assert "does not stand before it" in self.errors("engines/ledger", ["market"], "market")[0]

    def test_an_engine_has_a_place(self):
        assert "no place" in self.errors("engines/weather", [])[0]

    def test_a_unit_has_a_manifest(self):
        assert texts(checks.manifest_errors(Unit("apps", "health"), None, set())) == ["apps/health has no app.toml"]

    @pytest.mark.parametrize(
        "source",
        [
            "import twincity.engines.ledger.facade",
            "from twincity.engines.ledger import facade",
            "from twincity.engines import ledger",
            "def f():\n    from twincity.engines.ledger.facade import append",
            "if TYPE_CHECKING:\n    import twincity.engines.ledger as book",
        ],
    )
    def test_imports_are_found_wherever_they_stand(self, tmp_path, source):
        (tmp_path / "services.py").write_text(source)
        assert checks.engines_used(tmp_path) == {"ledger"}

    @pytest.mark.parametrize("place", ["tests/test_x.py", "migrations/0001_start.py"])
    def test_tests_and_migrations_do_not_count(self, tmp_path, place):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_text("import twincity.engines.ledger")
        assert not checks.engines_used(tmp_path)

    def test_other_imports_do_not_count(self, tmp_path):
        (tmp_path / "a.py").write_text("import json\nfrom twincity.kernel import clock\nfrom . import b")
        assert not checks.engines_used(tmp_path)

    def test_folders_are_found_with_and_without_manifest(self, tmp_path):
        for place in ("engines/ledger", "apps/health"):
            (tmp_path / place).mkdir(parents=True)
            (tmp_path / place / "__init__.py").touch()
        found = [str(unit) for unit, _ in checks.folders(tmp_path)]
        assert found == ["engines/ledger", "apps/health"]


def test_the_node_registers_the_checks():
    ours = {check.__name__ for check in registry.registered_checks if check.__module__ == checks.__name__}
    assert ours == {"relations_stay_home", "templates_stay_home", "tables_name_their_home", "manifests_tell_the_truth"}
