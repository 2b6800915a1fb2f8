"""Boundaries that imports cannot show, as Django system checks.

Django names models and templates by string, so a unit can reach into another without importing it. These checks read
the models, templates, sources and manifests of every unit and fail ``check``, tag ``boundaries``:

- E001 a relation leaves its unit for a table that is not open to it;
- E002 a template lies outside its unit's folder, or uses another unit's;
- E003 a table does not say where its rows live, or lies on a floor that has none;
- E004 a manifest and the engines really used differ, or an engine stands before one that it uses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model

from twincity.kernel import manifests
from twincity.kernel.manifests import Manifest

ENGINES = (
    *("identity", "ledger", "circle", "catalogue", "resolver", "exchange"),
    *("registry", "credentials", "casework", "market", "observe"),
)
"""The engines in their order: each may use those before it."""
SHARED_TABLES = {"identity.Party", "casework.Case"}
"""Engine tables that a relation of an app may point at."""
SHARED_SHELVES = {"kernel", "admin"}
"""Template folders open to every unit."""
HOME = {
    "kept": {"member", "shared", "cache"},
    "leaves": {"never", "asked", "published"},
    "erase": {"delete", "blank", "keep"},
}
"""What ``class Home`` of a table says: who holds the row, how it may leave, what a lawful erasure does to it."""

_USES = re.compile(r"""{%\s*(?:extends|include)\s+(?:(["'])(?P<path>.+?)\1|(?P<other>[^\s%]+))""")


class Unit(NamedTuple):
    """An engine or an app."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def register_all() -> None:
    """Let ``check`` run the boundaries; called once the models are loaded."""
    for check in (relations_stay_home, templates_stay_home, tables_name_their_home, manifests_tell_the_truth):
        register(check, "boundaries")


def relations_stay_home(**_: Any) -> list[CheckMessage]:
    return list(relation_errors(apps.get_models(), _manifests()))


def templates_stay_home(**_: Any) -> list[CheckMessage]:
    units = [config for config in apps.get_app_configs() if owner(config.name)]
    return [error for unit in units for error in template_errors(unit.label, Path(unit.path) / "templates")]


def tables_name_their_home(**_: Any) -> list[CheckMessage]:
    return list(home_errors(apps.get_models()))


def manifests_tell_the_truth(**_: Any) -> list[CheckMessage]:
    related = {(here, there) for here, _, _, there in relations(apps.get_models())}
    known = _manifests()
    found: list[CheckMessage] = []
    for unit, folder in folders(manifests.PACKAGE):
        reached = {there.name for here, there in related if here == unit and there.kind == "engines"}
        found += manifest_errors(unit, known.get(unit), engines_used(folder) | reached)
    return found


def owner(module: str) -> Unit | None:
    """The unit that a module belongs to, if any."""
    match module.split("."):
        case ["twincity", ("apps" | "engines") as kind, name, *_]:
            return Unit(kind, name)
    return None


def folders(package: Path) -> Iterator[tuple[Unit, Path]]:
    """Every unit with its folder, whether it has a manifest or not."""
    for kind in ("engines", "apps"):
        for path in sorted((package / kind).glob("*/__init__.py")):
            yield Unit(kind, path.parent.name), path.parent


def relations(models: Iterable[type[Model]]) -> Iterator[tuple[Unit, str, str, Unit]]:
    """Each relation from one unit to another: unit, ``app.Model.field``, label of the target, its unit.

    Parents of inherited tables are relations too. A target that is still a string is Django's own error E300.
    """
    for model in models:
        here = owner(model.__module__)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):  # noqa: SLF001
            target = field.related_model
            if isinstance(target, type) and here and here != (there := owner(target.__module__)) and there:
                yield here, f"{model._meta.label}.{field.name}", target._meta.label, there  # noqa: SLF001


def relation_errors(models: Iterable[type[Model]], known: Mapping[Unit, Manifest]) -> Iterator[Error]:
    """E001."""
    for here, field, target, there in relations(models):
        required = there.kind == "engines" and there.name in known[here].requires
        if not (required and (here.kind == "engines" or target in SHARED_TABLES)):
            hint = "keep the identifier as text, and ask the unit's facade for the rest"
            yield Error(f"{field} points at {target}", hint=hint, id="twincity.E001")


def template_errors(label: str, root: Path) -> Iterator[Error]:
    """E002, for the templates of one unit."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        place = path.relative_to(root)
        if place.parts[0] != label or len(place.parts) == 1:
            yield Error(f"template {place} of {label} lies outside templates/{label}/", id="twincity.E002")
        for use in _USES.finditer(path.read_text("utf-8")):
            shelf, slash, _ = (use["path"] or "").partition("/")
            if not slash or shelf not in {*SHARED_SHELVES, label}:
                used = use["path"] or use["other"]
                yield Error(f"template {place} uses {used!r}, not a path below {label}/ or kernel/", id="twincity.E002")


def home_errors(models: Iterable[type[Model]]) -> Iterator[Error]:
    """E003; ``Home`` is read from the table's own body, so that a base cannot answer for its children."""
    for model in models:
        if not model.__module__.startswith("twincity.") or model._meta.proxy:  # noqa: SLF001
            continue
        label = model._meta.label  # noqa: SLF001
        if owner(model.__module__) is None:
            yield Error(f"{label}: only engines and apps have tables", obj=model, id="twincity.E003")
        home = vars(vars(model).get("Home", object))
        for key, allowed in HOME.items():
            if home.get(key) not in allowed:
                said = f"{home[key]!r} is not one of" if key in home else "is missing, say one of"
                yield Error(f"{label}.Home.{key} {said} {', '.join(sorted(allowed))}", obj=model, id="twincity.E003")


def engines_used(folder: Path) -> set[str]:
    """Engines that a unit's sources import, tests and migrations apart."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        if not {"tests", "migrations"} & set(path.relative_to(folder).parts):
            found |= _engines_in(ast.parse(path.read_text("utf-8")))
    return found


def manifest_errors(unit: Unit, manifest: Manifest | None, used: set[str]) -> Iterator[Error]:
    """E004, for one unit and the engines that it uses."""
    if manifest is None:
        yield Error(f"{unit} has no app.toml", id="twincity.E004")
        return
    used, required = used - {unit.name if unit.kind == "engines" else ""}, set(manifest.requires)
    for name in sorted(used - required):
        yield Error(f"{unit} uses engine {name}, and its app.toml does not require it", id="twincity.E004")
    for name in sorted(required - used):
        yield Error(f"{unit} requires engine {name} in its app.toml, and does not use it", id="twincity.E004")
    if unit.kind == "engines" and unit.name not in ENGINES:
        yield Error(f"{unit} has no place in the order of engines", id="twincity.E004")
    elif unit.kind == "engines":
        for name in sorted(required - set(ENGINES[: ENGINES.index(unit.name)])):
            yield Error(f"{unit} requires {name}, which does not stand before it", id="twincity.E004")


def _engines_in(tree: ast.AST) -> set[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    units = (owner(name) for name in names)
    return {unit.name for unit in units if unit and unit.kind == "engines"}


def _manifests() -> dict[Unit, Manifest]:
    return {Unit(manifest.kind, manifest.name): manifest for manifest in manifests.all_units()}
