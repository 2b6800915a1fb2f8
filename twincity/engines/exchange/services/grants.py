"""Grants in force: kept as rows, compiled into the index that calls are decided by."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import transaction

from twincity.engines.exchange import queries, rules
from twincity.engines.exchange.models import Agreement, GrantRow
from twincity.engines.exchange.wire import runtime
from twincity.engines.identity import facade as identity
from twincity.kernel import canonical


def add_grants(grants: Iterable[rules.Grant]) -> int:
    """Grants of this node's own making, outside any agreement, such as open data for everyone; how many.

    Raises:
        Problem: ``grant-invalid``; none is kept then.
    """
    rows = [grant_row(rules.check(grant), None) for grant in grants]
    with transaction.atomic():
        GrantRow.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["service", "subject", "active", "body"],
        )
    reload_grants()
    return len(rows)


@dataclass
class _InForce:
    """What the running index was made of, so that a change of one agreement costs that agreement alone."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held from reading the rows to setting the index: of two readings the later one counts."""
    index: rules.GrantIndex | None = None
    grants: dict[str, rules.Grant] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)

    def put(self, grants: Iterable[rules.Grant]) -> None:
        for grant in grants:
            self.grants[grant.id] = grant
            self.digests[grant.id] = hashlib.sha256(canonical.encode(msgspec.to_builtins(grant))).digest()

    def version(self) -> str:
        return hashlib.sha256(b"".join(self.digests[name] for name in sorted(self.digests))).hexdigest()[:16]


_in_force = _InForce()


def reload_grants() -> None:
    """Compile the grants in force into the index that calls are decided by."""
    with _in_force.lock:
        _reload()


def refresh_grants(agreement: str) -> None:
    """The same after a change of one agreement; its grants alone are read."""
    with _in_force.lock:
        if not runtime.running() or runtime.current().grants is not _in_force.index:
            _reload()
            return
        gone = [each for each in (_in_force.grants.get(f"{agreement}.1"),) if each is not None]
        for each in gone:
            del _in_force.grants[each.id], _in_force.digests[each.id]
        new = queries.grants(agreement=agreement)
        _in_force.put(new)
        _set(runtime.current().grants.replaced(gone, new, version=_in_force.version()))


def _reload() -> None:
    _in_force.grants, _in_force.digests = {}, {}
    _in_force.put(queries.grants())
    _set(rules.GrantIndex(_in_force.grants.values(), version=_in_force.version()))


def _set(index: rules.GrantIndex) -> None:
    _in_force.index = index
    if runtime.running():
        runtime.current().grants = index


def reload_systems() -> None:
    """Read the local systems and their tokens again if identity says they have changed."""
    running, version = runtime.current(), identity.version()
    if version != running.systems_version:
        found = identity.systems()
        running.systems = {each.token_sha256: runtime.System(each.name, tuple(each.purposes)) for each in found}
        running.systems_version = version


def grant_row(grant: rules.Grant, agreement: Agreement | None) -> GrantRow:
    """The row of a compiled grant, not yet saved."""
    body: dict[str, Any] = msgspec.to_builtins(grant)
    return GrantRow(id=grant.id, agreement=agreement, service=grant.service, subject=grant.subject, body=body)
