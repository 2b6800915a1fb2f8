"""Consent: a citizen of 四川 lets 垫江 see data that 重庆 holds, and takes it back; the page shows both."""

from __future__ import annotations

import json
import re
import secrets
import time
from functools import partial
from typing import Any

from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.testkit import CHONGQING, DIANJIANG
from twincity.node.testkit.live import OperationRefusedError
from twincity.node.testkit.visitor import Visitor

NAME = "insured"
AGREEMENT = f"https://{CHONGQING.id}/data-agreement/{NAME}"
PURPOSE = "welfare.insured"
FIELDS = ["name", "born"]
TITLES = {"name": {"zh-Hans": "姓名", "en": "name"}, "born": {"zh-Hans": "出生年份", "en": "year of birth"}}
WHY = {"zh-Hans": "核对参保情况", "en": "to check whether you are insured"}
PROMISED = 5.0
"""Seconds in which a withdrawal is effective everywhere."""


def consent(stage: Stage) -> None:
    """Proposed by 重庆, asked for by 垫江, given and withdrawn at 四川."""
    stage.title(
        "四川居民同意垫江县查询其在重庆的数据, 随后撤回; 本人可见每次使用",
        "A citizen of Sichuan lets Dianjiang see their data in Chongqing, and takes it back; every use is seen",
    )
    _prepare(stage)
    citizen = _citizen(stage)
    given = _give(stage, citizen)
    first = until("the consent to arrive", lambda: _used(stage, given))
    hold(
        holds=json.loads(first["body"])["rows"] == [{"name": "name of R-17", "born": first_born(first)}],
        zh="垫江凭同意取得此人的两个字段, 不知其证件号码",
        en="under the consent Dianjiang gets two fields of this person, and no number of theirs",
    )
    _withdraw(stage, citizen, given)
    _seen(citizen, first["message"])


def first_born(answer: dict[str, Any]) -> int:
    """The year in an answer; made up by the probe."""
    return int(json.loads(answer["body"])["rows"][0]["born"])


def _prepare(stage: Stage) -> None:
    attributes = [{"name": name, "title": title} for name, title in TITLES.items()]
    proposal: dict[str, Any] = {"name": NAME, "title": WHY, "why": WHY, "purpose": "welfare", "service": "probe"}
    proposal |= {"attributes": attributes, "recipients": [DIANJIANG.id], "retention_days": 30, "valid_days": 180}
    stage.cq.operate("consent.propose", proposal)
    terms: dict[str, Any] = {"service": "probe", "purpose": PURPOSE, "reason": WHY, "consent": AGREEMENT}
    terms |= {"not_after": int(time.time()) + 365 * 86_400}
    asked = stage.dj.operate("exchange.ask", {"provider": CHONGQING.id, "terms": terms})["id"]
    until("the request to arrive", lambda: asked in {each["id"] for each in stage.cq.operate("exchange.agreements")})
    told = stage.cq.operate("exchange.decide", {"agreement": asked, "state": "active", "by": "steward"})
    say(f"     {told['text']['zh-Hans']}")
    for node in (stage.sc, stage.dj):
        until("the data agreement to arrive", partial(node.operate, "consent.agreements"))


def _citizen(stage: Stage) -> Visitor:
    password = secrets.token_urlsafe(12)
    stage.sc.operate("identity.citizen", {"username": "resident", "password": password, "title": "居民"})
    visitor = Visitor(stage.sc, "resident", password)
    code = stage.cq.operate("consent.code", {"person": "R-17", "by": "counter"})["code"]
    status, _ = visitor.post("/mine/link/", {"member": CHONGQING.id, "code": code}, page="/mine/")
    hold(
        holds=status == 200,
        zh=f"居民凭重庆柜台给的代码 {code} 完成关联, 两节点只用化名",
        en="linked by a code from Chongqing's counter; both nodes use a pseudonym only",
    )
    return visitor


def _give(stage: Stage, citizen: Visitor) -> str:
    asked = {"agreement": AGREEMENT, "fields": FIELDS, "days": 30, "reason": WHY, "by": "clerk", "case": "DJ-2026-17"}
    code = stage.dj.operate("consent.ask", asked)["code"]
    _, page = citizen.post("/mine/take-up/", {"member": DIANJIANG.id, "code": code}, page="/mine/")
    number = re.findall(r"/mine/asks/(\d+)/", citizen.get("/mine/")[1])[0]
    chosen: dict[str, str | list[str]] = {"fields_given": FIELDS, "recipients": [DIANJIANG.id], "days": "30"}
    _, page = citizen.post(f"/mine/asks/{number}/", chosen | {"understood": "on", "act": "give"})
    found = re.search(r"/mine/consents/([0-9a-f-]{36})\.json", page)
    hold(holds=found is not None, zh="居民阅读请求后同意", en="the citizen reads the request and consents")
    return found[1] if found else ""


def _used(stage: Stage, given: str) -> dict[str, Any] | None:
    call = {"provider": CHONGQING.id, "service": "probe", "path": "/person", "purpose": PURPOSE, "consent": given}
    answer: dict[str, Any] = stage.dj.operate("exchange.call", call)
    return answer if answer["outcome"] == "ok" else None


def _withdraw(stage: Stage, citizen: Visitor, given: str) -> None:
    started = time.monotonic()
    citizen.post(f"/mine/consents/{given}/", {})

    def blocked() -> bool:
        shown = {node.spec.name: node.operate("consent.show", {"consent": given})["state"] for node in both}
        return set(shown.values()) == {"withdrawn"}

    both = (stage.cq, stage.dj)
    until("the withdrawal to arrive", blocked)
    seconds = time.monotonic() - started
    try:
        refused = _used(stage, given) is None
    except OperationRefusedError as error:
        refused = error.code == "consent-withdrawn"
    hold(
        holds=refused and seconds <= PROMISED,
        zh=f"撤回后 {seconds:.1f} 秒, 提供方与接收方均已拒绝",
        en=f"{seconds:.1f} s after the withdrawal provider and recipient both refuse",
    )


def _seen(citizen: Visitor, message: str) -> None:
    def shown() -> bool:
        citizen.post("/mine/accesses/", {})
        return f"ok,True,{message}" in citizen.get("/mine/accesses/all.csv")[1]

    until("the use to be proven", shown)
    hold(
        holds=True,
        zh="“谁用过我的数据”显示这次使用, 并已由重庆账本证明",
        en="'who used my data' shows this use, proven by Chongqing's ledger",
    )
