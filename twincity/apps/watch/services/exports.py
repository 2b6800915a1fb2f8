"""Exports of evidence: asked for by an auditor, collected in the background, kept for some days."""

from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
from django.db import transaction

from twincity.apps.watch import queries, rules
from twincity.apps.watch.models import Export
from twincity.apps.watch.services.collecting import CancelledError, collect
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

_due = threading.Event()
"""Set while an export may be waiting, so that an idle node need not ask its database."""
_due.set()
OPEN = (Export.State.WAITING, Export.State.RUNNING)


def ask(*, scope: exchange.Scope, reason: str, by: str) -> Export:
    """Ask for the evidence of all exchanges within a scope; the ledger keeps who asked for what and why.

    Raises:
        Problem: ``export-empty`` or ``export-too-large``.
    """
    count = exchange.count_in(scope=scope)
    if not count:
        raise Problem(rules.NOTHING, field="scope")
    if count > rules.MOST_EXPORTED:
        raise Problem(rules.TOO_MANY, field="scope", count=count, limit=rules.MOST_EXPORTED)
    body = msgspec.to_builtins(scope)
    made = Export.objects.create(scope=body, reason=reason, asked_by=by, total=count)
    facts: dict[str, str | int] = {name: str(value) for name, value in body.items() if value}
    facts |= {"by": by, "reason": reason, "count": count}
    _due.set()
    exchange.record_act(kind="evidence-export", identifier=made.pk, facts=facts)
    return made


def cancel(*, export_id: str) -> None:
    """Stop an export that is not ready yet.

    Raises:
        Problem: ``not-found``.
    """
    stopped = {"state": Export.State.CANCELLED, "ended_at": clock.now()}
    if not Export.objects.filter(pk=export_id, state__in=OPEN).update(**stopped):
        raise Problem(NOT_FOUND, field="export", what=f"export {export_id}")


def collect_next() -> Export | None:
    """Collect the export that has waited longest; one that a crash left running begins anew."""
    if not _due.is_set():
        return None
    with transaction.atomic():
        found = Export.objects.select_for_update().filter(state__in=OPEN).order_by("asked_at").first()
        if found is None:
            _due.clear()
            return None
        found.state, found.done, found.partial = Export.State.RUNNING, 0, 0
        found.save()
    scope = msgspec.convert(found.scope, exchange.Scope)
    try:
        made = collect(scope, queries.export_file(found), lambda done, partial: _progress(found, done, partial))
    except CancelledError:
        return found
    except (OSError, Problem) as error:
        _end(found, state=Export.State.FAILED, error=str(error)[:400])
        return found
    _end(found, state=Export.State.READY, sha256=made.sha256, size=made.size)
    return found


def expire() -> int:
    """Delete the files of exports that have lain ready for long enough; how many."""
    until = clock.now() - timedelta(days=rules.KEPT_DAYS)
    old = list(Export.objects.filter(state=Export.State.READY, ended_at__lt=until))
    for each in old:
        queries.export_file(each).unlink(missing_ok=True)
        _end(each, state=Export.State.EXPIRED)
    return len(old)


def _progress(export: Export, done: int, partial: int) -> bool:
    """Note how far an export has come; False when it was cancelled meanwhile."""
    rows = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING)
    return bool(rows.update(done=done, partial=partial))


def _end(export: Export, **changes: object) -> None:
    Export.objects.filter(pk=export.pk).update(ended_at=clock.now(), **changes)
    export.refresh_from_db()
