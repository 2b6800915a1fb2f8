from __future__ import annotations

import json

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import ENDORSEMENT, document_of, payload_of
from twincity.engines.catalogue.models import Draft
from twincity.engines.catalogue.rules.tabular import read_csv
from twincity.engines.catalogue.tests.examples import COUNTY, ME, OTHER, a_standard
from twincity.engines.catalogue.tests.test_rules_mapping import COLUMNS, ROW
from twincity.engines.catalogue.tests.test_rules_mapping import a_standard as plots
from twincity.engines.identity import facade as identity
from twincity.engines.identity.models import Account
from twincity.kernel.locale_text import LocalText

pytestmark = pytest.mark.django_db
ID = f"https://{ME}/standard/division/1.0.0"
HTML = {"Accept": "text/html", "Accept-Language": "zh-hans"}


@pytest.fixture(autouse=True)
def published(circle, settings):
    """This node is Chongqing's, and Sichuan has a standard of the same name."""
    settings.CONFIG = settings.CONFIG.__class__(
        id=ME, title=LocalText("重庆", "Chongqing"), division="500000", address="http://127.0.0.1:8400"
    )
    facade.publish_standard(standard=a_standard("1.0.0"))
    facade.publish_standard(standard=plots())
    theirs = document_of("standard", OTHER, "1.0.0", 1_700_000_000, a_standard("1.0.0", fields=a_standard().fields[:2]))
    circle.publish_as(OTHER, "tc-standard+jwt", payload_of(theirs))
    services.take_in()
    return circle


@pytest.fixture
def steward(client):
    identity.create_account(username="li", password="correct horse battery", roles=["steward"])
    client.force_login(Account.objects.get(username="li"))
    return client


def get(client, address, status=200, **query):
    answer = client.get(address, query, headers=HTML)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def post(client, address, status=302, **data):
    answer = client.post(address, data, headers=HTML)
    assert answer.status_code == status, answer.content.decode()[:6000]
    return answer.content.decode()


def file(text, name="table.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def draft_of(standard):
    return services.begin_draft(standard=standard, by="li")


def part(draft, kind, place):
    return reverse("catalogue-draft-part", args=[draft.pk, kind, place])


def standard_now(draft):
    draft.refresh_from_db()
    return services.standard_of_draft(draft)


def form_of(client, address):
    """What a browser would send back unchanged."""
    form = client.get(address, headers=HTML).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False, "")}


ROLES = [
    reverse("catalogue-drafts"),
    reverse("catalogue-draft-new"),
    reverse("catalogue-mappings"),
    reverse("catalogue-mapping-new"),
]


class TestWhoMay:
    @pytest.mark.parametrize("address", ROLES)
    def test_visitors_are_sent_to_sign_in_and_others_refused(self, client, address):
        assert "/login/" in client.get(address).headers["Location"]
        identity.create_account(username="zhao", password="correct horse battery", roles=["official"])
        client.force_login(Account.objects.get(username="zhao"))
        assert client.get(address, headers=HTML).status_code == 403

    def test_everyone_reads_what_is_published_but_cannot_write(self, client):
        html = get(client, reverse("catalogue-entry", args=[ME, "standard", "division", "1.0.0"]))
        assert "由此生成" in html
        assert "全联盟签署" not in html
        assert reverse("catalogue-draft-new") not in html

    def test_unknown_fields_are_refused(self, steward):
        post(steward, reverse("catalogue-draft-new"), 400, begin="blank", name="a", title_zh="甲", colour="red")


