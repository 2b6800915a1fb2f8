from __future__ import annotations

import json

import msgspec
import pytest
from django.urls import reverse

from twincity.engines.catalogue import facade, queries
from twincity.engines.catalogue.tests.examples import ME
from twincity.engines.catalogue.tests.plots import COLUMNS, ROW, plots
from twincity.engines.catalogue.tests.stewards import file, get, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestMapping:
    def begin(self, steward):
        table = ",".join(COLUMNS) + "\n" + ",".join(ROW[column].strip() for column in COLUMNS) + "\n"
        post(
            steward,
            reverse("catalogue-mapping-new"),
            name="plots",
            title_zh="地块",
            standard=f"https://{ME}/standard/plot/1.0.0",
            file=file(table),
        )
        return reverse("catalogue-mapping", args=["plots"])

    def test_proposed_mended_and_tried(self, steward):
        html = get(steward, self.begin(steward))
        assert "亩 → har" in html
        field = reverse("catalogue-mapping-field", args=["plots", "use"])
        post(steward, field, seen=1, take="column", columns=["地类"], codes="G => 01\nL => 02")
        post(
            steward, reverse("catalogue-mapping-field", args=["plots", "code"]), seen=2, take="column", columns=["编号"]
        )
        assert facade.compile_mapping(name="plots")(ROW).row["use"] == "01"
        rows = ",".join(COLUMNS) + "\nA1,15,X,1,2025/3/4,a,b,c\nA1,15,G,1,错,a,d,c\n"
        html = post(steward, reverse("catalogue-mapping-check", args=["plots"]), 200, file=file(rows))
        assert all(words in html for words in ("本地代码没有对应", "不是所写的日期格式", "主键不重复", "有不符之处"))

    def test_nothing_breaks(self, steward):
        self.begin(steward)
        post(steward, reverse("catalogue-mapping-field", args=["plots", "code"]), seen=1, take="constant", constant="A")
        rows = ",".join(COLUMNS) + "\nA1,15,,1,2025/3/4,a,b,c\n"
        assert "没有不符" in post(steward, reverse("catalogue-mapping-check", args=["plots"]), 200, file=file(rows))

    def test_faults_stand_in_the_form(self, steward):
        self.begin(steward)
        field = reverse("catalogue-mapping-field", args=["plots", "use"])
        assert "99" in post(steward, field, 422, seen=1, take="column", columns=["地类"], codes="G => 99")
        assert "data-wrong" in post(steward, field, 422, seen=1, take="column")
        assert "data-wrong" in post(steward, field, 422, seen=1, take="column", columns=["地类"], codes="G")
        assert "li" in post(steward, field, 422, seen=9, take="nothing")

    def test_what_another_version_would_break_and_moving_there(self, steward):
        address = self.begin(steward)
        fields = plots().fields
        facade.publish_standard(
            standard=plots(version="1.1.0", fields=(*fields, msgspec.structs.replace(fields[5], name="more")))
        )
        facade.publish_standard(
            standard=plots(
                version="2.0.0", fields=(fields[0], msgspec.structs.replace(fields[1], unit="kg"), *fields[2:])
            )
        )
        html = get(steward, address)
        assert "亩 不能换算为 kg" in html
        move = reverse("catalogue-mapping-move", args=["plots"])
        post(steward, move, 422, standard=f"https://{ME}/standard/plot/2.0.0")
        post(steward, move, 404, standard="https://x/standard/plot/2.0.0")
        post(steward, move, standard=f"https://{ME}/standard/plot/1.1.0")
        assert facade.saved_mapping(name="plots").standard.endswith("1.1.0")

    def test_export_and_delete(self, steward):
        self.begin(steward)
        told = json.loads(steward.get(reverse("catalogue-mapping-export", args=["plots"])).content)
        assert told == queries.mapping("plots").body
        post(steward, reverse("catalogue-mapping-move", args=["plots"]), act="delete")
        get(steward, reverse("catalogue-mapping", args=["plots"]), 404)
