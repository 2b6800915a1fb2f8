"""Alerts: opened once, kept up to date, closed when they have been over for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from twincity.apps.watch import queries, rules, services
from twincity.apps.watch.models import Alert
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import services as exchange
from twincity.engines.exchange.tests.pages_world import recorded
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
SETTLED = timedelta(seconds=rules.SETTLED_SECONDS)


def finding(subject: str = "sc.example", text: str = "3") -> rules.Finding:
    return rules.Finding("partner-silent", subject, "bad", LocalText(text, text))


def test_one_alert_stands_for_a_finding_however_often_it_is_seen() -> None:
    now = clock.now()
    assert services.reconcile(findings=[finding()], now=now) == 1
    assert services.reconcile(findings=[finding(text="9")], now=now + timedelta(seconds=15)) == 1
    alert = Alert.objects.get()
    assert (alert.opened_at, alert.seen_at) == (now, now + timedelta(seconds=15))
    assert alert.text == {"zh-Hans": "9", "en": "9"}


def test_an_alert_is_closed_only_after_it_has_been_over_for_a_while() -> None:
    now = clock.now()
    services.reconcile(findings=[finding()], now=now)
    assert services.reconcile(findings=[], now=now + SETTLED - timedelta(seconds=1)) == 1
    assert services.reconcile(findings=[], now=now + SETTLED) == 0
    services.reconcile(findings=[finding()], now=now + 2 * SETTLED)
    assert Alert.objects.count() == 2


def test_somebody_takes_an_alert_and_an_unknown_one_is_named() -> None:
    services.reconcile(findings=[finding()], now=clock.now())
    taken = services.take(alert_id=Alert.objects.get().pk, by="li", note="电路检修")
    assert (taken.taken_by, taken.note) == ("li", "电路检修")
    with pytest.raises(Problem) as refused:
        services.take(alert_id="none", by="li", note="")
    assert refused.value.field == "alert"


def test_a_partner_that_does_not_answer_is_found_in_the_ledger_s_index(mine) -> None:
    for _ in range(3):
        recorded(mine, side="consumer", outcome="unanswered", answered=False)
    exchange.index_records()
    found = rules.findings(queries.measured([]), queries.limits())
    assert ("partner-silent", OTHER) in {(each.kind, each.subject) for each in found}


def test_own_limits_are_in_force_at_once_and_the_ledger_says_who_set_them(mine) -> None:
    perform("watch.limits", {"silent_calls": 50})
    assert queries.limits() == rules.Limits(silent_calls=50)
    last = ledger.exchange_log().record(ledger.exchange_log().size - 1).data
    assert b'"kind":"watch-limits"' in last
    assert perform("watch.alerts", {}) == []
    with pytest.raises(Problem) as refused:
        perform("watch.limits", {"refused_percent": 0})
    assert "refused_percent" in refused.value.text("en")
