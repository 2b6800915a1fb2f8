"""The provider's node is gone, or hangs, while others call it; afterwards everything goes on by itself."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledgers import written
from tests.faults.support import code, grant, pid, system_token, through, until
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, LiveNode, live_circle

pytestmark = pytest.mark.slow
CROWD = 150
"""Callers at once, more than there are places."""
DEADLINE_MS = 5000


def ask(node: LiveNode, purpose: str) -> str:
    """An agreement that a consumer asks 四川 for; its id."""
    terms = {"service": "probe", "purpose": purpose, "reason": {"zh-Hans": "演练", "en": "drill"}}
    terms["not_after"] = int(time.time()) + 86_400
    return str(node.operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})["id"])


def agreement(node: LiveNode, name: str) -> dict[str, Any]:
    """What a node knows of an agreement; empty when nothing."""
    return next((each for each in node.operate("exchange.agreements") if each["id"] == name), {})


def test_a_provider_that_is_gone_is_named_recorded_and_taken_up_again(tmp_path: Path, figures) -> None:
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        sc, dj = circle["sc"], circle["dj"]
        grant(sc, DIANJIANG.id)
        token = system_token(dj)
        assert through(dj, token, SICHUAN.id)[0] == 200
        sc.kill()
        for _ in range(3):
            status, _, body = through(dj, token, SICHUAN.id)
            assert (status, code(body)) == (502, "provider-unreachable")
            assert json.loads(body)["member"] == SICHUAN.id
        lost = [each for each in written(dj) if each.outcome == "unanswered" and not each.service.startswith("tc.")]
        assert [(each.side, each.res) for each in lost] == [("consumer", None)] * 3
        asked = ask(dj, "planning.north")
        assert (agreement(dj, asked)["state"], agreement(dj, asked)["told"]) == ("requested", False)
        sc.start()
        assert through(dj, token, SICHUAN.id)[0] == 200
        until("the request to arrive", lambda: agreement(sc, asked).get("state") == "requested")
        until("its acknowledgement", lambda: agreement(dj, asked)["told"])
        dj.stop()  # now the other direction: the decision meets a consumer that is gone
        sc.operate("exchange.decide", {"agreement": asked, "state": "active", "by": "steward"})
        assert agreement(sc, asked)["told"] is False
        dj.start()
        until("the decision to arrive", lambda: agreement(dj, asked)["state"] == "active")
        until("its acknowledgement", lambda: agreement(sc, asked)["told"])
        given = {"provider": SICHUAN.id, "service": "probe", "path": "/echo", "purpose": "planning.north"}
        assert dj.operate("exchange.call", given)["outcome"] == "ok"
    figures(unanswered_on_record=len(lost), agreement="requested and decided across two outages")


def test_a_provider_that_hangs_holds_up_nobody_else(tmp_path: Path, figures) -> None:
    """It takes connections and never answers, as behind a broken link.

    Callers who named a deadline hear of it in time, and the many who wait leave room for calls to other providers.
    """
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        cq, sc, dj = circle["cq"], circle["sc"], circle["dj"]
        for provider in (cq, sc):
            grant(provider, DIANJIANG.id)
        token = system_token(dj)
        for provider in (CHONGQING, SICHUAN):
            assert through(dj, token, provider.id)[0] == 200
        os.kill(pid(sc), signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(CROWD) as crowd:
                waiting = [
                    crowd.submit(through, dj, token, SICHUAN.id, tc_deadline=str(DEADLINE_MS)) for _ in range(CROWD)
                ]
                served = 0
                while not all(each.done() for each in waiting):
                    status, _, body = through(dj, token, CHONGQING.id)
                    assert status == 200, body
                    served += 1
                    time.sleep(0.05)
        finally:
            os.kill(pid(sc), signal.SIGCONT)
        told = Counter((status, code(body)) for status, _, body in (each.result() for each in waiting))
        assert through(dj, token, SICHUAN.id)[0] == 200
        unanswered = [each for each in written(dj) if each.outcome == "unanswered" and each.service == "probe"]
    assert set(told) <= {(502, "provider-unreachable"), (503, "overloaded")}
    assert 0 < told[502, "provider-unreachable"] == len(unanswered)
    figures(told={f"{status} {name}": count for (status, name), count in told.items()}, served_by_others=served)
