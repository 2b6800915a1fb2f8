"""Manifests: what each app and engine says of itself in ``app.toml``, read without importing it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from twincity.kernel.locale_text import LocalText

PACKAGE = Path(__file__).resolve().parent.parent


class Menu(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One entry of the portal's menu. A unit's entries stand together, where the first of them belongs."""

    order: int
    route: str
    """Name of the URL route the entry leads to."""
    title: LocalText | None = None
    """That of the unit where none is given."""
    who: list[str] = []
    """Roles that find it in the menu, ``citizen`` or ``signed-in``; everybody where none is named."""


class Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One unit's ``app.toml``."""

    name: str
    title: LocalText
    requires: list[str] = []
    """Engines whose facade the unit uses."""
    systems: list[int] = []
    """Rows of the programme's list of systems that the app carries out."""
    publishes: list[str] = []
    """Standards the app ships, paths below its ``data`` folder."""
    roles: list[str] = []
    menu: list[Menu] = []
    kind: str = ""
    """``engines`` or ``apps``; filled in on reading."""

    @property
    def module(self) -> str:
        return f"twincity.{self.kind}.{self.name}"


def read(path: Path) -> Manifest:
    """The manifest in one file.

    Raises:
        msgspec.ValidationError: naming the key that is wrong.
        ValueError: when the folder's name and the manifest's differ.
    """
    found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Manifest)
    if found.name != path.parent.name:
        raise ValueError(f"{path}: name {found.name!r} does not match the folder")
    return msgspec.structs.replace(found, kind=path.parent.parent.name)


@cache
def all_units() -> tuple[Manifest, ...]:
    """Every engine and app of the package, engines first, each kind by name."""
    paths = [*sorted(PACKAGE.glob("engines/*/app.toml")), *sorted(PACKAGE.glob("apps/*/app.toml"))]
    return tuple(read(path) for path in paths)


def enabled(apps: list[str]) -> list[Manifest]:
    """All engines, and the apps that the node enables.

    Raises:
        ValueError: for an app that does not exist.
    """
    units = all_units()
    unknown = set(apps) - {unit.name for unit in units if unit.kind == "apps"}
    if unknown:
        raise ValueError(f"no such app: {', '.join(sorted(unknown))}")
    return [unit for unit in units if unit.kind == "engines" or unit.name in apps]