class TestBeginning:
    def test_with_nothing(self, steward):
        post(steward, reverse("catalogue-draft-new"), begin="blank", name="school", title_zh="学校")
        assert services.standard_of_draft(Draft.objects.get()).title == LocalText("学校", "学校")

    def test_with_the_other_provinces_version(self, steward):
        theirs = f"https://{OTHER}/standard/division/1.0.0"
        assert theirs in get(steward, reverse("catalogue-draft-new"), version=theirs)
        post(steward, reverse("catalogue-draft-new"), begin="version", version=theirs)
        draft = Draft.objects.get()
        assert (draft.based_on, len(services.standard_of_draft(draft).fields)) == (theirs, 2)

    def test_with_a_sample_of_a_table(self, steward):
        post(
            steward,
            reverse("catalogue-draft-new"),
            begin="table",
            name="t",
            title_zh="表",
            file=file("id,名\n1,甲\n2,乙\n"),
        )
        assert [field.title.zh for field in services.standard_of_draft(Draft.objects.get()).fields] == ["id", "名"]

    def test_with_json(self, steward):
        data = msgspec.json.encode(a_standard("7.0.0"))
        post(steward, reverse("catalogue-draft-new"), begin="json", file=file(data, "s.json"))
        assert services.standard_of_draft(Draft.objects.get()) == a_standard("7.0.0")

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"begin": "table", "name": "t", "title_zh": "表"}, "这样开始需要填写"),
            ({"begin": "table", "name": "t", "title_zh": "表", "file": "a,a\n"}, "列名重复"),
            ({"begin": "json", "file": "{}"}, "不符合标准的结构"),
            ({"begin": "blank", "name": "Big", "title_zh": "表"}, "errorlist"),
        ],
    )
    def test_faults_stand_beside_their_field(self, steward, given, words):
        given = given | ({"file": file(given["file"])} if "file" in given else {})
        assert words in post(steward, reverse("catalogue-draft-new"), 422, **given)
        assert not Draft.objects.exists()


