"""Datasets as two provinces could publish them: names from their divisions and from themes. The same for each seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

from twincity.apps.sharing.divisions import divisions
from twincity.apps.sharing.divisions.model import Level

SEED = 622
THEMES: tuple[tuple[str, str, str], ...] = (
    ("不动产登记", "Real estate register", "real-estate"),
    ("户籍人口", "Registered population", "population"),
    ("社会保险参保", "Social insurance", "social-security"),
    ("住房公积金缴存", "Housing fund contributions", "housing-fund"),
    ("婚姻登记", "Marriage register", "civil-affairs"),
    ("企业登记", "Register of companies", "market"),
    ("职业资格证书", "Professional qualifications", "employment"),
    ("机动车行驶证", "Vehicle licences", "transport"),
    ("公交站点", "Bus stops", "transport"),
    ("空气质量监测", "Air quality", "environment"),
    ("河流水质断面", "River water quality", "environment"),
    ("中小学名录", "Schools", "education"),
    ("医疗机构名录", "Health institutions", "health"),
    ("建设工程施工许可", "Construction permits", "construction"),
    ("农村土地承包", "Contracted farmland", "agriculture"),
    ("旅游景区客流", "Visitors of scenic areas", "tourism"),
    ("高速公路收费站", "Motorway toll stations", "transport"),
    ("气象预警", "Weather warnings", "weather"),
    ("养老机构", "Homes for the elderly", "civil-affairs"),
    ("行政处罚", "Administrative penalties", "credit"),
)
WORDS = ("信息", "目录", "明细", "统计", "台账", "名单", "记录", "年报")
RHYTHMS = ("continuous", "daily", "weekly", "monthly", "quarterly", "annual", "irregular")
LICENCES = ("CC-BY-4.0", "Apache-2.0", "CC0-1.0", "https://example.org/terms/internal")
GRADES = ("general-1", "general-2", "general-3", "general-4", "important")
FORMATS = ("CSV", "JSON", "Parquet", "GeoJSON", "XLSX")


def datasets(count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """So many datasets, each a JSON body with ``name`` and ``title``."""
    chance = random.Random(seed)
    units = divisions().current(Level.COUNTY) + divisions().current(Level.TOWN)
    for number in range(count):
        unit = units[chance.randrange(len(units))]
        path = divisions().path(unit.code)
        place = "".join(each.name for each in path)
        theme, english, code = chance.choice(THEMES)
        word, year = chance.choice(WORDS), 2015 + chance.randrange(12)
        west, south = 97 + chance.random() * 12, 26 + chance.random() * 7
        yield {
            "name": f"d{number:06}",
            "title": {"zh-Hans": f"{place}{theme}{word}({year}年)", "en": f"{english} {unit.code} {year}"},
            "description": {
                "zh-Hans": f"{path[0].name}{unit.name}{theme}{word}, 由{unit.name}人民政府编制, 按{code}主题归集, 含"
                f"编号、名称、地址、日期与办理状态等字段, 供川渝两地政务部门核验使用。",
                "en": f"{english} of {unit.code} for {year}, compiled by its government for checks by authorities.",
            },
            "standard": f"https://cq.twincity.example/standard/{code}/1.0",
            "licence": chance.choices(LICENCES, (6, 2, 1, 3))[0],
            "rhythm": chance.choice(RHYTHMS),
            "division": f"{unit.code[:6]}",
            "rows": chance.randrange(1, 500_000),
            "sha256": hashlib.sha256(f"{seed} {number}".encode()).hexdigest(),
            "theme": code,
            "grade": chance.choice(GRADES),
            "bbox": [f"{west:.4f}", f"{south:.4f}", f"{west + 0.3:.4f}", f"{south + 0.3:.4f}"],
        }


def questions(count: int, seed: int = SEED) -> Iterator[dict[str, str]]:
    """So many searches as people make them: a theme, a place, both, English words, with and without choices."""
    chance = random.Random(seed + 1)
    units = divisions().current(Level.COUNTY) + divisions().current(Level.TOWN)
    for _ in range(count):
        unit = units[chance.randrange(len(units))]
        theme, english, code = chance.choice(THEMES)
        text = chance.choices(
            (
                theme,
                theme[:2],
                unit.name,
                f"{unit.name} {theme}",
                f"{unit.name}{theme}{chance.choice(WORDS)}",
                f"重庆市{theme}",
                f"四川 {theme} {2015 + chance.randrange(12)}",
                english,
                english.split()[0].lower(),
                "",
            ),
            (3, 2, 3, 3, 3, 2, 1, 2, 2, 1),
        )[0]
        choices: dict[str, str] = {"text": text}
        kind = chance.randrange(6)
        if kind == 1:
            choices["theme"] = code
        elif kind == 2:
            choices |= {"rhythm": chance.choice(RHYTHMS), "licence": LICENCES[0]}
        elif kind == 3:
            choices["division"] = unit.code[:2] + "0000"
        elif kind == 4:
            west, south = 97 + chance.random() * 10, 26 + chance.random() * 5
            choices["box"] = f"{west:.2f},{south:.2f},{west + 2:.2f},{south + 2:.2f}"
        yield choices
