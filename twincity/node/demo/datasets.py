"""Data registered without code: 四川 registers a table, has it judged, and 重庆 gets what its grant allows."""

from __future__ import annotations

import json
import time
from pathlib import Path

from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.testkit import SICHUAN

NAME = "water-sections"
PURPOSE = "planning.water"
ROWS = 20_000
CITIES = ("泸州市", "宜宾市", "广安市")
HEADER = "code,city,phone,phosphorus,day"


def datasets(stage: Stage) -> None:
    """四川 registers a file; 重庆 asks for two cities without telephones, and calls."""
    stage.title(
        "四川不写代码登记一张断面监测表, 检查并发布; 重庆按授权取得两市的数据",
        "Sichuan registers a table without code, checks and publishes it; Chongqing gets what its grant allows",
    )
    given = {
        "path": str(_made(stage.folder)),
        "name": NAME,
        "title": {"zh-Hans": "跨界断面监测", "en": "Sections at the border"},
        "licence": "urn:twincity:terms:sharing:conditional",
        "rhythm": "monthly",
        "department": "生态环境厅",
    }
    made = stage.sc.operate("sharing.register", given)
    started = time.monotonic()
    told = stage.sc.operate("sharing.publish-source", {"name": NAME})
    seconds = time.monotonic() - started
    hold(
        holds=told["rows"] == ROWS == made["rows"] and len(told["entries"]) == 2,
        zh=f"{told['rows']} 行在 {seconds:.1f} 秒内按标准检查: {told['verdict']}; 登记 {len(told['entries'])} 项",
        en=f"{told['rows']} rows judged: {told['verdict']}; {len(told['entries'])} entries published",
    )
    _agree(stage)
    _call(stage)


def _made(folder: Path) -> Path:
    path = folder / "sections.csv"
    rows = (
        f"SC{n:05},{CITIES[n % 3]},1380000{n % 10000:04},0.{n % 9}1,2026-0{n % 9 + 1}-1{n % 9}" for n in range(ROWS)
    )
    path.write_text("\n".join((HEADER, *rows)), "gb18030")
    return path


def _agree(stage: Stage) -> None:
    terms = {
        "service": NAME,
        "purpose": PURPOSE,
        "reason": {"zh-Hans": "川渝跨界河流联防联控", "en": "joint watch over rivers across the border"},
        "fields": ["code", "city", "phosphorus"],
        "rows": [{"field": "city", "op": "in", "values": ["泸州市", "广安市"]}],
        "not_after": int(time.time()) + 86_400,
    }
    asked = stage.cq.operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})
    until("the request to arrive", lambda: asked["id"] in _states(stage.sc))
    decision = {"agreement": asked["id"], "state": "active", "by": "steward"}
    until("the decision to be taken", lambda: stage.sc.operate("exchange.decide", decision))
    until("the decision to arrive", lambda: _states(stage.cq).get(asked["id"]) == "active")


def _states(node: object) -> dict[str, str]:
    return {each["id"]: each["state"] for each in node.operate("exchange.agreements")}  # type: ignore[attr-defined]


def _call(stage: Stage) -> None:
    call = {"provider": SICHUAN.id, "service": NAME, "path": "/rows", "purpose": PURPOSE}
    answer = stage.cq.operate("exchange.call", call | {"query": "phosphorus__min=0.8&_limit=1000"})
    rows = json.loads(answer["body"])["rows"]
    hold(
        holds=bool(rows) and all(set(row) == {"code", "city", "phosphorus"} for row in rows),
        zh=f"总磷不低于 0.8 的断面 {len(rows)} 个, 只有 {'、'.join(sorted({row['city'] for row in rows}))}, 不含电话",
        en=f"{len(rows)} sections above 0.8 mg/L, of the two cities only, without telephones",
    )
    refused = stage.cq.operate("exchange.call", call | {"query": "phone__prefix=138"})
    hold(
        holds=refused["outcome"] == "field-not-granted",
        zh="按未授权的电话筛选: 被拒绝",
        en="asking by a field that was not granted is refused",
    )
    extract = stage.cq.operate("exchange.call", call | {"path": "/extract", "query": "format=parquet"})
    made = json.loads(extract["body"])
    say(f"     批量文件 / bulk file: {made['rows']} 行, {made['size']} B, sha256 {made['sha256'][:16]}…")
