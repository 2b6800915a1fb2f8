"""The manuals are complete: settings, commands, routes, doors and hooks are all mentioned in ``docs/``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import click
import msgspec
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support import ROOT
from twincity.kernel import home
from twincity.kernel.doors import doors
from twincity.kernel.operations import operations
from twincity.node.checks import owner

OPERATOR, DEVELOPER = "operator.md", "developer.md"
VARIABLE = re.compile(r"\bTWINCITY_[A-Z_]+\b")


def missing(root: Path = ROOT) -> Iterator[str]:
    """Everything that its manual does not mention, as ``manual: thing``."""
    for manual, things in WANTED:
        text = read(root, manual)
        for thing in sorted(set(things())):
            if thing not in text:
                yield f"docs/{manual or '*.md'} does not mention {thing}"


def read(root: Path, manual: str) -> str:
    """One manual, or all of them for ``""``; what does not exist mentions nothing."""
    paths = [root / "docs" / manual] if manual else sorted((root / "docs").glob("*.md"))
    return "\n".join(path.read_text("utf-8") for path in paths if path.exists())


def settings() -> Iterator[str]:
    """Keys of ``node.toml`` in code quotes; limits with their table."""
    for field in msgspec.structs.fields(home.Config):
        yield f"`{field.encode_name}`"
    for field in msgspec.structs.fields(home.Limits):
        yield f"`limits.{field.encode_name}`"


def variables() -> Iterator[str]:
    """Environment variables that the package reads."""
    for path in (ROOT / "twincity").rglob("*.py"):
        if "tests" not in path.parts:
            yield from VARIABLE.findall(path.read_text("utf-8"))


def commands() -> Iterator[str]:
    """Every command, groups included: ``twincity init``."""
    return _commands("twincity", import_module("twincity.node.cli").cli)


def _commands(path: str, command: click.Command) -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield f"{path} {name}"
            yield from _commands(f"{path} {name}", inner)


def operation_names() -> Iterator[str]:
    """Operations, which scripts name in full."""
    return (each.name for each in operations())


def routes() -> Iterator[str]:
    """Addresses of our own pages, parameters as ``{name}``."""
    return _routes("/", get_resolver())


def _routes(prefix: str, resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        address = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _routes(address, pattern)
        elif isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith("twincity."):
            yield address


def door_prefixes() -> Iterator[str]:
    """Prefixes of the machine doors; those of the node itself are registered when its edge is imported."""
    import_module("twincity.node.edge")
    return (each.prefix for each in doors())


@cache
def hooks() -> tuple[str, ...]:
    """Functions by which a unit registers something with another, such as ``kernel.jobs.job``."""
    found: set[str] = set()
    for path in (ROOT / "twincity").rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts):
            found |= set(_hooks_in(path))
    return tuple(name.removeprefix("twincity.") for name in sorted(found))


def _hooks_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    known = dict(_imported(tree))
    used = [expression for node in ast.walk(tree) for expression in getattr(node, "decorator_list", ())]
    if path.name == "wiring.py":
        used += [node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    for expression in used:
        name = _dotted(expression.func if isinstance(expression, ast.Call) else expression)
        first, _, rest = name.partition(".")
        full = f"{known.get(first, first)}.{rest}".rstrip(".")
        if full.startswith("twincity.") and not _same_part(full, module):
            yield full


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(expression: ast.expr) -> str:
    if isinstance(expression, ast.Attribute):
        return f"{_dotted(expression.value)}.{expression.attr}"
    return expression.id if isinstance(expression, ast.Name) else ""


def _same_part(name: str, module: str) -> bool:
    if owner(module):
        return owner(name) == owner(module)
    return name.split(".")[:2] == module.split(".")[:2]


WANTED: tuple[tuple[str, Callable[[], Iterator[str] | tuple[str, ...]]], ...] = (
    (OPERATOR, settings),
    (OPERATOR, variables),
    (OPERATOR, commands),
    (OPERATOR, operation_names),
    ("", door_prefixes),
    (DEVELOPER, hooks),
    ("", routes),
)
