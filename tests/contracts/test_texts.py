"""The checks of texts see what they are meant to see, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.contracts import texts

LINE = "    x = 1\n"


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    "text",
    [
        "see https://" + "pypi.org/simple/",
        "http://" + "mirrors.example.com/debian",
        "https://files." + "pythonhosted.org/x.whl",
        "pip install --index-" + "url x",
        "registry" + "=https://example.com/npm/",
        "cd /" + "home/somebody/project",
        "C:\\" + "Users\\somebody",
        f"{Path.home()}/" + "notes",
    ],
)
def test_a_package_host_or_a_path_of_one_machine_is_seen(tmp_path, text):
    (found,) = texts.places(tree(tmp_path, noteDOTmd=f"one\ntwo {text}\n"))
    assert found.startswith("note.md:2: ")


def test_the_place_of_the_checkout_is_seen(tmp_path):
    assert list(texts.places(tree(tmp_path, noteDOTmd=f"{tmp_path}/twincity\n")))


@pytest.mark.parametrize(
    "text",
    ["https://www.rfc-editor.org/rfc/rfc9421", "registry = {}", "$HOME/x", "~/home/x/", "https://a.example/home/x/"],
)
def test_other_addresses_are_welcome(tmp_path, text):
    assert not list(texts.places(tree(tmp_path, noteDOTmd=text)))


@pytest.mark.parametrize("git", [True, False])
def test_committed_files_are_those_that_git_would_keep(tmp_path, git):
    """A folder that only looks like a repository is read file by file."""
    root = tree(tmp_path, aDOTpy="", bDOTpyc="", DOTcache__xDOTpy="", DOTgitignore="*.pyc\n.cache/\n")
    if git:
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    else:
        (root / ".git").mkdir()
    assert [path.name for path in texts.committed(root) if path.name != ".gitignore"] == ["a.py"]


def test_binary_files_are_not_read(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\0" + f"{tmp_path}/x".encode())
    assert not list(texts.places(tmp_path))


def test_long_files_and_functions_are_seen(tmp_path):
    root = tree(tmp_path, longDOTpy=LINE.strip() + "\n" + "\n" * 500, functionDOTpy="def f():\n" + LINE * 60)
    assert list(texts.long_files(root)) == ["long.py: 501 lines, more than 500"]
    assert list(texts.long_functions(root)) == ["function.py:1: f has 61 lines"]


def test_the_budget_itself_is_allowed(tmp_path):
    root = tree(tmp_path, longDOTpy="\n" * 500, functionDOTpy="def f():\n" + LINE * 59)
    assert not [*texts.long_files(root), *texts.long_functions(root)]


def test_a_migration_that_nobody_named_is_seen(tmp_path):
    root = tree(tmp_path, app__migrations__0002_auto_2026DOTpy="", app__migrations__0001_startDOTpy="")
    assert list(texts.migration_names(root)) == ["app/migrations/0002_auto_2026.py: name it for what it does"]


SOURCE = """
[[source]]
title = "A list"
origin = "somewhere"
licence = "CC0-1.0"
date = 2026-01-01
used_for = ["codes.csv: all of it", "maps"]
"""


def test_every_data_file_has_a_source(tmp_path):
    root = tree(tmp_path, app__data__SOURCESDOTtoml=SOURCE, app__data__codesDOTcsv="", app__data__maps__aDOTjson="")
    assert not list(texts.sources(root))


@pytest.mark.parametrize("name", ["app__data__otherDOTcsv", "app__data__deep__codesDOTcsv", "other__data__codesDOTcsv"])
def test_a_data_file_without_source_is_seen(tmp_path, name):
    (found,) = texts.sources(tree(tmp_path, app__data__SOURCESDOTtoml=SOURCE, **{name: ""}))
    assert found.endswith("no SOURCES.toml says where it comes from")


@pytest.mark.parametrize("key", texts.SOURCE_KEYS)
def test_a_source_says_everything(tmp_path, key):
    lines = [line for line in SOURCE.splitlines() if not line.startswith(key)]
    found = list(texts.sources(tree(tmp_path, app__data__SOURCESDOTtoml="\n".join(lines))))
    assert found == [f"app/data/SOURCES.toml: source 1 does not say its {key}"]


def test_code_among_data_is_no_data(tmp_path):
    assert not list(texts.sources(tree(tmp_path, app__data__readDOTpy="", app__data__READMEDOTmd="", app__xDOTcsv="")))
