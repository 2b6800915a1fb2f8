"""Grants in force: kept as rows, compiled into the index that calls are decided by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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


def reload_grants() -> None:
    """Compile the grants in force into the index that calls are decided by."""
    grants = queries.grants()
    digest = hashlib.sha256(canonical.encode([msgspec.to_builtins(grant) for grant in grants])).hexdigest()[:16]
    index = rules.GrantIndex(grants, version=digest)
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
