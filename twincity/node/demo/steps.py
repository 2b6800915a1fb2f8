"""The first steps: publish, find, agree, call."""

from __future__ import annotations

import json
import time
from typing import Any

from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.testkit import SICHUAN

PURPOSE = "planning.mingyueshan"
COUNTIES = {"511623": "邻水县", "511724": "大竹县"}
SERVICE = "divisions"
FIELDS = ("code", "name", "level", "parent")
YEAR = 365 * 86_400


def publish(stage: Stage) -> None:
    """四川 publishes standard, dataset and service; 重庆 dataset and service under the same standard."""
    stage.title(
        "四川发布数据标准、数据资源与服务; 重庆发布自己的数据资源与服务",
        "Sichuan publishes a standard, a dataset and a service; Chongqing its own dataset and service",
    )
    for node, name in ((stage.sc, "四川 / Sichuan"), (stage.cq, "重庆 / Chongqing")):
        told = node.operate("sharing.publish", {"standard_by": SICHUAN.id})
        hold(
            holds=told["rows"] > 0 and bool(told["entries"]),
            zh=f"{name}: {told['rows']} 行已按标准检查并登记 {len(told['entries'])} 项",
            en=f"{told['rows']} rows checked against the standard, {len(told['entries'])} entries published",
        )
        scores = ", ".join(f"{kind} {score}‰" for kind, score in told["scores"].items() if score is not None)
        say(f"     质量报告 / quality report: {told['verdict']} ({scores})")


def find(stage: Stage) -> None:
    """垫江 finds 四川's service in its own copy of the catalogue while 四川 is switched off."""
    stage.title(
        "垫江在自己的资源目录副本中找到四川的服务, 此时四川节点已关闭",
        "Dianjiang finds Sichuan's service in its own copy of the catalogue, with Sichuan switched off",
    )
    until("the catalogue to arrive", lambda: _services(stage))
    stage.sc.stop()
    say("     四川节点已停止 / Sichuan is down")
    found = _services(stage)
    hold(
        holds=bool(found),
        zh=f"找到: {found[0]['identifier']}",
        en=f"found: {found[0]['title']['en']}",
    )
    stage.sc.start()
    say("     四川节点已恢复 / Sichuan is up again")


def _services(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.dj.operate(
        "catalogue.search", {"text": "行政区划", "kind": "service", "owner": SICHUAN.id}
    )
    return found


def agree(stage: Stage) -> None:
    """垫江 asks with a purpose, 四川's steward approves, the agreement becomes a grant."""
    stage.title(
        "垫江为明月山规划申请授权, 四川数据管理员批准, 数字合约编译为授权",
        "Dianjiang asks for a grant to plan the Mingyue Mountain belt; Sichuan's steward approves",
    )
    terms = {
        "service": SERVICE,
        "purpose": PURPOSE,
        "reason": {
            "zh-Hans": "明月山绿色发展示范带规划 (邻水、大竹等县)",
            "en": "plan of the Mingyue Mountain belt (Linshui, Dazhu and others)",
        },
        "fields": list(FIELDS),
        "rows": [{"field": "parent", "op": "in", "values": list(COUNTIES)}],
        "not_after": int(time.time()) + YEAR,
        "rate": 600,
    }
    asked = stage.dj.operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})
    stage.seen["agreement"] = asked["id"]
    until("the request to arrive", lambda: _state(stage.sc.operate("exchange.agreements"), asked["id"]))
    decided = stage.sc.operate(
        "exchange.decide", {"agreement": asked["id"], "state": "active", "by": "steward", "note": "明月山规划"}
    )
    say(f"     {decided['text']['zh-Hans']}\n     {decided['text']['en']}")
    known = until(
        "the decision to arrive", lambda: _state(stage.dj.operate("exchange.agreements"), asked["id"]) == "active"
    )
    hold(holds=bool(known), zh="双方均持有两方签名的合约", en="both sides hold the agreement with both signatures")


def _state(agreements: list[dict[str, Any]], name: str) -> str:
    return next((str(each["state"]) for each in agreements if each["id"] == name), "")


def call(stage: Stage) -> None:
    """垫江's planning system gets the towns of both counties through its own node."""
    stage.title("垫江调用服务, 取得邻水县与大竹县的乡镇", "Dianjiang calls the service for the towns of both counties")
    system = stage.dj.operate("identity.system", {"name": "planning", "purposes": ["planning"]})
    stage.seen["token"] = system["token"]
    until("the token to count", lambda: through(stage, "/units/511623/towns")[0] != 401)
    for code, name in COUNTIES.items():
        status, headers, body = through(stage, f"/units/{code}/towns")
        rows = json.loads(body).get("rows", [])
        stage.seen["message"] = headers.get("tc-message-id", "")
        names = "、".join(row["name"] for row in rows[:5])
        hold(
            holds=status == 200 and bool(rows) and all(set(row) <= set(FIELDS) for row in rows),
            zh=f"{name}: {len(rows)} 个乡镇 ({names}…), 用时 {headers.get('server-timing', '').partition('=')[2]} 毫秒",
            en=f"{len(rows)} towns, only the fields that were granted",
        )
    status, _, body = through(stage, "/units/511621/towns")
    empty = status == 200 and json.loads(body)["rows"] == []
    hold(holds=empty, zh="授权之外的岳池县: 无记录", en="Yuechi County lies outside the grant: no rows")


def through(stage: Stage, path: str, purpose: str = PURPOSE) -> tuple[int, dict[str, str], bytes]:
    """A call of 垫江's planning system through its own node."""
    headers = {"authorization": f"Bearer {stage.seen['token']}", "tc-purpose": purpose}
    return stage.dj.get(f"/call/{SICHUAN.id}/{SERVICE}{path}", headers)
