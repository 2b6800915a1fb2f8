"""Descriptions before anything of them is offered: uploaded, or fetched from the system itself."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import time
from collections.abc import Iterable

import msgspec

from twincity.apps.sharing.queries import sources as places
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services.sources import drafts
from twincity.apps.sharing.services.systems import asking
from twincity.apps.sharing.sources import openapi
from twincity.apps.sharing.sources.operation import Request
from twincity.kernel import ids
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

WHERE = "/openapi.json"
"""Where most systems have their description."""
_ID = re.compile(r"[0-9a-f-]{36}")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]{1,63}){1,8}")


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A description of a system that has been read."""

    id: str
    system: str
    sha256: str
    description: openapi.Description


def described(system: str, body: bytes) -> Described:
    """Read a description; nothing is kept.

    Raises:
        Problem: ``not-found`` for a system that ``node.toml`` does not name, or ``description-refused``.
    """
    queries.address(system)
    read = openapi.read(body)
    return Described(id=ids.new_id(), system=system, sha256=hashlib.sha256(body).hexdigest(), description=read)


def uploaded(system: str, pieces: Iterable[bytes]) -> Described:
    """Keep a description for a day, until somebody chooses from it. Raises as :func:`described`."""
    body = b""
    for piece in pieces:
        body += piece
        if len(body) > openapi.LARGEST:
            break  # which refuses it
    return _kept(described(system, body))


def fetched(system: str, path: str = WHERE) -> Described:
    """Fetch a description from the system itself and keep it likewise.

    Raises:
        Problem: as :func:`described`; ``invalid`` for a path that is none; as a call's when the system fails.
    """
    address = queries.address(system)
    if not _PATH.fullmatch(path) or "/.." in path:
        raise Problem(INVALID, field="path", name="path", reason=WHERE)
    request = Request("GET", path, None)
    answer = asyncio.run(asking.ask(system, address.rstrip("/"), request, {}))
    asking.value(system, answer)
    return _kept(described(system, answer.body))


def found(identifier: str) -> Described:
    """A description that was kept.

    Raises:
        Problem: ``not-found``.
    """
    path = places.drafts() / identifier / "description.json"
    if not _ID.fullmatch(identifier) or not path.exists():
        raise Problem(NOT_FOUND, field="draft", what=f"draft {identifier}")
    return msgspec.json.decode(path.read_bytes(), type=Described)


def forget(identifier: str) -> None:
    """Let go of a description once its operations are offered."""
    shutil.rmtree(places.drafts() / identifier, ignore_errors=True)


def _kept(made: Described) -> Described:
    drafts.sweep(time.time())
    folder = places.drafts() / made.id
    folder.mkdir(parents=True)
    (folder / "description.json").write_bytes(msgspec.json.encode(made))
    return made
