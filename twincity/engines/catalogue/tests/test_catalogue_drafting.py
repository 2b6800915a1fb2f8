from __future__ import annotations

import io

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from twincity.engines.catalogue import facade, operations, queries, services
from twincity.engines.catalogue.models import Draft, Mapping
from twincity.engines.catalogue.rules import Field, Standard, validate_standard
from twincity.engines.catalogue.rules.infer import infer
from twincity.engines.catalogue.rules.sheets import read_codes, read_fields, read_lists, write_fields, write_lists
from twincity.engines.catalogue.rules.tabular import read_csv, write_csv
from twincity.engines.catalogue.rules.versions import advise, number
from twincity.engines.catalogue.tests.examples import ME, a_standard
from twincity.engines.catalogue.tests.plots import MAPPING, ROW, plots
from twincity.engines.catalogue.tests.standards import standards
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

WIDER = Field(name="note", title=LocalText("备注", "note"))


def refused(act):
    with pytest.raises(Problem) as caught:
        act()
    return caught.value.kind.code


class TestVersions:
    @pytest.mark.parametrize(
        ("change", "step", "least"),
        [
            ({}, "none", "1.0.1"),
            ({"title": LocalText("新名", "new title")}, "patch", "1.0.1"),
            ({"fields": (*a_standard().fields, WIDER)}, "minor", "1.1.0"),
            ({"fields": a_standard().fields[:2]}, "major", "2.0.0"),
        ],
    )
    def test_the_least_version_follows_what_changed(self, change, step, least):
        advice = advise(a_standard(**change), [a_standard("0.9.0"), a_standard("1.0")])
        assert (advice.step, advice.least, advice.last) == (step, least, "1.0")

    def test_numbers_are_compared_as_numbers(self):
        assert advise(a_standard(), [a_standard("1.10"), a_standard("1.9")]).last == "1.10"
        assert (number("1"), number("1.2.3"), number("01"), number("1.x")) == ((1, 0, 0), (1, 2, 3), None, None)

    @pytest.mark.django_db
    def test_too_low_a_version_is_refused_with_its_reason(self, circle):
        services.publish_checked(standard=a_standard("1.0.0"))
        with pytest.raises(Problem) as caught:
            services.publish_checked(standard=a_standard("1.1.0", fields=a_standard().fields[:2]))
        assert caught.value.kind.code == "standard-version-low"
        assert "2.0.0" in caught.value.text("en")
        assert "删除字段 电话" in caught.value.text("zh-Hans")
        assert len(circle.logs[ME]) == 1
        assert refused(lambda: services.publish_checked(standard=a_standard("next"))) == "standard-version-form"

    @pytest.mark.django_db
    def test_the_very_same_again_publishes_nothing(self, circle):
        for _ in range(2):
            services.publish_checked(standard=a_standard("1.0.0"))
        assert len(circle.logs[ME]) == 1


@pytest.mark.django_db
class TestDrafts:
    def test_from_faulty_to_published(self, circle):
        draft = services.begin_draft(standard=a_standard("1.0.0", fields=()), by="li")
        assert refused(lambda: services.publish_draft(identifier=draft.pk, revision=1)) == "standard-faulty"
        draft = services.change_draft(identifier=draft.pk, revision=1, standard=a_standard("1.0.0"), by="wang")
        assert (draft.revision, draft.edited_by) == (2, "wang")
        made = services.publish_draft(identifier=draft.pk, revision=2)
        assert made.identifier == "https://cq.example/standard/division/1.0.0"
        assert not Draft.objects.exists()

    def test_of_two_stewards_the_second_is_told(self, circle):
        draft = services.begin_draft(standard=a_standard(), by="li")
        services.change_draft(identifier=draft.pk, revision=1, standard=a_standard("2.0.0"), by="wang")
        late = {"identifier": draft.pk, "revision": 1, "standard": a_standard("3.0.0"), "by": "li"}
        assert refused(lambda: services.change_draft(**late)) == "draft-changed"
        assert refused(lambda: services.publish_draft(identifier=draft.pk, revision=1)) == "draft-changed"
        assert Draft.objects.get().standard["version"] == "2.0.0"

    def test_limits(self, circle, monkeypatch):
        monkeypatch.setattr("twincity.engines.catalogue.services.drafting.MOST_DRAFTS", 1)
        services.begin_draft(standard=a_standard(), by="li")
        assert refused(lambda: services.begin_draft(standard=a_standard(), by="li")) == "drafts-too-many"
        many = a_standard(fields=tuple(msgspec.structs.replace(WIDER, name=f"n{at}" * 9) for at in range(9000)))
        draft = Draft.objects.get()
        change = {"identifier": draft.pk, "revision": 1, "standard": many, "by": "li"}
        assert refused(lambda: services.change_draft(**change)) == "too-large"
        assert refused(lambda: services.delete_draft(identifier="none")) == "not-found"

    def test_a_script_keeps_a_draft(self, circle):
        given = msgspec.to_builtins(a_standard(fields=()))
        told = operations.publish_standard(operations.Publish(standard=given, draft="li"))
        assert told["faults"][0]["field"] == "fields"
        assert queries.draft(told["draft"]).edited_by == "li"


