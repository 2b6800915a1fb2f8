"""What the ledger holds of exchanges: the index over it, the nonces of the last minute, proofs and bundles."""

from __future__ import annotations

import base64
from itertools import islice
from typing import Any

from django.db import connection, transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries
from twincity.engines.exchange.evidence.bundle import FORMAT, Bundle, Proven, Vouching
from twincity.engines.exchange.models import Agreement, ExchangeRow
from twincity.engines.exchange.services.store import WRITING
from twincity.engines.exchange.wire import asking, records
from twincity.engines.ledger import facade as ledger
from twincity.kernel import background, canonical, clock
from twincity.kernel.problems import NOT_FOUND, Problem
from twincity.kernel.tc1.replay import WINDOW

_TABLE = ExchangeRow._meta.db_table  # noqa: SLF001  Django's documented API
_COLUMNS = [f'"{field.column}"' for field in ExchangeRow._meta.concrete_fields]  # noqa: SLF001  same
_WIDTHS = [getattr(field, "max_length", None) for field in ExchangeRow._meta.concrete_fields]  # noqa: SLF001  same
_PLACES = ", ".join(["%s"] * len(_COLUMNS))
_INSERT = f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING"  # noqa: S608  own names


def recent_nonces() -> list[tuple[str, str]]:
    """Key and nonce of each request answered within the replay window, so that a restart opens no gap."""
    log, since = ledger.exchange_log(), clock.millis() - WINDOW * 1000
    low, high = 0, log.size
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if records.read(log.record(middle).data).at < since else (low, middle)
    return [pair for record in log.records(low) if (pair := records.nonce(record.data))]


def index_records(limit: int = 5000) -> int:
    """Bring the index over the ledger up to date; how many records were added.

    Raw SQL, because this runs behind every exchange: ``bulk_create`` would cost six times as much.
    """
    found = islice(ledger.exchange_log().records(queries.indexed()), limit)
    rows = [_row(record.index, record.data) for record in found]
    if rows:
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_INSERT, rows)
    return len(rows)


def _row(index: int, data: bytes) -> tuple[Any, ...]:
    found = records.read(data)
    at = clock.instant(found.at)
    # SQLite's adapter would write the zone into the text; Django keeps UTC without it.
    stored = at if connection.vendor == "postgresql" else at.replace(tzinfo=None).isoformat(" ")
    # The ledger holds what a peer called by, however long; one odd name must not keep all later rows out.
    row: tuple[Any, ...] = (
        index, found.id, found.side, stored, found.peer, found.service, found.method, found.path, found.purpose,
        found.system, found.outcome, found.grant, found.case, found.stale, found.size, found.micros,
        found.consent, found.subject,
    )  # fmt: skip
    return tuple(value[:width] if isinstance(value, str) else value for value, width in zip(row, _WIDTHS, strict=True))


def record_act(*, kind: str, identifier: str, facts: dict[str, str | int]) -> int:
    """Put into this node's own ledger what somebody did with records or settings; its place there."""
    data = canonical.encode({"kind": kind, "id": identifier, "at": clock.millis(), "facts": facts})
    return ledger.exchange_log().append_wait(lambda _: data).index


def prove(message: str, *, asked_by: str = "") -> Proven:
    """This node's own record of an exchange with its proof under a witnessed checkpoint.

    Args:
        message: id of the exchange.
        asked_by: the member that asks for the proof of a call it made here; empty for this node itself.

    Raises:
        Problem: ``not-found``, or ``not-yet-published`` within the second before the next checkpoint.
    """
    index_records()
    index = queries.record_index(message, "provider", asked_by)
    if index is None:
        index = queries.record_index(message, "consumer", asked_by)
    if index is None:
        raise Problem(NOT_FOUND, field="message", what=f"exchange {message}")
    return proven_at(index)


def proven_at(index: int) -> Proven:
    """A record of this node's ledger by its place, with its proof under a witnessed checkpoint.

    Raises:
        Problem: ``not-yet-published``.
    """
    log = ledger.exchange_log()
    found = log.record(index)
    return Proven(
        origin=f"{ledger.member()}/exchange",
        index=index,
        salt=base64.b64encode(found.salt).decode(),
        record=base64.b64encode(found.data).decode(),
        proof=log.proof(index, witnessed=True).decode(),
    )


def collect(message: str) -> Bundle:
    """The evidence bundle of one exchange of this node; asks the other side for its record. Call it from a thread.

    Raises:
        Problem: ``not-found``, ``not-yet-published`` (try again in a second), or why the other side did not answer.
    """
    own = prove(message)
    other = background.wait(asking.fetch_proof(records.decode(own.data()).peer, message))
    both = [own, other]
    agreement = Agreement.objects.filter(pk=_agreement(both)).first()
    return Bundle(
        format=FORMAT,
        charter=circle.charter_chain(),
        documents=[Vouching(owner, token) for owner, token in circle.vouching_documents([each.owner for each in both])],
        records=both,
        request=agreement.request if agreement else "",
        decision=agreement.decision if agreement else "",
    )


def _agreement(both: list[Proven]) -> str:
    return next((found.agreement for each in both if (found := records.decode(each.data())).agreement), "")
