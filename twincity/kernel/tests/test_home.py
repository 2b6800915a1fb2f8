"""A node's home: made once, its secrets for its owner alone, its settings read strictly and written to be read."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twincity.kernel import home as homes
from twincity.kernel.home import Config, Home, Limits, load, render
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText

CONFIG = Config(
    id="cq.example",
    title=LocalText("重庆市", "Chongqing"),
    division="500000",
    address="https://cq.example",
)
FILES = {"root.key", "tc1.key", "tc1-next.key", "log.key", "witness.key", "django", "operator"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
CONFIGS = st.builds(
    Config,
    id=TEXTS,
    title=st.builds(LocalText, TEXTS, TEXTS),
    division=TEXTS,
    address=TEXTS,
    listen=TEXTS,
    apps=st.lists(TEXTS, max_size=3),
    database=TEXTS,
    languages=st.lists(TEXTS, max_size=2),
    allowed_hosts=st.lists(TEXTS, max_size=2),
    log_format=st.sampled_from(["json", "console"]),
    limits=st.builds(Limits, *[st.integers(-(2**62), 2**62)] * 5),
)


@pytest.fixture
def made(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "node", CONFIG)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestCreate:
    def test_it_holds_the_settings_and_fresh_keys(self, made):
        assert made.config == load(made.path / "node.toml") == CONFIG
        assert {path.name for path in (made.path / "keys").iterdir()} == FILES
        names = ("root", "tc1", "tc1-next", "log", "witness")
        assert len({made.key(name).public.kid for name in names}) == len(names)
        for name in names:
            assert made.key(name).public.verify(b"x", made.key(name).sign(b"x"))

    def test_only_its_owner_can_read_the_secrets(self, made):
        assert mode(made.path / "keys") == 0o700
        for path in (made.path / "keys").iterdir():
            assert mode(path) == 0o600, path

    def test_the_settings_hold_no_secret(self, made):
        text = (made.path / "node.toml").read_text("utf-8")
        for path in (made.path / "keys").iterdir():
            assert path.read_text("ascii").strip().rpartition(":")[2] not in text

    def test_secrets_are_long_and_differ(self, made):
        assert made.secret("django") != made.secret("operator")
        assert len(made.secret("operator")) == 64

    def test_a_home_is_never_made_over_another(self, made):
        before = {path: path.read_bytes() for path in made.path.rglob("*") if path.is_file()}
        with pytest.raises(FileExistsError):
            Home.create(made.path, CONFIG)
        assert {path: path.read_bytes() for path in made.path.rglob("*") if path.is_file()} == before

    def test_an_empty_folder_will_do(self, tmp_path):
        (tmp_path / "node").mkdir()
        assert Home.create(tmp_path / "node", CONFIG).config == CONFIG

    def test_two_homes_share_no_key(self, made, tmp_path):
        other = Home.create(tmp_path / "other", CONFIG)
        assert made.key("root").raw != other.key("root").raw
        assert made.secret("operator") != other.secret("operator")


class TestKeys:
    @pytest.mark.parametrize("suite", ["ed25519", "sm2"])
    def test_a_key_is_kept_as_it_was(self, made, suite):
        try:
            key = PrivateKey.generate(suite)
        except RuntimeError as error:
            pytest.skip(f"{suite}: {error}")
        made.add_key("tc1", key, name="tc1-old")
        assert made.key("tc1-old") == key
        assert mode(made.path / "keys" / "tc1-old.key") == 0o600

    def test_a_key_takes_the_place_of_the_one_before(self, made):
        key = PrivateKey.generate()
        made.add_key("tc1", key)
        assert Home(made.path).key("tc1") == key
        assert {path.name for path in (made.path / "keys").iterdir()} == FILES, "nothing temporary is left"

    def test_a_key_that_is_not_there(self, made):
        with pytest.raises(FileNotFoundError):
            made.key("tc1-old")

    def test_each_log_has_its_folder(self, made):
        assert made.logs("public") == made.path / "logs" / "public"


class TestCurrent:
    def test_it_is_the_one_the_environment_names(self, made, monkeypatch):
        monkeypatch.setenv("TWINCITY_HOME", str(made.path))
        homes.current.cache_clear()
        assert homes.current().path == made.path
        assert homes.current() is homes.current()

    def test_without_one_there_is_none(self, monkeypatch):
        monkeypatch.delenv("TWINCITY_HOME", raising=False)
        homes.current.cache_clear()
        with pytest.raises(KeyError):
            homes.current()


class TestSettings:
    @given(config=CONFIGS)
    @example(config=msgspec.structs.replace(CONFIG, id='\x7f\x00\r\n\t"\\', apps=["\x7f", "'"]))
    @settings(deadline=None)
    def test_what_is_written_is_read_again(self, config, tmp_path_factory):
        path = tmp_path_factory.getbasetemp() / "node.toml"
        path.write_text(render(config), "utf-8")
        assert load(path) == config

    @staticmethod
    def read(tmp_path: Path, values: dict[str, Any], *, without: str = "") -> Config:
        whole = tomllib.loads(render(CONFIG)) | values
        whole.pop(without, None)
        path = tmp_path / "node.toml"
        tables = [key for key, value in whole.items() if isinstance(value, dict)]
        lines = [f"{key} = {msgspec.json.encode(whole[key]).decode()}" for key in whole if key not in tables]
        for name in tables:
            lines += [
                f"[{name}]",
                *(f"{key} = {msgspec.json.encode(value).decode()}" for key, value in whole[name].items()),
            ]
        path.write_text("\n".join(lines), "utf-8")
        return load(path)

    def test_only_what_identifies_the_node_must_be_there(self, tmp_path):
        path = tmp_path / "node.toml"
        path.write_text(
            'id = "a"\ndivision = "500231"\naddress = "http://a"\ntitle = { zh-Hans = "甲", en = "A" }\n', "utf-8"
        )
        assert load(path) == Config("a", LocalText("甲", "A"), "500231", "http://a")

    @pytest.mark.parametrize("name", ["id", "title", "division", "address"])
    def test_what_is_missing_is_named(self, tmp_path, name):
        with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
            self.read(tmp_path, {}, without=name)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"adress": "x"}, "unknown field `adress`"),
            ({"allowed_hosts": []}, "unknown field `allowed_hosts`"),
            ({"limits": {"boddy": 1}}, r"unknown field `boddy` - at `\$.limits`"),
            ({"title": {"zh-Hans": "甲", "en": "A", "fr": "A"}}, r"unknown field `fr` - at `\$.title`"),
            ({"title": {"zh-Hans": "甲"}}, r"missing required field `en` - at `\$.title`"),
            ({"limits": {"body": "1 MiB"}}, r"Expected `int`, got `str` - at `\$.limits.body`"),
            ({"apps": "sharing"}, r"Expected `array`, got `str` - at `\$.apps`"),
            ({"log-format": "text"}, r"Invalid enum value 'text' - at `\$.log-format`"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path, values, said):
        with pytest.raises(msgspec.ValidationError, match=said):
            self.read(tmp_path, values)

    @pytest.mark.parametrize(
        ("division", "expected"), [("500231", "500000"), ("500000", "500000"), ("511623", "510000")]
    )
    def test_the_jurisdiction_is_the_province(self, division, expected):
        assert msgspec.structs.replace(CONFIG, division=division).jurisdiction == expected
