"""Both anchors are gone for a week: members go on as long as the charter lets them, and say so in their evidence.

Time is moved by restarting nodes with another clock; anchors and members always agree on it.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.ledgers import recorded
from tests.faults.support import PURPOSE, Caller, grant, sent, until
from twincity.node.testkit import CHONGQING, DIANJIANG, LINSHUI, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
MINUTE, HOUR, DAY = 60, 3600, 86_400


def restart(circle: Circle, names: list[str], offset: int) -> None:
    """Start stopped nodes, all at once, so many seconds ahead."""
    for name in names:
        circle[name].stop()
        circle[name].launch(TWINCITY_CLOCK_OFFSET=str(offset))
    for name in names:
        circle[name].wait_ready()


def call(circle: Circle, service: str) -> tuple[str, bool | None]:
    """Outcome of a call from 垫江 to 邻水, and whether 邻水's record of it is marked stale."""
    given = {"provider": LINSHUI.id, "service": service, "path": "/echo", "purpose": PURPOSE}
    answer = circle["dj"].operate("exchange.call", given)
    found = recorded(circle["ls"], answer["message"])
    assert (found.side, found.outcome) == ("provider", answer["outcome"])
    return answer["outcome"], found.stale


def test_members_outlive_their_anchors_for_seven_days(tmp_path: Path, figures) -> None:
    anchors, members = ["cq", "sc"], ["dj", "ls"]
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG, LINSHUI], apps=["probe"]) as circle:
        for service in ("probe", "probe-critical"):
            grant(circle["ls"], DIANJIANG.id, service=service)
        assert call(circle, "probe") == ("ok", False)
        assert call(circle, "probe-critical") == ("ok", False)
        for name in anchors:
            circle[name].stop()
        restart(circle, members, 10 * MINUTE)
        assert call(circle, "probe-critical") == ("ok", False)  # nothing has changed yet for anybody
        for offset in (HOUR, int(6.9 * DAY)):
            restart(circle, members, offset)
            assert call(circle, "probe") == ("ok", True)
            assert call(circle, "probe-critical")[0] == "directory-stale"
        beyond = int(7.1 * DAY)
        restart(circle, members, beyond)
        assert call(circle, "probe")[0] == "directory-stale"
        assert call(circle, "probe-critical")[0] == "directory-stale"
        restart(circle, anchors, beyond)
        back = time.monotonic()
        until("the directory to be fresh again", lambda: call(circle, "probe-critical") == ("ok", False))
        fresh = time.monotonic() - back
        assert call(circle, "probe") == ("ok", False)
        heard = revocation(circle, beyond)
    figures(fresh_after=f"{fresh:.2f} s", revocation_effective_after=f"{heard:.2f} s")


def revocation(circle: Circle, offset: int) -> float:
    """Seconds after which 邻水 refuses a key that 重庆 has revoked; at most five."""
    caller = Caller.between(circle["dj"], circle["ls"])
    assert sent(circle["ls"], caller.sign(offset=offset))[0] == 200
    order = {"member": DIANJIANG.id, "kid": caller.key.public.kid, "index": 10**6, "reason": "drill"}
    circle["cq"].operate("circle.revoke", order)
    started = time.monotonic()
    until("the revocation", lambda: sent(circle["ls"], caller.sign(offset=offset))[:2] == (401, "key-revoked"), 5.0)
    return time.monotonic() - started
