"""Listings: what their address may say, how their heads lead on, and what their files hold."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.problems import Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.exports import BOM, as_csv, harmless, plain
from twincity.kernel.ui.listings import ListingForm
from twincity.kernel.ui.tables import Column, Table

MOMENT = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)
KEY = "k" * 40


class Form(ListingForm):
    sorts = ("at", "peer")
    peer = forms.CharField(required=False, max_length=10)


def form(query):
    return Form(QueryDict(query))


def test_what_narrows_a_listing_is_told_apart_from_how_it_is_shown():
    asked = form("peer=sc&page=3&sort=-at&format=csv")
    assert asked.checked() == {"peer": "sc"}
    assert (asked.number(), asked.order("-at", "pk"), asked.as_csv) == (3, ("-at", "pk"), True)


@pytest.mark.parametrize(
    ("query", "order"),
    [("", ("-at", "pk")), ("sort=peer", ("peer", "-at", "pk")), ("sort=at", ("at", "pk"))],
)
def test_the_usual_order_settles_what_the_chosen_one_leaves_open(query, order):
    asked = form(query)
    asked.checked()
    assert asked.order("-at", "pk") == order


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("sort=secret", "invalid", "sort"),
        ("sort=--at", "invalid", "sort"),
        ("format=xls", "invalid", "format"),
        ("page=0", "invalid", "page"),
        ("peer=12345678901", "invalid", "peer"),
        ("other=1", "unknown-parameter", "other"),
    ],
)
def test_what_the_listing_does_not_know_is_refused(query, code, field):
    with pytest.raises(Problem) as refused:
        form(query).checked()
    assert (refused.value.kind.code, refused.value.field) == (code, field)


def table(query="", rows=(), **more):
    request = RequestFactory().get(f"/?{query}")
    columns = [Column("Peer", "peer", sort="peer"), Column("At", "at", sort="at"), Column("Key", "key", "id")]
    return Table(columns, rows, request=request, **more)


@pytest.mark.parametrize(
    ("query", "order", "href"),
    [
        ("", "", "?sort=at"),
        ("sort=at", "ascending", "?sort=-at"),
        ("sort=-at&page=4&peer=a%26b", "descending", "?sort=at&peer=a%26b"),
        ("sort=peer", "", "?sort=at"),
    ],
)
def test_a_head_leads_to_the_other_order_and_to_the_first_page(query, order, href):
    head = table(query).heads[1]
    assert (head.order, head.href) == (order, href)


def test_a_column_without_a_key_leads_nowhere():
    assert table().heads[2].href == ""


def test_the_file_has_the_same_rows_in_the_same_order_as_the_listing():
    assert table("sort=-at&page=2", export=True).csv == "?sort=-at&format=csv"
    assert table("sort=-at").csv == ""


def test_only_a_listing_shown_whole_is_sorted_where_it_is_shown():
    columns = [Column("N", lambda row: row)]
    assert Table(columns, range(3)).whole
    assert Table(columns, Paginator(range(3), 5).get_page(1)).whole
    assert not Table(columns, Paginator(range(9), 5).get_page(1)).whole
    assert not Table(columns, range(3), part=True).whole
    assert not table().whole


def read(answer):
    text = b"".join(answer.streaming_content).decode()
    return text, list(csv.reader(io.StringIO(text.removeprefix(BOM))))


def test_a_file_says_everything_in_full():
    rows = [{"peer": "邻水, 县", "at": MOMENT, "key": KEY}, {"peer": None, "at": None, "key": ""}]
    text, lines = read(as_csv(table(rows=rows), "calls"))
    assert text.startswith(BOM)
    assert lines == [["Peer", "At", "Key"], ["邻水, 县", "2026-11-22T18:30:05Z", KEY], ["", "", ""]]


def test_a_file_is_named_and_may_go_without_its_mark():
    answer = as_csv(table(), "calls", bom=False)
    assert answer["Content-Disposition"] == 'attachment; filename="calls.csv"'
    assert read(answer)[0] == "Peer,At,Key\r\n"


def test_a_column_may_say_more_in_a_file_than_on_the_page():
    columns = [Column("Sum", lambda _: "1.2 万", text=lambda row: row)]
    assert read(as_csv(Table(columns, [12345]), "x"))[1][1] == ["12345"]


def test_a_query_set_is_read_in_pieces():
    class Rows:
        def iterator(self, chunk_size):
            assert chunk_size
            yield 7

    assert read(as_csv(Table([Column("N", lambda row: row)], Rows()), "x"))[1][1] == ["7"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (parts.pill("Late", "warn"), "Late"),
        (parts.ident(KEY, "/x/"), KEY),
        (parts.instant(MOMENT), "2026-11-22T18:30:05Z"),
        (parts.link("/x/", "a & b"), "a & b"),
        (parts.NONE, ""),
        (parts.yes_no(1) + parts.ident("z"), "是z"),
        (True, "true"),
        (0, "0"),
        ("<b>", "<b>"),
    ],
)
def test_cells_in_words(cell, words):
    assert plain(cell) == words


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=", "-", "1=1\n"[3:]])
def test_formulas_are_disarmed(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+86", "-1,234.5", "-3%", "12", "a=b", "", "重庆"])
def test_numbers_and_words_stay_what_they_are(text):
    assert harmless(text) == text


@given(st.text())
def test_no_text_gets_into_a_file_as_a_formula(text):
    _, (_, (cell,)) = read(
        as_csv(Table([Column("T", lambda row: row)], [text.replace("\r", "").replace("\0", "")]), "x")
    )
    assert not cell or cell[0] not in "=+-@\t＝＋－＠" or cell.strip("+-0123456789.,%") == ""
