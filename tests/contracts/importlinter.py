"""Writes ``.importlinter`` from the units that exist: ``python -m tests.contracts.importlinter --write``.

Generated, because a contract may name only modules that exist, and because a wildcard over engines would let one
engine read another engine's tables. Without ``--write`` it says whether the committed file is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.contracts.rooms import BESIDE, DOORS, NAMED, OPEN, ROOMS, TOGETHER, Named
from twincity.node.checks import ENGINES, Unit, folders

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / ".importlinter"
HEADER = """# Written by `python -m tests.contracts.importlinter --write`; change tests/contracts/ instead.
"""
IMPURE = ("django", "allauth", "sqlite3", "psycopg", "socket", "asyncio", "twincity.kernel.clock")
"""What rules may not reach, even indirectly: Django, databases, the network, the clock."""
Section = dict[str, str | Iterable[str]]


def render(package: Path) -> str:
    """Text of ``.importlinter`` for the units below ``package``."""
    units = {unit: children(folder) for unit, folder in folders(package)}
    sections: dict[str, Section] = {"importlinter": {"root_package": "twincity", "include_external_packages": "True"}}
    for key, section in _contracts(units):
        sections[f"importlinter:contract:{key}"] = section
    return HEADER + "\n".join(_section(name, body) for name, body in sections.items())


def children(folder: Path) -> set[str]:
    """Names of the modules and packages directly in a unit."""
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in folder.glob("*/__init__.py")}


def strangers(package: Path) -> list[str]:
    """Children of units that are neither rooms nor named, as ``kind/unit/name``."""
    return [
        f"{unit}/{name}"
        for unit, folder in folders(package)
        for name in sorted(children(folder) - {room for layer in ROOMS for room in layer} - {*BESIDE})
        if name not in {named.name for named in _named(unit)}
    ]


def _contracts(units: dict[Unit, set[str]]) -> Iterator[tuple[str, Section]]:
    yield (
        "floors",
        {
            "name": "The house has four floors",
            "type": "layers",
            "containers": ["twincity"],
            "layers": ["node", "apps", "engines", "kernel"],
            "exhaustive": "True",
            "exhaustive_ignores": ["__main__"],
        },
    )
    yield (
        "engines",
        {
            "name": "Engines stand in order",
            "type": "layers",
            "containers": ["twincity.engines"],
            "layers": [name for name in reversed(ENGINES) if Unit("engines", name) in units],
            "exhaustive": "True",
        },
    )
    if any(unit.kind == "apps" for unit in units):
        yield "apps", {"name": "Apps never meet", "type": "independence", "modules": ["twincity.apps.*"]}
    yield from _purity(units)
    for unit, names in units.items():
        yield f"rooms-{unit.kind}-{unit.name}", _rooms(unit)
        if unit.kind == "engines" and names - {*OPEN}:
            yield f"closed-{unit.name}", _closed(unit, names)


def _purity(units: dict[Unit, set[str]]) -> Iterator[tuple[str, Section]]:
    yield from _forbidden("rules", "Rules are pure", _modules(units, ["rules"]), IMPURE)
    cores = [_module(Unit(*named.unit.split(".")), named.name) for named in NAMED if named.beside == "rules"]
    existing = [core for core in cores if core in set(_modules(units))]
    direct = {"allow_indirect_imports": "True"}
    yield from _forbidden("cores", "Named packages hold no Django", existing, ["django", "allauth"], direct)
    tables = _modules(units, ["models"])
    yield from _forbidden("doors", "Doors do not touch tables", _modules(units, DOORS), tables, direct)


def _forbidden(
    key: str, name: str, sources: list[str], targets: Iterable[str], more: Section | None = None
) -> Iterator[tuple[str, Section]]:
    if sources and targets:
        body = {"name": name, "type": "forbidden", "source_modules": sources, "forbidden_modules": targets}
        yield key, body | (more or {})


def _rooms(unit: Unit) -> Section:
    return {
        "name": f"Rooms of {unit}",
        "type": "layers",
        "containers": [f"twincity.{unit.kind}.{unit.name}"],
        "layers": [_layer(layer, _named(unit)) for layer in ROOMS],
        "exhaustive": "True",
        "exhaustive_ignores": BESIDE,
    }


def _layer(rooms: tuple[str, ...], named: list[Named]) -> str:
    beside = [each.name for each in named if each.beside in rooms]
    # What stands beside a room may import it and be imported by it.
    mark = " : " if beside or rooms in TOGETHER else " | "
    return mark.join(f"({name})" for name in (*rooms, *beside))


def _closed(unit: Unit, names: set[str]) -> Section:
    public = {*OPEN, *(named.name for named in _named(unit) if named.public)}
    return {
        "name": f"{unit.name} is reached through its facade",
        "type": "protected",
        "protected_modules": [_module(unit, name) for name in sorted(names - public)],
        "allowed_importers": [f"twincity.engines.{unit.name}"],
    }


def _named(unit: Unit) -> list[Named]:
    return [named for named in NAMED if named.unit == f"{unit.kind}.{unit.name}"]


def _modules(units: dict[Unit, set[str]], rooms: Iterable[str] | None = None) -> list[str]:
    return [
        _module(unit, name) for unit, names in units.items() for name in sorted(names) if rooms is None or name in rooms
    ]


def _module(unit: Unit, name: str) -> str:
    return f"twincity.{unit.kind}.{unit.name}.{name}"


def _section(name: str, body: Section) -> str:
    lines = [f"[{name}]"]
    for key, value in body.items():
        lines += [f"{key} = {value}"] if isinstance(value, str) else [f"{key} =", *(f"    {line}" for line in value)]
    return "\n".join(lines) + "\n"


def main() -> int:
    text = render(ROOT / "twincity")
    if "--write" in sys.argv:
        TARGET.write_text(text, "ascii")
        return 0
    if not TARGET.exists() or TARGET.read_text("ascii") != text:
        print(".importlinter is out of date: python -m tests.contracts.importlinter --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
