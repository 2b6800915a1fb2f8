"""What a steward does with services that systems of this member answer."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import msgspec

from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services import systems
from twincity.apps.sharing.sources.openapi import LARGEST
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem


class Where(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A system that ``node.toml`` names, and its description: a file of this machine, or a path of the system."""

    system: str
    path: str = ""
    at: str = systems.WHERE


class RegisterService(Where, forbid_unknown_fields=True, kw_only=True):
    """Which operations are offered, as ``GET /units/{code}``, and under which name."""

    name: str
    title: LocalText
    operations: tuple[str, ...]
    standard: str = ""
    department: str = ""


class Withdraw(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A service by name, and why it is no longer offered."""

    name: str
    reason: LocalText = LocalText("不再提供", "No longer offered")


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@operation("sharing.describe-service")
def describe(given: Where) -> list[dict[str, Any]]:
    """Operations that a system's OpenAPI description names, and why some of them cannot be offered."""
    return [
        {
            "operation": each.id,
            "summary": each.summary,
            "parameters": [p.name for p in each.parameters],
            "why": each.why,
        }
        for each in _described(given).description.operations
    ]


@operation("sharing.register-service")
def register(given: RegisterService) -> dict[str, Any]:
    """Offer operations of a system as a service of the exchange, and publish it in the catalogue."""
    choice = systems.Choice(
        name=given.name,
        title=given.title,
        operations=given.operations,
        standard=given.standard,
        department=given.department,
    )
    made = systems.register(_described(given), choice)
    return {"name": made.name, "entry": made.entry, "operations": len(made.operations), "health": made.health}


@operation("sharing.withdraw-service")
def withdraw(given: Withdraw) -> dict[str, Any]:
    """Offer a service of a system no longer."""
    return {"entry": systems.withdraw(given.name, given.reason).entry}


@operation("sharing.services")
def listed(_given: Nothing) -> list[dict[str, Any]]:
    """Services that systems answer, and whether these are there."""
    return [
        {
            "name": each.name,
            "system": each.system,
            "operations": [operation.id for operation in queries.operations(each)],
            "standard": each.standard,
            "trouble": each.trouble,
            "since": each.since,
        }
        for each in queries.services()
    ]


def _described(given: Where) -> systems.Described:
    if not given.path:
        return systems.fetched(given.system, given.at)
    return systems.described(given.system, _read(Path(given.path)))


def _read(path: Path) -> bytes:
    """A plain file, as much of it as a description may have."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Problem(INVALID, field="path", name="path", reason="no plain file")
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Problem(INVALID, field="path", name="path", reason=error.strerror or "") from error
