from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.rules.mapping import (
    DATE_FORMS,
    UNITS,
    CodePair,
    Concat,
    Constant,
    FieldMapping,
    FirstOf,
    FromColumn,
    Part,
    check_mapped,
    compile_mapping,
    convert,
    faults_of,
    moved,
    read_mapping,
    read_moment,
    similarity,
    suggest,
)
from twincity.engines.catalogue.rules.model import Field
from twincity.engines.catalogue.tests.plots import COLUMNS, MAPPING, ROW, plots
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

TODAY = date(2026, 11, 27)
NAMED = LocalText("名", "name")


def only(take, **more):
    """A mapping of one text field."""
    return msgspec.structs.replace(MAPPING, fields=(FieldMapping(field="place", take=take, **more),))


class TestOneRow:
    def test_it_becomes_a_row_of_the_standard(self):
        mapped = compile_mapping(MAPPING, plots())(ROW)
        assert mapped.row == {
            "code": "A1",
            "area": "1",
            "use": "01",
            "price": "12300",
            "since": "2025-03-04",
            "place": "桂溪街道石岭村",
        }
        assert mapped.troubles == ()

    @pytest.mark.parametrize(
        ("changed", "kind", "field"),
        [
            ({"地类": "X"}, "unmapped-code", "use"),
            ({"面积(亩)": "约十亩"}, "not-a-number", "area"),
            ({"面积(亩)": "9" * 5000}, "not-a-number", "area"),
            ({"登记日期": "2025-13-01"}, "not-a-date", "since"),
            ({"登记日期": "2025/2/30"}, "not-a-date", "since"),
        ],
    )
    def test_what_cannot_be_carried_over_is_said_and_left_blank(self, changed, kind, field):
        mapped = compile_mapping(MAPPING, plots())(ROW | changed)
        assert [(each.kind, each.field) for each in mapped.troubles] == [(kind, field)]
        assert field not in mapped.row

    def test_a_missing_column_is_said(self):
        mapped = compile_mapping(MAPPING, plots())({})
        assert {each.kind for each in mapped.troubles} == {"missing-column"}
        assert mapped.row == {}

    def test_a_local_code_may_be_dropped_on_purpose(self):
        mapped = compile_mapping(MAPPING, plots())(ROW | {"地类": "-"})
        assert (mapped.troubles, "use" in mapped.row) == ((), False)

    @pytest.mark.parametrize(
        ("take", "expected"),
        [
            (Constant(value="不详"), "不详"),
            (Concat(columns=("乡镇", "村"), separator=" / "), "桂溪街道 / 石岭村"),
            (FirstOf(columns=("空", "村")), "石岭村"),
            (Part(column="登记日期", separator="/", index=2), "3"),
            (Part(column="登记日期", separator="/", index=-1), "4"),
        ],
    )
    def test_where_a_text_may_come_from(self, take, expected):
        mapping = msgspec.structs.replace(only(take), columns=(*COLUMNS, "空"))
        assert compile_mapping(mapping, plots())(ROW | {"空": ""}).row == {"place": expected}

    def test_a_part_that_is_not_there_is_said(self):
        found = compile_mapping(only(Part(column="编号", separator="-", index=2)), plots())(ROW)
        assert [each.kind for each in found.troubles] == ["missing-part"]


CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.decimals(), st.dates())


@given(st.dictionaries(st.sampled_from((*COLUMNS, "more")), CELLS))
def test_whatever_a_row_holds_there_is_an_answer(row):
    mapped = compile_mapping(MAPPING, plots())(row)
    assert all(isinstance(value, str) and value for value in mapped.row.values())
    for each in mapped.troubles:
        assert each.field not in mapped.row


class TestUnits:
    @pytest.mark.parametrize(
        ("value", "source", "target", "digits", "expected"),
        [
            ("15", "亩", "har", 6, "1"),
            ("1", "亩", "公顷", 4, "0.0667"),
            ("1", "亩", "m2", 2, "666.67"),
            ("3", "斤", "kg", 0, "1.5"),
            ("0.1", "万元", "CNY", 0, "1000"),
            ("1.005", "亿元", "万元", 0, "10050"),
            ("36.6", "Cel", "K", 0, "309.75"),
            ("-273.15", "℃", "K", 0, "0"),
            ("12.5", "%", "1", 0, "0.125"),
        ],
    )
    def test_conversions(self, value, source, target, digits, expected):
        assert convert(Decimal(value), UNITS().find(source), UNITS().find(target), digits) == expected

    def test_every_unit_is_named_once_and_has_a_source(self):
        names = [name for unit in UNITS().units for name in unit.names]
        assert len(set(names)) == len(names)
        assert all(unit.source and Fraction(unit.factor) > 0 for unit in UNITS().units)

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9), st.data())
    def test_there_and_back_is_where_it_began(self, value, data):
        source = data.draw(st.sampled_from(UNITS().units))
        target = data.draw(st.sampled_from([unit for unit in UNITS().units if unit.quantity == source.quantity]))
        there = convert(value, source, target, 28)
        back = Decimal(convert(Decimal(there), target, source, 28))
        assert abs(back - value) <= Decimal("1e-15")