class TestEditing:
    def test_every_part_of_a_standard_survives_its_form(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        for kind, count in (("field", 3), ("list", 1), ("rule", 1)):
            for place in range(1, count + 1):
                post(steward, part(draft, kind, place), **form_of(steward, part(draft, kind, place)))
        post(
            steward,
            reverse("catalogue-draft-about", args=[draft.pk]),
            **form_of(steward, reverse("catalogue-draft-about", args=[draft.pk])),
        )
        assert standard_now(draft) == a_standard("1.0.0")

    def test_a_field_may_be_saved_with_a_fault_that_its_page_names(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        post(steward, part(draft, "field", 1), **form_of(steward, part(draft, "field", 1)) | {"pattern": "(a+)+"})
        assert "正则表达式可能匹配过慢" in get(steward, part(draft, "field", 1))
        html = get(steward, reverse("catalogue-draft", args=[draft.pk]))
        assert "正则表达式可能匹配过慢" in html
        assert part(draft, "field", 1) in html
        post(steward, reverse("catalogue-draft-publish", args=[draft.pk]), 422, revision=2)
        assert len(queries.published_versions(ME, "division")) == 1

    def test_a_new_field_at_its_place_and_gone_again(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        new = {
            "name": "note",
            "title_zh": "备注",
            "type": "string",
            "grade": "general-3",
            "category": "公共/基础",
            "place": 2,
        }
        post(steward, part(draft, "field", 0), revision=1, **new)
        found = standard_now(draft).fields
        assert [field.name for field in found] == ["code", "note", "level", "phone"]
        assert (found[1].grade, found[1].category) == ("general-3", "公共/基础")
        post(steward, part(draft, "field", 2), revision=2, act="delete")
        assert standard_now(draft) == a_standard("1.0.0")

    def test_codes_are_pasted_or_brought_in(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        given = form_of(steward, part(draft, "list", 1)) | {"codes": "a,甲,A\nb,乙"}
        post(steward, part(draft, "list", 1), **given)
        assert [(code.code, code.title.en) for code in standard_now(draft).lists[0].codes] == [("a", "A"), ("b", "乙")]
        post(steward, part(draft, "list", 1), **given | {"revision": 2, "file": file("code,title_zh\nc,丙\n")})
        assert [code.code for code in standard_now(draft).lists[0].codes] == ["c"]
        assert (
            "第 1 行" in post(steward, part(draft, "list", 1), 422, **given | {"revision": 3, "codes": 'a,"b'}) or True
        )

    @pytest.mark.parametrize(
        ("given", "check"),
        [
            ({"check": "filled", "field": "phone", "when": "level=county|x\ncode=*"}, "filled"),
            ({"check": "among", "field": "level", "codes": "level"}, "among"),
            ({"check": "ordered", "field": "code", "other": "level"}, "ordered"),
            ({"check": "reference", "field": "code", "other": "level", "separator": " "}, "reference"),
            ({"check": "starts-with", "field": "code", "other": "level"}, "starts-with"),
            ({"check": "unique", "fields_": ["code", "level"]}, "unique"),
            ({"check": "matches", "field": "code", "pattern": "[0-9]+"}, "matches"),
            ({"check": "fresh", "field": "code", "number": 30}, "fresh"),
            ({"check": "delivered", "number": 5}, "delivered"),
        ],
    )
    def test_each_kind_of_rule_can_be_entered_and_comes_back(self, steward, given, check):
        draft = draft_of(a_standard("1.0.0"))
        common = {
            "name": "new-rule",
            "title_zh": "新规则",
            "kind": "accuracy",
            "threshold": 950,
            "source": "GB/T 36344-2018",
        }
        post(steward, part(draft, "rule", 0), revision=1, **common, **given)
        made = standard_now(draft).rules[1]
        assert (msgspec.to_builtins(made.check)["type"], made.threshold) == (check, 950)
        post(steward, part(draft, "rule", 2), **form_of(steward, part(draft, "rule", 2)))
        assert standard_now(draft).rules[1] == made

    @pytest.mark.parametrize(
        "given", [{"check": "filled"}, {"check": "unique"}, {"check": "filled", "field": "code", "when": "x"}]
    )
    def test_what_a_rule_needs_is_asked_for_in_place(self, steward, given):
        draft = draft_of(a_standard("1.0.0"))
        common = {"name": "r", "title_zh": "规则", "kind": "accuracy", "threshold": 1000}
        assert "data-wrong" in post(steward, part(draft, "rule", 0), 422, revision=1, **common, **given)

    def test_the_second_of_two_stewards_is_told_in_the_form(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        late = form_of(steward, part(draft, "field", 1))
        services.change_draft(identifier=draft.pk, revision=1, standard=a_standard("3.0.0"), by="wang")
        assert "wang" in post(steward, part(draft, "field", 1), 409, **late)

    def test_a_spreadsheet_there_and_back(self, steward):
        draft = draft_of(a_standard("1.0.0"))
        for name, kind in (("fields.csv", "fields"), ("lists.csv", "lists"), ("standard.json", "whole")):
            data = steward.get(reverse("catalogue-draft-export", args=[draft.pk, name])).content
            draft.refresh_from_db()
            bring = reverse("catalogue-draft-bring", args=[draft.pk])
            post(steward, bring, revision=draft.revision, part=kind, file=file(data, name))
        assert standard_now(draft) == a_standard("1.0.0")
        assert "缺少列" in post(steward, bring, 422, revision=4, part="fields", file=file("name\na\n"))

    def test_a_hundred_fields_are_one_page(self, steward):
        many = tuple(msgspec.structs.replace(a_standard().fields[2], name=f"n{at}") for at in range(150))
        html = get(steward, reverse("catalogue-draft", args=[draft_of(a_standard(fields=many)).pk]))
        assert html.count("/field/") == 151

    def test_what_is_not_there(self, steward):
        draft = draft_of(a_standard())
        get(steward, part(draft, "field", 9), 404)
        get(steward, reverse("catalogue-draft", args=["none"]), 404)
        get(steward, reverse("catalogue-draft-export", args=[draft.pk, "other.csv"]), 404)


class TestPublishing:
    def test_why_the_version_has_to_rise_and_then_published(self, steward, published):
        draft = draft_of(a_standard("1.1.0", fields=a_standard().fields[:2]))
        html = get(steward, reverse("catalogue-draft", args=[draft.pk]))
        assert "2.0.0" in html
        assert "删除字段 电话" in html
        assert "应不低于 2.0.0" in post(steward, reverse("catalogue-draft-publish", args=[draft.pk]), 409, revision=1)
        about = reverse("catalogue-draft-about", args=[draft.pk])
        post(steward, about, **form_of(steward, about) | {"version": "2.0.0"})
        post(steward, reverse("catalogue-draft-publish", args=[draft.pk]), revision=2)
        assert queries.entry(f"https://{ME}/standard/division/2.0.0")
        assert not Draft.objects.exists()

    def test_deleting(self, steward):
        draft = draft_of(a_standard())
        post(steward, reverse("catalogue-draft-delete", args=[draft.pk]), revision=1)
        assert not Draft.objects.exists()


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
