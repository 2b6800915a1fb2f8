"""Extraction, checking and compiling of translations, on a small package made for each test."""

from __future__ import annotations

import gettext
import os

import polib
import pytest

from twincity.node import translations
from twincity.node.translations import Message, Unit

TEMPLATE = """{% load i18n %}
<p title="{% translate "Plain" %}">it's "quoted" (and { bracketed }</p>
{% translate 'With "quotes" and 50%' as x %}{% translate "Verb" context "action" %}
{# {% translate "In a note" %} #}{% comment %}{% translate "In a comment" %}{% endcomment %}
{{ value|default:_("As an argument") }}{% panel _("In a tag") %}{% endpanel %}
{% blocktranslate with n=1 trimmed %}
  Several {{ n }}
  lines
{% endblocktranslate %}
{% blocktranslate count n=3 %}{{ n }} one{% plural %}{{ n }} many{% endblocktranslate %}
{% blocktranslate count n=3 context "row" %}one{% plural %}many{% endblocktranslate %}
"""
FROM_TEMPLATE = {
    Message("", "Plain", ""),
    Message("", 'With "quotes" and 50%%', ""),
    Message("action", "Verb", ""),
    Message("", "As an argument", ""),
    Message("", "In a tag", ""),
    Message("", "Several %(n)s lines", ""),
    Message("", "%(n)s one", "%(n)s many"),
    Message("row", "one", "many"),
}
MODULE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext_lazy, npgettext
import django.utils.translation as t
for _ignored in range(3): print(_ignored)
a = _("Plain") + t.gettext_noop("Marked") + str(gettext_lazy("Later"))
b = ngettext("%(n)d day", "%(n)d days", 3), pgettext_lazy("verb", "Record"), npgettext("c", "s", "p", 2)
c = _(
    "In two "
    "pieces"
)
"""
FROM_MODULE = {
    Message("", "Plain", ""),
    Message("", "Marked", ""),
    Message("", "Later", ""),
    Message("", "%(n)d day", "%(n)d days"),
    Message("verb", "Record", ""),
    Message("c", "s", "p"),
    Message("", "In two pieces", ""),
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def found(extract, path):
    return {message for message, _ in extract(path)}


def catalogue(root, unit, *entries):
    """A unit whose catalogue holds these (text, Chinese) pairs, and which uses those texts."""
    made = Unit(root / unit, {Message("", text, ""): [f"{unit}/x.py:1"] for text, _ in entries})
    made.catalogue.parent.mkdir(parents=True)
    file = polib.POFile()
    file.metadata = translations.HEADER
    file.extend(polib.POEntry(msgid=text, msgstr=chinese) for text, chinese in entries)
    file.save(str(made.catalogue))
    return made


def test_messages_of_a_template(tmp_path):
    assert found(translations.in_template, write(tmp_path / "x.html", TEMPLATE)) == FROM_TEMPLATE


def test_messages_of_a_module(tmp_path):
    assert found(translations.in_python, write(tmp_path / "x.py", MODULE)) == FROM_MODULE


@pytest.mark.parametrize("call", ["_(name)", "_(f'a {b}')", "ngettext('one', many, 2)", "gettext(1)"])
def test_a_message_that_cannot_be_read_is_an_error(tmp_path, call):
    path = write(tmp_path / "x.py", f"\n{call}\n")
    with pytest.raises(SyntaxError, match=r"x.py:2: "):
        list(translations.in_python(path))


def test_each_file_belongs_to_its_unit(tmp_path):
    for place in ("apps/a/models.py", "engines/b/x/y.py", "kernel/problems.py", "kernel/ui/p.py", "node/z.py"):
        write(tmp_path / place, f'_("{place}")')
    write(tmp_path / "apps/a/tests/test_x.py", '_("test")')
    write(tmp_path / "apps/a/migrations/0001_start.py", '_("old")')
    write(tmp_path / "apps/silent/rules.py", "1")
    units = {str(unit.path.relative_to(tmp_path)): len(unit.used) for unit in translations.units(tmp_path)}
    assert units == {"apps/a": 1, "engines/b": 1, "kernel/ui": 2, "node": 1}


def test_a_complete_catalogue_has_no_faults(tmp_path):
    assert translations.check([catalogue(tmp_path, "apps/a", ("Yes", "是"), ("%(n)s of {m}", "{m} 之 %(n)s"))]) == []


@pytest.mark.parametrize(
    ("text", "chinese", "fault"),
    [
        ("Yes", "", "no translation of 'Yes'"),
        ("%(n)s left", "剩下 %(m)s", "other placeholders"),
        ("{a}", "甲", "other"),
    ],
)
def test_faults_of_an_entry(tmp_path, text, chinese, fault):
    (line,) = translations.check([catalogue(tmp_path, "apps/a", (text, chinese))])
    assert fault in line


def test_missing_unused_and_fuzzy_entries_are_faults(tmp_path):
    unit = catalogue(tmp_path, "apps/a", ("Old", "旧"), ("Guess", "猜"))
    file = unit.load()
    file.find("Guess").fuzzy = True
    file.save(str(unit.catalogue))
    unit.used = {Message("", "New", ""): ["apps/a/x.py:7"], Message("", "Guess", ""): ["apps/a/x.py:8"]}
    lines = translations.check([unit])
    assert [line.split(": ")[1] for line in lines] == ["no translation of 'New'", "unused 'Old'", "fuzzy 'Guess'"]


def test_one_text_has_one_translation_in_the_whole_node(tmp_path):
    """Django merges all catalogues, so that a second translation would show in the wrong place."""
    units = [catalogue(tmp_path, "apps/a", ("Order", "订单")), catalogue(tmp_path, "apps/b", ("Order", "顺序"))]
    (line,) = translations.check(units)
    assert "'Order' is translated otherwise in" in line


def test_updating_adds_what_is_missing_and_drops_what_is_unused(tmp_path):
    unit = catalogue(tmp_path, "apps/a", ("Keep", "留"), ("Old", "旧"))
    unit.used = {Message("", "Keep", ""): [""], Message("c", "one", "many"): [""]}
    assert translations.update(unit)
    keep, new = unit.load()
    assert (keep.msgid, keep.msgstr) == ("Keep", "留")
    assert (new.msgctxt, new.msgid, new.msgid_plural, new.msgstr_plural) == ("c", "one", "many", {0: ""})
    assert not translations.update(unit)


def test_updating_starts_a_catalogue(tmp_path):
    unit = Unit(tmp_path / "apps/a", {Message("", "New", ""): [""]})
    assert translations.update(unit)
    assert unit.load().metadata["Plural-Forms"] == "nplurals=1; plural=0;"


def test_compiling_writes_only_what_changed(tmp_path):
    unit = catalogue(tmp_path, "apps/a", ("Yes", "是"))
    (target,) = translations.compile_changed(tmp_path)
    with target.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Yes") == "是"
    assert translations.compile_changed(tmp_path) == []
    later = target.stat().st_mtime + 10
    os.utime(unit.catalogue, (later, later))
    assert translations.compile_changed(tmp_path) == [target]
    assert [path.name for path in sorted(target.parent.iterdir())] == ["django.mo", "django.po"]


def test_the_command_checks_only_the_units_it_is_told(capsys):
    assert translations.main(["--check", "node", "kernel/ui", "engines/identity"]) == 0
    assert capsys.readouterr().out == ""