class TestDates:
    @pytest.mark.parametrize(
        ("text", "form", "expected"),
        [
            ("2025年3月4日", "yyyy年M月d日", "2025-03-04"),
            ("20250304", "yyyyMMdd", "2025-03-04"),
            ("2025.3", "yyyy.M", "2025-03"),
            ("2025", "yyyy", "2025"),
            ("2025-03-04 05:06:07", "yyyy-MM-dd HH:mm:ss", "2025-03-04T05:06:07+08:00"),
            ("2025-3-4", "yyyy-MM-dd", None),
            ("0000-01-01", "yyyy-MM-dd", None),
        ],
    )
    def test_forms(self, text, form, expected):
        assert read_moment(text, form, "+08:00") == expected

    @given(st.text(max_size=20), st.sampled_from(DATE_FORMS))
    def test_no_text_is_an_error(self, text, form):
        read_moment(text, form)


FAULTS = [
    (only(FromColumn(column="没有")), "没有列", "no column"),
    (only(Concat(columns=())), "没有选择列", "names no column"),
    (only(Part(column="编号", separator="", index=1)), "分隔符", "separator"),
    (only(FromColumn(column="编号"), unit="亩"), "不能换算", "does not convert"),
    (only(FromColumn(column="编号"), unit="GCJ-02"), "精确换算", "no published exact conversion"),
    (only(FromColumn(column="编号"), unit="光年"), "不认识单位", "is not known"),
    (only(FromColumn(column="编号"), form="yyyy"), "不是日期", "is no date"),
    (msgspec.structs.replace(MAPPING, columns=()), "列", "columns"),
    (msgspec.structs.replace(MAPPING, fields=(*MAPPING.fields, MAPPING.fields[0])), "两次", "twice"),
]


@pytest.mark.parametrize(("mapping", "zh", "en"), FAULTS)
def test_faults_are_named_in_both_languages(mapping, zh, en):
    found = faults_of(mapping, plots())
    assert any(zh in each.text.zh and en in each.text.en for each in found)
    with pytest.raises(Problem, match="mapping-faulty"):
        compile_mapping(mapping, plots())


def test_a_field_that_the_standard_lacks_and_a_code_beyond_its_list():
    smaller = plots(fields=plots().fields[1:])
    assert [each.field for each in faults_of(MAPPING, smaller)] == ["code"]
    coded = FieldMapping(field="use", take=FromColumn(column="地类"), codes=(CodePair(local="G", code="99"),))
    assert faults_of(msgspec.structs.replace(MAPPING, fields=(coded,)), plots())


def test_json_there_and_back():
    assert read_mapping(msgspec.json.encode(MAPPING)) == MAPPING
    with pytest.raises(Problem) as refused:
        read_mapping(b'{"name": 1}')
    assert refused.value.kind.code == "mapping-faulty"


class TestWhatBreaks:
    ROWS = (ROW, ROW | {"编号": "A2", "地类": "X", "面积(亩)": "-3"}, ROW | {"编号": "", "地类": "X", "权利人": "x"})

    def test_troubles_and_broken_rules_with_examples(self):
        found = check_mapped(MAPPING, plots(), self.ROWS, today=TODAY)
        assert [(each.kind, each.value, each.count, each.row) for each in found.troubles] == [
            ("unmapped-code", "X", 2, 2)
        ]
        assert set(found.report.failed_rules()) == {"area.range", "code.required", "once"}
        assert (found.unused, found.unfilled, found.whole) == (("权利人",), (), False)
        assert found.report.outcome("area.range").failures[0].value == "-0.2"

    def test_nothing_breaks(self):
        found = check_mapped(MAPPING, plots(), [ROW], today=TODAY)
        assert found.whole
        assert found.examples[0]["code"] == "A1"

    def test_values_of_a_high_grade_are_hidden(self):
        holder = FieldMapping(
            field="holder", take=FromColumn(column="权利人"), codes=(CodePair(local="李四", code="1"),)
        )
        mapping = msgspec.structs.replace(MAPPING, fields=(*MAPPING.fields, holder))
        found = check_mapped(mapping, plots(), [ROW], today=TODAY)
        assert [each.value for each in found.troubles] == ["•••"]
        assert "张三" not in str(msgspec.to_builtins(found))


def test_what_breaks_when_the_standard_moves_on():
    fields = plots().fields
    new = plots(
        version="2.0.0",
        fields=(
            *(field for field in fields if field.name not in {"price", "area"}),
            msgspec.structs.replace(fields[1], unit="kg"),
            Field(name="owner", title=NAMED, required=True),
        ),
    )
    found = moved(MAPPING, plots(), new)
    assert {each.field for each in found.faults} == {"price", "area"}
    assert found.unfilled == ("owner",)
    assert "fields.area.unit" in {each.place for each in found.differences}
    assert not moved(MAPPING, plots(), plots()).breaks


class TestSuggesting:
    def test_columns_units_codes_and_dates(self):
        rows = [dict(zip(COLUMNS, ("1", "2", "耕地", "3", "2025.3.4", "a", "b", "c"), strict=True))]
        found = {each.field: each for each in suggest(COLUMNS, rows, plots())}
        assert found["area"] == FieldMapping(field="area", take=FromColumn(column="面积(亩)"), unit="亩")
        assert found["price"].unit == "万元"
        assert found["since"].form == "yyyy.M.d"
        assert found["holder"].take == FromColumn(column="权利人")

    def test_local_words_find_their_codes(self):
        found = suggest(("用途",), [{"用途": "耕地"}, {"用途": "林地"}, {"用途": "水面"}], plots())
        assert found[0].codes == (CodePair(local="林地", code="02"), CodePair(local="耕地", code="01"))

    @given(st.text(), st.text())
    def test_similarity_is_mutual(self, first, second):
        assert similarity(first, second) == similarity(second, first)
        assert 0 <= similarity(first, second) <= 1
