"""Exports of evidence: bounded, on record, whole or not there, and gone in time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest

from twincity.apps.watch import queries, rules, services
from twincity.apps.watch.models import Export
from twincity.apps.watch.services import collecting
from twincity.engines.exchange.facade import Scope
from twincity.engines.exchange.tests.pages_world import recorded
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def alone(monkeypatch):
    """The other side does not answer, and checkpoints are not witnessed here: own records stand in their stead."""

    def silent(*, message: str) -> bytes:
        raise Problem(rules.NOTHING, field=message)

    monkeypatch.setattr(collecting.exchange, "evidence", silent)
    monkeypatch.setattr(collecting.exchange, "own_evidence", lambda *, message: json.dumps({"id": message}).encode())


def rows(export: Export) -> list[dict[str, str]]:
    with zipfile.ZipFile(queries.export_file(export)) as archive:
        text = archive.read("index.csv").decode("utf-8-sig")
        found = list(csv.DictReader(io.StringIO(text)))
        assert all(json.loads(archive.read(row["file"])) == {"id": row["message"]} for row in found)
        assert "twincity evidence verify" in archive.read("README.txt").decode()
    return found


@pytest.mark.usefixtures("alone")
def test_an_export_holds_what_is_in_its_scope_and_says_what_lacks_the_other_side(mine) -> None:
    recorded(mine, case="2026/7", path="/=cmd()")
    recorded(mine, case="2026/8")
    asked = services.ask(scope=Scope(case="2026/7"), reason="年度审计", by="zhou")
    made = services.collect_next()
    assert made is not None
    assert (made.pk, made.state, made.done, made.partial) == (asked.pk, "ready", 1, 1)
    [row] = rows(made)
    assert (row["case"], row["complete"], row["outcome"]) == ("2026/7", "no", "ok")
    data = queries.export_file(made).read_bytes()
    assert (made.sha256, made.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert queries.export_file(made).stat().st_mode & 0o077 == 0


def test_who_looked_for_what_and_why_is_in_the_ledger(mine) -> None:
    recorded(mine, case="2026/7")
    made = services.ask(scope=Scope(case="2026/7"), reason="年度审计", by="zhou")
    entry = json.loads(ledger.exchange_log().record(ledger.exchange_log().size - 1).data)
    assert (entry["kind"], entry["id"]) == ("evidence-export", made.pk)
    assert entry["facts"] == {"by": "zhou", "case": "2026/7", "count": 1, "reason": "年度审计"}


def test_a_scope_with_nothing_or_too_much_is_refused(mine, monkeypatch) -> None:
    with pytest.raises(Problem) as empty:
        services.ask(scope=Scope(case="none"), reason="x", by="zhou")
    assert empty.value.kind is rules.NOTHING
    recorded(mine)
    recorded(mine)
    monkeypatch.setattr(rules, "MOST_EXPORTED", 1)
    with pytest.raises(Problem) as large:
        services.ask(scope=Scope(), reason="x", by="zhou")
    assert large.value.values == {"count": 2, "limit": 1}
    assert not Export.objects.exists()


@pytest.mark.usefixtures("alone")
def test_what_concerns_one_person_is_exported_by_the_pseudonym(mine) -> None:
    recorded(mine, subject="p" * 43)
    recorded(mine, subject="q" * 43)
    services.ask(scope=Scope(subject="p" * 43), reason="本人申请", by="zhou")
    made = services.collect_next()
    assert made is not None
    assert made.done == len(rows(made)) == 1


@pytest.mark.usefixtures("alone")
def test_a_cancelled_export_leaves_no_file(mine, monkeypatch) -> None:
    recorded(mine)
    made = services.ask(scope=Scope(), reason="x", by="zhou")
    monkeypatch.setattr(collecting, "STEP", 1)
    real = collecting.exchange.own_evidence

    def cancelling(*, message: str) -> bytes:
        services.cancel(export_id=made.pk)
        return real(message=message)

    monkeypatch.setattr(collecting.exchange, "own_evidence", cancelling)
    services.collect_next()
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert not list(queries.export_file(made).parent.glob("*"))
    with pytest.raises(Problem):
        services.cancel(export_id=made.pk)


@pytest.mark.usefixtures("alone")
def test_an_export_that_a_crash_left_running_begins_anew(mine) -> None:
    recorded(mine)
    made = services.ask(scope=Scope(), reason="x", by="zhou")
    Export.objects.filter(pk=made.pk).update(state="running", done=1, partial=1)
    services.collect_next()
    made.refresh_from_db()
    assert (made.state, made.done) == ("ready", 1)
    assert services.collect_next() is None


@pytest.mark.usefixtures("alone")
def test_an_export_is_deleted_after_its_days(mine) -> None:
    recorded(mine)
    services.ask(scope=Scope(), reason="x", by="zhou")
    made = services.collect_next()
    assert made is not None
    assert services.expire() == 0
    Export.objects.update(ended_at=clock.now() - timedelta(days=rules.KEPT_DAYS, seconds=1))
    assert services.expire() == 1
    made.refresh_from_db()
    assert made.state == "expired"
    assert not queries.export_file(made).exists()
