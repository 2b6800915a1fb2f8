"""Manifests: every unit of the package describes itself, and a wrong description is named."""

from __future__ import annotations

import msgspec
import pytest

from twincity.kernel import manifests
from twincity.kernel.locale_text import LocalText
from twincity.kernel.manifests import Manifest, Menu

PLAIN = 'name = "tea"\ntitle = { zh-Hans = "茶", en = "Tea" }\n'


@pytest.fixture
def write(tmp_path):
    def written(text: str, folder: str = "apps/tea"):
        path = tmp_path / folder / "app.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return written


class TestRead:
    def test_the_shortest(self, write):
        found = manifests.read(write(PLAIN))
        assert found == Manifest("tea", LocalText("茶", "Tea"), kind="apps")
        assert found.module == "twincity.apps.tea"

    def test_the_longest(self, write):
        text = PLAIN + (
            'requires = ["exchange"]\nsystems = [1, 2]\npublishes = ["standards/tea.json"]\nroles = ["taster"]\n'
            '[[menu]]\norder = 7\nroute = "tea:index"\nwho = ["taster"]\n'
        )
        assert manifests.read(write(text, "engines/tea")) == Manifest(
            "tea",
            LocalText("茶", "Tea"),
            requires=["exchange"],
            systems=[1, 2],
            publishes=["standards/tea.json"],
            roles=["taster"],
            menu=[Menu(7, "tea:index", who=["taster"])],
            kind="engines",
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('name = "tea"', "missing required field `title`"),
            (PLAIN + 'colour = "green"', "unknown field `colour`"),
            (PLAIN + 'systems = ["1"]', r"Expected `int`, got `str` - at `\$.systems\[0\]`"),
            (PLAIN + "[[menu]]\norder = 1", r"missing required field `route` - at `\$.menu\[0\]`"),
            (PLAIN + '[[menu]]\norder = 1\nroute = ""\nicon = "x"', r"unknown field `icon` - at `\$.menu\[0\]`"),
            ('name = "tea"\ntitle = "茶"', r"Expected `object`, got `str` - at `\$.title`"),
        ],
    )
    def test_the_wrong_key_is_named(self, write, text, said):
        with pytest.raises(msgspec.ValidationError, match=said):
            manifests.read(write(text))

    def test_a_unit_bears_the_name_of_its_folder(self, write):
        with pytest.raises(ValueError, match="name 'tea' does not match the folder"):
            manifests.read(write(PLAIN, "apps/coffee"))


class TestUnits:
    def test_every_folder_with_a_manifest_is_a_unit_engines_first(self):
        units = manifests.all_units()
        folders = [
            path.parent for kind in ("engines", "apps") for path in sorted(manifests.PACKAGE.glob(f"{kind}/*/app.toml"))
        ]
        assert [(unit.kind, unit.name) for unit in units] == [(folder.parent.name, folder.name) for folder in folders]
        assert {"circle", "exchange", "ledger", "probe"} <= {unit.name for unit in units}

    def test_names_are_unique_and_what_is_required_is_an_engine(self):
        units = manifests.all_units()
        engines = {unit.name for unit in units if unit.kind == "engines"}
        assert len({unit.name for unit in units}) == len(units)
        for unit in units:
            assert set(unit.requires) <= engines, unit.name
            assert unit.title.zh, unit.name
            assert unit.title.en.isascii(), unit.name

    def test_all_engines_and_the_chosen_apps_are_enabled(self):
        engines = [unit for unit in manifests.all_units() if unit.kind == "engines"]
        assert manifests.enabled([]) == engines
        assert [unit.name for unit in manifests.enabled(["probe"])] == [*(unit.name for unit in engines), "probe"]

    @pytest.mark.parametrize("apps", [["tea"], ["probe", "tea"], ["exchange"], [""]])
    def test_an_app_that_does_not_exist(self, apps):
        with pytest.raises(ValueError, match="no such app: "):
            manifests.enabled(apps)

    def test_all_that_are_missing_are_named(self):
        with pytest.raises(ValueError, match=r"^no such app: coffee, tea$"):
            manifests.enabled(["tea", "probe", "coffee"])
