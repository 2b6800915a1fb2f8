from __future__ import annotations

import json

import msgspec
import pytest
from django.urls import reverse

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import ENDORSEMENT
from twincity.engines.catalogue.rules.tabular import read_csv
from twincity.engines.catalogue.tests.examples import COUNTY, ME, OTHER, a_standard
from twincity.engines.catalogue.tests.plots import plots
from twincity.engines.catalogue.tests.stewards import ID, get, post
from twincity.kernel.locale_text import LocalText

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestComparing:
    PAIR = {"old": ID, "new": f"https://{OTHER}/standard/division/1.0.0"}

    def test_two_provinces_side_by_side(self, client):
        html = get(client, reverse("catalogue-compare"), **self.PAIR)
        assert all(words in html for words in ("删除字段 电话", "不兼容", "影响使用方", "影响提供方"))

    def test_for_machines_and_spreadsheets(self, client):
        told = json.loads(client.get(reverse("catalogue-compare-export", args=["json"]), self.PAIR).content)
        assert (told["step"], told["breaking"]) == ("major", True)
        assert [each["place"] for each in told["differences"]] == ["fields.phone"]
        rows = read_csv(client.get(reverse("catalogue-compare-export", args=["csv"]), self.PAIR).content).rows
        assert json.loads(rows[0]["old"])["name"] == "phone"
        assert rows[0]["new"] == ""

    def test_nothing_differs_from_itself(self, client):
        assert "两者没有差别" in get(client, reverse("catalogue-compare"), old=ID, new=ID)

    def test_parameters(self, client):
        get(client, reverse("catalogue-compare"))
        get(client, reverse("catalogue-compare"), 400, colour="red")
        get(client, reverse("catalogue-compare"), 422, old=ID)
        get(client, reverse("catalogue-compare"), 422, old="https://x/standard/y/1", new=ID)

    def test_every_aspect_can_be_shown(self, client):
        first = a_standard("1.0.0").fields[0]
        other = msgspec.structs.replace(
            first,
            title=LocalText("码", "c"),
            type="integer",
            pattern="",
            key=False,
            grade="core",
            category="x",
            unit="kg",
        )
        changed = a_standard(
            "2.0.0",
            title=LocalText("新", "new"),
            source=None,
            fields=(other, *a_standard().fields[1:]),
            lists=plots().lists + a_standard().lists,
            rules=plots().rules[:0],
            external=("elsewhere",),
        )
        facade.publish_standard(standard=changed)
        html = get(client, reverse("catalogue-compare"), old=ID, new=f"https://{ME}/standard/division/2.0.0")
        assert all(
            place in html
            for place in ("fields.code.grade", "fields.code.category", "lists.use", "rules.once", "external")
        )


class TestSigning:
    SIGN = reverse("catalogue-sign", args=[ME, "division", "1.0.0"])
    PAGE = reverse("catalogue-entry", args=[ME, "standard", "division", "1.0.0"])

    def test_from_proposed_to_in_force(self, steward, published):
        post(steward, self.SIGN, act="endorse")
        assert "已提交全联盟 · 1/2" in get(steward, self.PAGE)
        digest = queries.digest_of(queries.entry(ID))
        word = {"iss": OTHER, "iat": 1_700_000_000, "id": ID, "digest": digest, "stance": "endorsed"}
        published.publish_as(OTHER, ENDORSEMENT, word)
        services.take_in_endorsements()
        assert "全联盟有效 · 2/2" in get(steward, self.PAGE)
        assert "全联盟有效 · 2/2" in get(steward, reverse("catalogue-shared"))

    def test_refusing_and_taking_back_need_a_reason(self, steward):
        post(steward, self.SIGN, 422, act="refuse")
        post(steward, self.SIGN, act="refuse", reason_zh="缺字段", reason_en="a field is missing")
        assert "缺字段" in get(steward, self.PAGE)
        post(steward, self.SIGN, act="endorse")
        post(steward, self.SIGN, act="withdraw", reason_zh="改主意", reason_en="second thoughts")
        assert "改主意" in get(steward, self.PAGE)

    def test_only_a_steward_of_an_anchor(self, client, steward, published):
        published.me = COUNTY
        assert 'value="endorse"' not in get(steward, self.PAGE)
        post(steward, self.SIGN, 403, act="endorse")
        client.logout()
        post(client, self.SIGN, 302, act="endorse")
        assert not published.logs[COUNTY]

    def test_another_act_is_none(self, steward):
        post(steward, self.SIGN, 404, act="dance")


class TestGenerated:
    ARGS = (ME, "plot", "1.0.0")

    def get(self, client, what):
        return client.get(reverse("catalogue-generated", args=[*self.ARGS, what]))

    def test_template_samples_and_broken_rows(self, client):
        names = [field.name for field in plots().fields]
        assert read_csv(self.get(client, "template.csv").content).columns == tuple(names)
        samples = read_csv(self.get(client, "samples.csv").content)
        assert len(samples.rows) == 10
        broken = read_csv(self.get(client, "broken.csv").content).rows
        assert {"code.required", "area.range", "once"} <= {row["_breaks"] for row in broken}

    def test_a_data_contract(self, client):
        contract = json.loads(self.get(client, "contract.json").content)
        assert (contract["apiVersion"], contract["kind"], contract["version"]) == ("v3.0.2", "DataContract", "1.0.0")
        assert contract["schema"][0]["properties"][0]["primaryKey"]

    def test_the_form_judges_a_row_by_the_standard(self, client):
        address = reverse("catalogue-form", args=self.ARGS)
        assert "耕地" in get(client, address)
        html = post(client, address, 422, **{"field-area": "-1", "field-use": "01"})
        assert html.count("data-wrong") == 2
        row = {"field-code": "A1", "field-area": "2.5", "field-use": "01", "field-since": "2025-03-04"}
        html = post(client, address, 200, **row)
        assert "该行符合标准" in html
        assert "A1,2.5,01" in html

    def test_the_printable_page_holds_everything(self, client):
        html = get(client, reverse("catalogue-print", args=self.ARGS))
        assert all(words in html for words in ("地块编号 / code", "woodland", "places differ", "重要"))
