"""A citizen of Sichuan whose data Chongqing holds and Dianjiang wants to use."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, DIANJIANG, Circle, LiveNode
from twincity.node.testkit.live import OperationRefusedError
from twincity.node.testkit.visitor import Visitor

PATIENCE = 60.0
PURPOSE = "welfare.check"
PASSWORD = "correct horse battery"
FIELDS = ("name", "born")
AGREEMENT = f"https://{CHONGQING.id}/data-agreement/check"
REASON = {"zh-Hans": "核对参保", "en": "check the insurance"}


def until(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.03)
    return found


def prepare(circle: Circle, *, consumers: tuple[str, ...] = (DIANJIANG.id,)) -> None:
    """Chongqing proposes a data agreement and grants its probe under it to each consumer."""
    titles = {"name": ("姓名", "name"), "born": ("出生年份", "year of birth"), "grade": ("等级", "grade")}
    circle["cq"].operate(
        "consent.propose",
        {
            "name": "check",
            "title": {"zh-Hans": "参保核对", "en": "Insurance check"},
            "purpose": "welfare",
            "why": {"zh-Hans": "核对参保情况", "en": "to check whether you are insured"},
            "service": "probe",
            "attributes": [
                {"name": name, "title": {"zh-Hans": zh, "en": en}, "sensitive": name == "grade"}
                for name, (zh, en) in titles.items()
            ],
            "recipients": list(consumers),
            "retention_days": 30,
            "valid_days": 180,
        },
    )
    for consumer in consumers:
        node = next(each for each in circle.values() if each.spec.id == consumer)
        terms = {
            "service": "probe",
            "purpose": PURPOSE,
            "reason": REASON,
            "methods": ["GET", "POST"],
            "rate": 0,
            "not_after": clock.unix() + 365 * 86_400,
            "consent": AGREEMENT,
        }
        asked = node.operate("exchange.ask", {"provider": CHONGQING.id, "terms": terms})["id"]
        until(partial(is_in, circle["cq"], asked, "requested"))
        circle["cq"].operate("exchange.decide", {"agreement": asked, "state": "active", "by": "steward"})
        until(partial(is_in, node, asked, "active"))
    for node in circle.values():
        until(partial(node.operate, "consent.agreements"))


def state(node: LiveNode, agreement: str) -> str:
    return next((each["state"] for each in node.operate("exchange.agreements") if each["id"] == agreement), "")


def is_in(node: LiveNode, agreement: str, wanted: str) -> bool:
    """Whether an agreement is in a state at a node."""
    return state(node, agreement) == wanted


def citizen(circle: Circle, name: str, *, home: str = "sc") -> Visitor:
    """A citizen's session at the home node, linked with Chongqing, whose data call that person by the same name."""
    circle[home].operate("identity.citizen", {"username": name, "password": PASSWORD, "title": name})
    visitor = Visitor(circle[home], name, PASSWORD)
    code = circle["cq"].operate("consent.code", {"person": name, "by": "counter"})["code"]
    status, page = visitor.post("/mine/link/", {"member": CHONGQING.id, "code": code.lower()}, page="/mine/")
    assert status == 200, page
    assert "Linked with" in page
    return visitor


def give(circle: Circle, visitor: Visitor, *, fields: tuple[str, ...] = FIELDS, case: str = "C-1") -> str:
    """Dianjiang asks, the citizen takes the request up and consents; the consent's id."""
    asked = {"agreement": AGREEMENT, "fields": list(fields), "days": 30, "reason": REASON, "by": "clerk", "case": case}
    code = circle["dj"].operate("consent.ask", asked)["code"]
    status, page = visitor.post("/mine/take-up/", {"member": DIANJIANG.id, "code": code}, page="/mine/")
    assert status == 200, page
    assert "check the insurance" in page
    number = latest_ask(visitor)
    chosen: dict[str, str | list[str]] = {
        "fields_given": list(fields),
        "recipients": [DIANJIANG.id],
        "days": "30",
        "understood": "on",
    }
    status, page = visitor.post(f"/mine/asks/{number}/", {**chosen, "act": "give"})
    assert "You can withdraw it here" in page, page
    found = re.search(r"/mine/consents/([0-9a-f-]{36})\.json", page)
    assert found
    return found[1]


def latest_ask(visitor: Visitor) -> str:
    return re.findall(r"/mine/asks/(\d+)/", visitor.get("/mine/")[1])[0]


def withdraw(visitor: Visitor, consent: str) -> None:
    status, page = visitor.post(f"/mine/consents/{consent}/", {})
    assert status == 200
    assert "Withdrawn" in page


def known(node: LiveNode, consent: str) -> str:
    """The state in which a node knows a consent; empty when it does not."""
    try:
        return str(node.operate("consent.show", {"consent": consent})["state"])
    except OperationRefusedError:
        return ""


def use(circle: Circle, consent: str, path: str = "/person", *, by: str = "dj", **more: Any) -> dict[str, Any]:
    """A call of a consumer under a consent."""
    given = {"provider": CHONGQING.id, "service": "probe", "path": path, "purpose": PURPOSE, "consent": consent}
    answer: dict[str, Any] = circle[by].operate("exchange.call", given | more)
    return answer


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer["body"])["rows"]
    return found
