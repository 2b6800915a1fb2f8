"""Pieces of pages: what they show, and that nothing put into them becomes markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from html import unescape

import pytest
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.ui import parts

MOMENT = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("tone", sorted(parts.TONES))
def test_a_pill_names_its_tone(tone):
    assert parts.pill("ok", tone) == f'<span class="tc-pill" data-tone="{tone}">ok</span>'


def test_an_unknown_tone_is_refused():
    with pytest.raises(ValueError, match="no tone 'green'"):
        parts.pill("ok", "green")


@given(st.text(min_size=1))
def test_an_identifier_keeps_its_full_value_and_both_ends(value):
    html = parts.ident(value)
    shown = unescape(strip_tags(html)) if "<" not in value and ">" not in value else None
    assert f'value="{parts.format_html("{}", value)}"' in html
    if shown is not None and len(value) > 19:
        assert shown == value[:8] + "…" + value[-8:]


@pytest.mark.parametrize(("length", "cut"), [(19, False), (20, True)])
def test_an_identifier_is_cut_only_where_that_saves_room(length, cut):
    assert ("…" in parts.ident("x" * length)) is cut


def test_an_identifier_may_be_a_link():
    assert '<a href="/x/">' in parts.ident("abc", href="/x/")


@pytest.mark.parametrize("hostile", ["<b>", '"><script>', "'&"])
def test_nothing_put_in_becomes_markup(hostile):
    pieces = [parts.pill(hostile), parts.ident(hostile, hostile), parts.link(hostile, hostile)]
    for piece in pieces:
        assert "<b>" not in piece
        assert "<script>" not in piece
        assert not re.search(r'="[^"]*[<>]', piece)


@pytest.mark.parametrize(
    ("style", "local"), [("second", "2026-11-23 02:30:05"), ("minute", "2026-11-23 02:30"), ("date", "2026-11-23")]
)
def test_an_instant_is_shown_in_beijing_time_and_keeps_utc(style, local):
    exact = "2026-11-22T18:30:05Z"
    assert parts.instant(MOMENT, style) == f'<time datetime="{exact}" title="{exact}">{local}</time>'


def test_instants_of_other_zones_and_milliseconds_are_the_same_instant():
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=-5)))
    assert parts.instant(elsewhere) == parts.instant(MOMENT) == parts.instant(MOMENT.timestamp() * 1000)


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_shown_as_a_dash(nothing):
    assert strip_tags(parts.shown(nothing)) == "—"


def test_values_take_their_usual_form():
    assert parts.shown(MOMENT) == parts.instant(MOMENT)
    assert 'data-tone="good"' in parts.shown(True)
    assert 'data-tone="quiet"' in parts.shown(False)
    assert parts.shown(0) == 0
