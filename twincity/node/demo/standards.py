"""A standard for both provinces: 重庆 proposes it, 四川 signs it, and a county finds out what its table lacks."""

from __future__ import annotations

from functools import partial
from typing import Any

from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode

NAME = "farm-plot"
IDENTIFIER = f"https://{CHONGQING.id}/standard/{NAME}/1.0.0"


def _text(zh: str, en: str) -> dict[str, str]:
    return {"zh-Hans": zh, "en": en}


USES = {"01": ("耕地", "arable land"), "02": ("林地", "woodland"), "03": ("草地", "grassland")}
STANDARD: dict[str, Any] = {
    "id": NAME,
    "version": "1.0.0",
    "title": _text("川渝农业地块", "Farm plots of Sichuan and Chongqing"),
    "fields": [
        {"name": "code", "title": _text("地块编号", "plot code"), "key": True, "required": True, "max_length": 20},
        {
            "name": "area",
            "title": _text("面积", "area"),
            "type": "decimal",
            "unit": "har",
            "required": True,
            "minimum": "0",
        },
        {"name": "use", "title": _text("用途", "use"), "type": "code", "codes": "use", "required": True},
        {"name": "since", "title": _text("登记日期", "registered"), "type": "date"},
        {
            "name": "holder",
            "title": _text("权利人", "holder"),
            "grade": "important",
            "category": "自然人/基本信息",
            "max_length": 40,
        },
    ],
    "lists": [
        {
            "id": "use",
            "title": _text("用途", "Uses"),
            "codes": [{"code": code, "title": _text(*titles)} for code, titles in USES.items()],
        }
    ],
    "rules": [
        {
            "id": "dated",
            "kind": "completeness",
            "title": _text("耕地有登记日期", "arable land has its date"),
            "check": {"type": "filled", "field": "since"},
            "when": [{"field": "use", "values": ["01"]}],
            "threshold": 950,
        }
    ],
}
TABLE = """编号,面积(亩),地类,登记日期,户主
DJ001,15,耕,2025/3/4,甲
DJ002,7.5,林,2024/11/2,乙
DJ003,30,水,2024/1/5,丙
DJ004,-1,耕,,丁
"""
MAPPING: dict[str, Any] = {
    "name": "dianjiang-plots",
    "title": _text("垫江地块台账", "Plots kept by Dianjiang"),
    "standard": IDENTIFIER,
    "columns": ["编号", "面积(亩)", "地类", "登记日期", "户主"],
    "fields": [
        {"field": "code", "take": {"type": "column", "column": "编号"}},
        {"field": "area", "take": {"type": "column", "column": "面积(亩)"}, "unit": "亩"},
        {
            "field": "use",
            "take": {"type": "column", "column": "地类"},
            "codes": [{"local": "耕", "code": "01"}, {"local": "林", "code": "02"}, {"local": "草", "code": "03"}],
        },
        {"field": "since", "take": {"type": "column", "column": "登记日期"}, "form": "yyyy/M/d"},
        {"field": "holder", "take": {"type": "column", "column": "户主"}},
    ],
}


def standards(stage: Stage) -> None:
    """Propose, sign, map."""
    stage.title(
        "重庆提出共同标准, 四川签署后在全联盟生效; 垫江把本地台账对照标准, 看到哪里不符",
        "Chongqing proposes a shared standard, Sichuan's signature puts it in force; Dianjiang maps its table to it",
    )
    stage.cq.operate("catalogue.publish-standard", {"standard": STANDARD})
    told = stage.cq.operate("catalogue.endorse", {"identifier": IDENTIFIER})["sign_off"]
    hold(
        holds=told["state"] == "proposed",
        zh=f"重庆已发布并签署: {len(told['signed'])}/{told['threshold']}",
        en="published and signed by Chongqing: proposed",
    )
    until("the proposal to reach Sichuan", lambda: _state(stage.sc))
    stage.sc.operate("catalogue.endorse", {"identifier": IDENTIFIER})
    for node in (stage.cq, stage.sc, stage.dj):
        until("both signatures", partial(_in_force, node))
    hold(
        holds=True,
        zh="三个节点各自依据两份公开日志判定: 已生效",
        en="each of three nodes finds it in force from the logs",
    )
    _mapped(stage)


def _mapped(stage: Stage) -> None:
    found = stage.dj.operate("catalogue.check-mapping", {"mapping": MAPPING, "table": TABLE, "save": "steward"})
    troubles = [(each["field"], each["value"]) for each in found["troubles"]]
    hold(
        holds=troubles == [("use", "水")],
        zh="本地代码“水”在标准中没有对应, 其余三种已换算",
        en="the local code 水 has no counterpart in the standard",
    )
    failed = {each["rule"]: each for each in found["report"]["outcomes"] if not each["passed"]}
    hold(
        holds={"area.range", "use.required", "dated"} == set(failed),
        zh="对照规则: 面积为负、用途缺失、耕地缺登记日期",
        en="rules that break: an area below zero, a use missing, arable land without its date",
    )
    say(f"     15 亩 → {found['examples'][0]['area']} hm²; 2025/3/4 → {found['examples'][0]['since']}")


def _in_force(node: LiveNode) -> bool:
    return _state(node) == "in-force"


def _state(node: LiveNode) -> str:
    found = node.operate("catalogue.shared")
    states = {each["entry"]["identifier"]: each["sign_off"]["state"] for each in found}
    return str(states.get(IDENTIFIER, ""))


BOTH = (CHONGQING.id, SICHUAN.id)
"""Anchors whose signatures the shared standard needs."""
