"""What may not stand in a committed file, how long a file may be, and where every data file comes from."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support import ROOT

MAX_FILE = 500
MAX_TESTS = 600  # tests grow by cases, not by what must be held in mind at once
LONG_FILE = 300
LONG_FUNCTION = 60
SOURCE_KEYS = ("title", "origin", "licence", "date", "used_for")

# Hosts that hand out packages, and the options that name one. Addresses of documentation are welcome.
HOST = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:pypi|pythonhosted|npmjs|npmmirror|crates|mirrors?|proxy\.golang)\.[\w.-]+"
)
OPTION = re.compile(r"--(?:extra-)?index-url[ =]|\b(?:index-url|registry)\s*[=:]\s*['\"]?https?:", re.MULTILINE)
HOMES = re.compile(r"(?<![\w.~$}/-])/(?:home|Users)/[\w.-]+/|[A-Z]:\\Users\\")


@cache
def committed(root: Path = ROOT) -> tuple[Path, ...]:
    """Files that git keeps or would keep; every file outside hidden folders where git cannot say."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return tuple(root / name for name in done.stdout.split("\0") if name and (root / name).is_file())
    visible = (path for path in root.rglob("*") if not any(part[0] == "." for part in path.relative_to(root).parts))
    return tuple(sorted(path for path in visible if path.is_file() and path.suffix not in {".pyc", ".mo"}))


def places(root: Path = ROOT) -> Iterator[str]:
    """Package hosts and paths of one machine, ``file:line: what``."""
    machine = re.compile("|".join(re.escape(f"{path}/") for path in {root, root.parent, Path.home()}))
    for path in committed(root):
        data = path.read_bytes()
        if b"\0" in data:
            continue
        text = data.decode("utf-8", "replace")
        for pattern in (HOST, OPTION, HOMES, machine):
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path.relative_to(root)}:{line}: {found[0].strip()}"


def long_files(root: Path = ROOT, limit: int = MAX_FILE) -> Iterator[str]:
    """Python files of more lines than the limit; a file of tests may have a fifth more."""
    for path in committed(root):
        if path.suffix == ".py":
            lines = len(path.read_text("utf-8").splitlines())
            most = MAX_TESTS if limit == MAX_FILE and path.name.startswith("test_") else limit
            if lines > most:
                yield f"{path.relative_to(root)}: {lines} lines, more than {most}"


def long_functions(root: Path = ROOT, limit: int = LONG_FUNCTION) -> Iterator[str]:
    """Functions of more lines than the limit."""
    for path in committed(root):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    if lines > limit:
                        yield f"{path.relative_to(root)}:{node.lineno}: {node.name} has {lines} lines"


def migration_names(root: Path = ROOT) -> Iterator[str]:
    """Migrations that nobody named."""
    for path in committed(root):
        if path.parent.name == "migrations" and "_auto_" in path.name:
            yield f"{path.relative_to(root)}: name it for what it does"


def sources(root: Path = ROOT) -> Iterator[str]:
    """Data files without a source, and sources that do not say enough.

    A ``SOURCES.toml`` lies beside the files it speaks of, or in a folder above within ``data/``. It lists
    ``[[source]]`` with title, origin, licence, date and ``used_for``: texts that begin with the name of a file beside
    it, its path below, or of the folder it lies in.
    """
    files = [path for path in committed(root) if "data" in path.relative_to(root).parts[:-1]]
    lists = {path.parent: path for path in files if path.name == "SOURCES.toml"}
    told: set[Path] = set()
    for folder, path in lists.items():
        for number, source in enumerate(tomllib.loads(path.read_text("utf-8")).get("source", []), 1):
            missing = [key for key in SOURCE_KEYS if not source.get(key)]
            if missing:
                yield f"{path.relative_to(root)}: source {number} does not say its {', '.join(missing)}"
            told |= {folder / re.split(r"[:\s]", text)[0] for text in source.get("used_for", [])}
    for path in files:
        if path.name not in {"SOURCES.toml", "README.md"} and path.suffix != ".py" and not told & {path, *path.parents}:
            yield f"{path.relative_to(root)}: no SOURCES.toml says where it comes from"
