"""Charts and maps as data: what they refuse, what they draw from, and what is told where nothing is drawn."""

from __future__ import annotations

import json
import re

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.ui import charts, maps
from twincity.kernel.ui.charts import Series
from twincity.kernel.ui.timelines import Event

LABELS = ["May", "June"]


def draw(source, **context):
    with translation.override("en"):
        return Template("{% load kernel %}" + source).render(Context(context))


def data(html):
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', html)
    return json.loads(found)


@pytest.mark.parametrize("values", [[1], [1, 2, 3], [1, float("nan")], [float("inf"), 1]])
def test_a_chart_refuses_what_cannot_be_drawn(values):
    with pytest.raises(ValueError, match="Calls"):
        charts.Line("T", LABELS, [Series("Calls", values)])


def test_a_chart_refuses_more_than_anybody_can_see():
    with pytest.raises(ValueError, match="more than"):
        charts.Bar("T", range(6000), [Series(name, range(6000)) for name in "ab"])


def test_a_chart_comes_with_its_figures_as_a_table():
    figure = charts.Line(
        "Calls", LABELS, [Series("重庆", [1, None]), Series("</script>", [2, 3.5])], unit="k", axis="Month"
    )
    html = draw("{% chart f %}", f=figure)
    assert data(html) == figure.data()
    assert html.count('<th scope="row"') == 2
    assert "3.5" in html
    assert "<details open>" in html
    assert html.count("</script>") == 2


def test_bars_say_how_they_stand():
    assert charts.Bar("T", LABELS, [], stacked=True).data()["stacked"] is True


@pytest.mark.parametrize("place", [(181, 0), (0, 91), (-181, 0), (0, -90.5), (30.3, 107.1)])
def test_a_map_refuses_places_that_are_none(place):
    with pytest.raises(ValueError, match="no place"):
        maps.Point("X", place)


def test_a_map_refuses_a_tone_that_is_none():
    with pytest.raises(ValueError, match="no tone"):
        maps.Point("X", (0, 0), tone="pink")


def test_a_map_refuses_more_than_it_can_draw():
    line = maps.Line("X", [(0.0, 0.0)] * (maps.MAX_PLACES + 1))
    with pytest.raises(ValueError, match="more than"):
        maps.Layer("T", [line])


def test_a_map_is_geojson_and_a_list():
    layer = maps.Layer(
        "Crossings",
        [
            maps.Point("<b>", (107.1, 30.2), tone="good", note="open", href="/x/"),
            maps.Line("River", [(106.0, 29.0), (107.5, 30.0)]),
            maps.Area("Zone", [[(106.0, 29.5), (106.5, 29.5), (106.5, 31.0), (106.0, 29.5)]]),
        ],
        attribution="Survey",
    )
    html = draw("{% map l %}", l=layer)
    found = data(html)
    assert [each["geometry"]["type"] for each in found["features"]] == ["Point", "LineString", "Polygon"]
    assert found["bbox"] == [106.0, 29.0, 107.5, 31.0]
    assert '<a href="/x/">&lt;b&gt;</a>' in html
    assert "River" in html
    assert "<small>Survey</small>" in html


def test_a_map_from_elsewhere_carries_no_features():
    html = draw("{% map l %}", l=maps.Layer("T", [maps.Point("A", (1, 2))], src="/places.json", bbox=(0, 0, 9, 9)))
    assert 'src="/places.json"' in html
    assert data(html) == {"type": "FeatureCollection", "features": [], "bbox": [0, 0, 9, 9]}


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_every_place_lies_within_the_box(places):
    west, south, east, north = maps.Layer("T", [maps.Line("L", places)]).box()
    assert all(west <= x <= east and south <= y <= north for x, y in places)


def test_a_map_of_nothing_has_no_box():
    assert "bbox" not in maps.Layer("T").data()


def test_a_timeline_shows_what_was_and_what_is_ahead():
    html = draw("{% timeline e %}", e=[Event(1_700_000_000_000, "<Filed>", "good", "note", "/f/"), Event(None, "Due")])
    assert '<a href="/f/">&lt;Filed&gt;</a>' in html
    assert 'data-tone="good"' in html
    assert html.count("data-ahead") == 1


def test_progress_shows_numbers_only_when_there_is_an_end():
    html = draw("{% progress 3 10 'Rows' %}")
    assert re.search(r'<progress max="10"\s+value="3">', html)
    assert "3 / 10" in html
    assert "max=" not in draw("{% progress 3 label='Rows' %}")


def test_states_say_what_can_be_done():
    html = draw("{% offline 'Gone' retry='/again/' %}<p>old</p>{% endoffline %}{% failure 'Broken' %}{% endfailure %}")
    assert 'data-state="offline"' in html
    assert 'href="/again/"' in html
    assert html.count("Try again") == 1
    assert draw("{% loading 4 %}").count("tc-bone") == 4


def test_a_chip_leads_to_the_listing_without_it():
    html = draw("{% chip '<x>' remove='?page=1' %}")
    assert "&lt;x&gt;" in html
    assert 'aria-label="Remove &lt;x&gt;"' in html
