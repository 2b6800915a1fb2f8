"""Runs import-linter over copies of the package: ``python linting.py FOLDER…``, each with its ``.importlinter``.

A program of its own, since import-linter finds the package by its name, and a test has already imported another one.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from importlinter.cli import lint_imports


def broken(folders: Iterable[Path]) -> dict[Path, set[str]]:
    """Names of the broken contracts of each folder."""
    # -P: the module beside this file that is named importlinter must not stand in for the tool.
    command = [sys.executable, "-P", __file__, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    found: dict[Path, set[str]] = {}
    for part in done.stdout.split("== ")[1:]:
        folder, *lines = part.splitlines()
        assert any(line.startswith("Contracts: ") for line in lines), part + done.stderr
        found[Path(folder)] = {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}
    return found


def main(folders: list[str]) -> None:
    for folder in folders:
        print(f"== {folder}", flush=True)
        os.chdir(folder)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        lint_imports(no_cache=True, no_logo=True)
        sys.path.remove(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
