"""A standard of plots of land, and a county's own table of them with its mapping."""

from __future__ import annotations

from twincity.engines.catalogue.rules.mapping import CodePair, Concat, FieldMapping, FromColumn, Mapping
from twincity.engines.catalogue.rules.model import Code, CodeList, Field, Quality, Rule, Standard, Unique
from twincity.kernel.locale_text import LocalText


def titled(zh, en):
    return LocalText(zh, en)


def plots(**changes):
    """Plots of land."""
    values = {
        "id": "plot",
        "version": "1.0.0",
        "title": titled("地块", "Plots"),
        "fields": (
            Field(name="code", title=titled("地块编号", "code"), key=True, required=True, max_length=20),
            Field(name="area", title=titled("面积", "area"), type="decimal", unit="har", required=True, minimum="0"),
            Field(name="use", title=titled("用途", "use"), type="code", codes="use"),
            Field(name="price", title=titled("价款", "price"), type="decimal", unit="CNY"),
            Field(name="since", title=titled("登记日期", "registered"), type="date"),
            Field(name="place", title=titled("坐落", "place")),
            Field(name="holder", title=titled("权利人", "holder"), grade="important"),
        ),
        "lists": (
            CodeList(
                id="use",
                title=titled("用途", "uses"),
                codes=(
                    Code(code="01", title=titled("耕地", "arable land")),
                    Code(code="02", title=titled("林地", "woodland")),
                ),
            ),
        ),
        "rules": (
            Rule(
                id="once",
                kind=Quality.ACCURACY,
                title=titled("坐落不重复", "places differ"),
                check=Unique(fields=("place",)),
            ),
        ),
    }
    return Standard(**{**values, **changes})


COLUMNS = ("编号", "面积(亩)", "地类", "价款(万元)", "登记日期", "乡镇", "村", "权利人")
MAPPING = Mapping(
    name="plots",
    title=titled("县地块表", "the county's plots"),
    standard="https://cq.example/standard/plot/1.0.0",
    columns=COLUMNS,
    fields=(
        FieldMapping(field="code", take=FromColumn(column="编号")),
        FieldMapping(field="area", take=FromColumn(column="面积(亩)"), unit="亩", digits=4),
        FieldMapping(
            field="use",
            take=FromColumn(column="地类"),
            codes=(CodePair(local="G", code="01"), CodePair(local="L", code="02"), CodePair(local="-", code="")),
        ),
        FieldMapping(field="price", take=FromColumn(column="价款(万元)"), unit="万元"),
        FieldMapping(field="since", take=FromColumn(column="登记日期"), form="yyyy/M/d"),
        FieldMapping(field="place", take=Concat(columns=("乡镇", "村"))),
    ),
)
ROW = dict(zip(COLUMNS, (" A1 ", "15", "G", "1.23", "2025/3/4", "桂溪街道", "石岭村", "张三"), strict=True))