@pytest.mark.django_db
class TestMappings:
    @pytest.fixture(autouse=True)
    def published(self, circle):
        facade.publish_standard(standard=plots())

    def test_versions_are_kept_and_the_same_again_is_none(self):
        assert [facade.save_mapping(mapping=MAPPING, by="li") for _ in range(2)] == [1, 1]
        other = msgspec.structs.replace(MAPPING, fields=MAPPING.fields[:2])
        assert facade.save_mapping(mapping=other, by="li") == 2
        assert facade.saved_mapping(name="plots") == other
        assert facade.saved_mapping(name="plots", version=1) == MAPPING
        assert [row.version for row in queries.mappings()] == [2]

    def test_a_saved_mapping_at_work(self):
        facade.save_mapping(mapping=MAPPING, by="li")
        assert facade.compile_mapping(name="plots")(ROW).row["area"] == "1"
        assert facade.try_mapping(mapping=MAPPING, rows=[ROW]).whole

    def test_what_does_not_fit_is_not_kept(self):
        wrong = msgspec.structs.replace(MAPPING, columns=("a",))
        assert refused(lambda: facade.save_mapping(mapping=wrong, by="li")) == "mapping-faulty"
        lost = msgspec.structs.replace(MAPPING, standard="https://cq.example/standard/none/1")
        assert refused(lambda: facade.save_mapping(mapping=lost, by="li")) == "not-found"
        assert refused(lambda: facade.compile_mapping(name="none")) == "not-found"
        assert not Mapping.objects.exists()

    def test_deleting(self):
        facade.save_mapping(mapping=MAPPING, by="li")
        services.delete_mapping(name="plots")
        assert refused(lambda: services.delete_mapping(name="plots")) == "not-found"


class TestTables:
    def test_gb18030_and_a_byte_order_mark(self):
        text = "编号,名称\nA,垫江\n"
        for data in (text.encode("gb18030"), text.encode("utf-8-sig"), text.encode()):
            assert read_csv(data).rows == ({"编号": "A", "名称": "垫江"},)

    @pytest.mark.parametrize(
        "data", [b"", b"a,a\n", b"a,\n1,2\n", b"a\n1,2\n", b'a\n"x', b"\0", b"\xff\xff\xff", b"a\n" + b"x" * 20_000]
    )
    def test_what_cannot_be_read_is_refused(self, data):
        assert refused(lambda: read_csv(data)) == "table-unreadable"

    def test_rows_are_bounded(self):
        found = read_csv(b"a\n" + b"1\n" * 30, limit=20)
        assert (len(found.rows), found.more) == (20, True)

    def test_parquet(self):
        out = io.BytesIO()
        parquet.write_table(pa.table({"编号": ["A", None], "数": [1, 2]}), out)
        assert services.read_table(out.getvalue()).rows == ({"编号": "A", "数": "1"}, {"编号": "", "数": "2"})
        assert refused(lambda: services.read_table(b"PAR1 nothing")) == "table-unreadable"

    @given(
        st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=9), min_size=1)
    )
    def test_csv_there_and_back(self, cells):
        rows = [{"a": cell, "b": "x"} for cell in cells]
        assert list(read_csv(write_csv(("a", "b"), rows)).rows) == rows


class TestSheets:
    @given(standards())
    def test_fields_and_lists_there_and_back(self, standard):
        assert read_fields(write_fields(standard)) == standard.fields
        assert read_lists(write_lists(standard)) == standard.lists

    def test_everything_a_field_says_comes_back(self):
        full = msgspec.structs.replace(
            a_standard().fields[0],
            values=("a", "b"),
            category="自然人/基本信息",
            description=LocalText("说明", "about"),
            max_length=9,
            unit="kg",
        )
        assert read_fields(write_fields(a_standard(fields=(full,)))) == (full,)

    @pytest.mark.parametrize(
        ("read", "data"),
        [
            (read_fields, b"name\na\n"),
            (read_fields, b"name,title_zh,colour\na,b,c\n"),
            (read_fields, b"name,title_zh,type\na,b,text\n"),
            (read_fields, b"name,title_zh,max_length\na,b,-1\n"),
            (read_fields, b"name,title_zh,required\na,b,maybe\n"),
            (read_codes, b"title_zh\na\n"),
        ],
    )
    def test_a_wrong_sheet_is_refused(self, read, data):
        assert refused(lambda: read(data)) == "table-unreadable"


class TestInference:
    DATA = "id,姓名,level,area,day,zip\n" + "".join(
        f"{at},甲{at},{'高低'[at % 2]},{at}.5,2025-01-0{at},0{at}000\n" for at in range(1, 9)
    )

    def test_types_keys_lists_and_lengths(self):
        standard = infer(read_csv(self.DATA.encode()), name="people", title=LocalText("人", "people"))
        found = {field.name: field for field in standard.fields}
        assert {name: field.type for name, field in found.items()} == {
            "id": "integer",
            "field_2": "string",
            "level": "code",
            "area": "decimal",
            "day": "date",
            "zip": "string",
        }
        assert [name for name, field in found.items() if field.key] == ["id"]
        assert [code.code for code in standard.lists[0].codes] == ["低", "高"]
        assert found["field_2"].max_length == 2
        assert not validate_standard(standard)

    @given(
        st.lists(st.sampled_from(["", "1", "01", "x", "true", "2025-01-01", "1.5", "甲"]), min_size=1, max_size=12),
        st.sampled_from(["a", "A b", "列", "1"]),
    )
    def test_a_sample_follows_what_was_inferred_from_it(self, cells, column):
        table = read_csv(write_csv((column, "n"), [{column: cell, "n": at} for at, cell in enumerate(cells)]))
        standard = infer(table, name="a", title=LocalText("a", "a"))
        assert isinstance(standard, Standard)
        assert not validate_standard(standard)
