"""The components as templates use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from twincity.kernel.problems import INVALID, Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table
from twincity.kernel.ui.templatetags import kernel


def draw(source, **context):
    with translation.override("en"):
        return Template("{% load kernel %}" + source).render(Context(context))


def rows():
    return [{"name": "甲", "count": 3, "key": "k" * 40}, {"name": "<i>", "count": None, "key": ""}]


def table(found, **more):
    columns = [Column("Name", "name"), Column("Count", lambda row: row["count"], "number"), Column("Key", "key", "id")]
    return Table(columns, found, **more)


def test_a_table_has_row_heads_and_a_label_in_every_other_cell():
    html = draw("{% table t %}", t=table(rows(), caption="All of it"))
    assert html.count('<th scope="col"') == 3
    assert html.count('<th scope="row"') == 2
    assert html.count('data-label="Count"') == html.count('data-label="Key"') == 2
    assert "All of it</caption>" in html


def test_cells_are_escaped_shortened_and_dashed():
    html = draw("{% table t %}", t=table(rows()))
    assert "&lt;i&gt;" in html
    assert "kkkkkkkk…kkkkkkkk" in html
    assert html.count('class="tc-none"') == 2


def test_a_table_reads_attributes_and_keeps_markup_made_by_parts():
    class Row:
        state = parts.pill("done", "good")

    assert '<span class="tc-pill"' in draw("{% table t %}", t=Table([Column("State", "state")], [Row()]))


@pytest.mark.parametrize(("empty", "said"), [("", "Nothing here yet."), ("No grants", "No grants")])
def test_an_empty_table_says_so(empty, said):
    html = draw("{% table t %}", t=table([], empty=empty))
    assert "<table" not in html
    assert said in html


def test_facts_give_values_their_usual_form():
    html = draw("{% facts rows %}", rows=[("Open", True), ("Note", None)])
    assert html.count("<dt>") == 2
    assert "Yes" in html
    assert "—" in html


def test_steps_mark_where_the_process_stands():
    html = draw("{% steps s %}", s=[("Filed", "done", ""), ("Checked", "now", "Chengdu"), ("Sent", "next", "")])
    assert html.count('aria-current="step"') == 1
    assert "<small>Chengdu</small>" in html
    assert html.count('class="tc-unseen">done') == 1


def test_pages_keep_the_other_parameters():
    request = RequestFactory().get("/?q=a%26b&page=2")
    page = Paginator(range(100), 10).get_page(2)
    html = draw("{% pages page %}", page=page, request=request)
    assert re.search(r'rel="prev"\s+href="\?q=a%26b&amp;page=1"', html)
    assert 'aria-current="page"' in html
    assert "100 entries" in html


def test_one_page_needs_no_links():
    assert "<a" not in draw("{% pages page %}", page=Paginator([1], 10).get_page(1), request=RequestFactory().get("/"))


def test_blocks_wrap_their_content_and_escape_their_titles():
    html = draw(
        "{% panel hostile more='/all/' label='All' %}<p>in</p>{% endpanel %}"
        "{% notice 'bad' 'Oh' %}{{ hostile }}{% endnotice %}{% nothing 'None' %}<a>add</a>{% endnothing %}"
        "{% live '/part/' every=3 %}<p>old</p>{% endlive %}",
        hostile="<y>",
    )
    assert "<h2>&lt;y&gt;</h2>" in html
    assert '<a href="/all/">All</a>' in html
    assert "<p>in</p>" in html
    assert 'data-tone="bad"' in html
    assert 'role="alert"' in html
    assert "&lt;y&gt;" in html
    assert "<a>add</a>" in html
    assert '<tc-live src="/part/" every="3"><p>old</p></tc-live>' in html


@pytest.mark.parametrize(("language", "text"), [("en", "age breaks its rule: negative"), ("zh-hans", "age 不符合规则")])
def test_a_problem_speaks_the_pages_language(language, text):
    problem = Problem(INVALID, field="person.age", rule="R1", name="age", reason="negative")
    with translation.override(language):
        html = Template("{% load kernel %}{% problem p %}").render(Context({"p": problem}))
    assert text in html
    assert "<code>person.age</code>" in html
    assert "<code>R1</code>" in html


class Form(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the <b>charter</b>")
    note = forms.CharField(label="Note", required=False)
    agree = forms.BooleanField(label="Agree", required=False)
    token = forms.CharField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect)


def test_fields_tie_label_help_and_error_to_the_input():
    html = draw("{% fields form %}", form=Form({"token": "t", "kind": "a"}))
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert html.count("data-wrong") == 1


def test_only_what_may_be_left_out_is_marked():
    html = draw("{% fields form %}", form=Form())
    assert html.count("<small>optional</small>") == 1
    assert "<legend>Kind</legend>" in html
    assert html.count('type="hidden"') == 1


def test_crumbs_lead_by_route_and_end_at_the_page():
    html = draw("{% crumb 'Start' 'home' %}{% crumb here %}", here="<here>")
    assert html == '<li><a href="/">Start</a></li><li aria-current="page">&lt;here&gt;</li>'


@pytest.mark.parametrize("tag", sorted(kernel.register.tags))
def test_every_component_is_in_the_readme(tag):
    assert f"{{% {tag} " in (Path(__file__).parents[1] / "README.md").read_text("utf-8")
