"""Pages of the circle: who may read them, and that every state of a member is said."""

from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.engines.circle import facade, queries, services, tables
from twincity.engines.circle.tables.words import ago
from twincity.engines.circle.tests.opened import OTHER, opened, sign_in

pytestmark = pytest.mark.django_db
PAGE, LIVE = reverse("circle"), reverse("circle-live")
THEIRS = reverse("circle-member", args=[OTHER])


@pytest.fixture
def circle(node_home, tmp_path):
    with opened(node_home, tmp_path) as made:
        yield made


@pytest.fixture
def reader(client):
    """Somebody with an account and no role at all."""
    return sign_in(client)


def page(browser, address, language="zh-hans", status=200):
    answer = browser.get(address, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("address", [PAGE, LIVE, THEIRS, THEIRS + "fork.json"])
def test_strangers_are_led_to_sign_in(client, circle, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")


def test_charter_and_members_in_both_languages(reader, circle):
    html = page(reader, PAGE)
    assert all(text in html for text in ("章程", "test-circle", "2 个锚点中的 2 个", "四川省", "锚点"))
    html = page(reader, PAGE, "en")
    assert all(text in html for text in ("Charter", "2 of 2 anchors", "Sichuan", "Services it permits"))
    assert queries.overview().digest in html


def test_a_node_without_circle_says_what_to_do(reader):
    assert "尚未加入任何圈" in page(reader, PAGE)
    assert page(reader, LIVE, status=404)


def test_the_live_part_is_a_fragment_of_the_page(reader, circle):
    html = page(reader, LIVE)
    assert "<html" not in html
    assert "<svg" in html
    assert f'src="{LIVE}"' in page(reader, PAGE)


def test_a_member_that_does_not_answer_is_shown_with_the_time_it_was_last_heard(reader, circle):
    found = circle.followed()
    assert "可达" in page(reader, LIVE)
    found.error = "Unreachable"
    html = page(reader, LIVE)
    assert "联系不上" in html
    assert "<time" in html
    assert "连接失败" in page(reader, THEIRS)


def test_a_member_that_is_silent_is_out_of_reach_without_an_error(reader, circle):
    circle.followed().reached_at -= queries.SILENT + 5
    assert "Out of reach" in page(reader, LIVE, "en")


def test_a_log_that_contradicts_itself_is_shown_loudly_with_its_evidence(reader, circle):
    found = circle.followed()
    found.broken = True
    html = page(reader, PAGE)
    assert "四川省的账本自相矛盾" in html
    assert 'role="alert"' in html
    assert page(reader, THEIRS + "fork.json", status=404)
    (circle.home.path / "mirrors" / OTHER / "evidence.json").write_text("{}")
    assert reverse("circle-fork", args=[OTHER]) in page(reader, THEIRS)
    answer = reader.get(THEIRS + "fork.json")
    assert b"".join(answer.streaming_content) == b"{}"
    assert f'filename="fork-{OTHER}.json"' in answer["Content-Disposition"]


def test_an_entry_that_was_not_accepted_is_listed_with_its_reason(reader, circle):
    assert "未被接受的条目" not in page(reader, PAGE)
    circle.hear("not a document <b>")
    html = page(reader, PAGE)
    assert "未被接受的条目" in html
    assert "声明不能接受" in html


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(10, "Critical and normal"), (1000, "Normal only"), (1000, "Evidence marked stale"), (8 * 86_400, "None")],
)
def test_the_age_of_the_directory_says_what_may_be_used(reader, circle, seconds, words):
    circle.witnessed(seconds)
    assert words in page(reader, LIVE, "en")


def test_a_directory_that_nobody_witnessed_permits_nothing(reader, circle):
    view = queries.overview()
    assert view.find(OTHER).freshness.permits == ("critical", "normal")
    facade.circle().state.witnessed.clear()
    assert queries.overview().find(OTHER).freshness.age is None
    assert "never" in page(reader, LIVE, "en")


def test_keys_with_term_and_revocation(reader, circle):
    key = circle.home.key("tc1").public.kid
    assert key in page(reader, PAGE)
    services.revoke(member=circle.home.config.id, kid=key, index=7, reason="lost with a laptop")
    html = page(reader, PAGE, "en")
    assert "Revoked" in html
    assert "lost with a laptop" in html
    assert "from entry 7" in html


def test_a_members_page_shows_all_its_keys(reader, circle):
    html = page(reader, THEIRS)
    assert all(circle.other.key(use).public.kid in html for use in ("tc1", "log", "witness", "root"))


def test_nobody_of_that_name(reader, circle):
    answer = reader.get(reverse("circle-member", args=["nobody.test"]), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (404, "name")


def test_members_stand_behind_those_who_admitted_them():
    members = dict.fromkeys(("b.example", "x.a.example", "a.example", "y.x.a.example", "z.b.example"))
    assert queries._in_order(members) == ["a.example", "x.a.example", "y.x.a.example", "b.example", "z.b.example"]


def test_the_picture_has_every_member_once_and_stays_in_its_frame(circle):
    drawn = tables.draw(queries.overview())
    _, _, width, height = map(float, drawn.box.split())
    assert len(drawn.spots) == 2
    assert len({(spot.x, spot.y) for spot in drawn.spots}) == 2
    assert all(0 < float(spot.x) < width and 0 < float(spot.y) < height for spot in drawn.spots)


def test_a_circle_too_large_to_draw_has_the_table_alone(circle, monkeypatch):
    monkeypatch.setattr("twincity.engines.circle.tables.picture.MOST", 1)
    assert tables.draw(queries.overview()) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0"), (119, "119"), (120, "2"), (7200, "2"), (172_800, "2"), (-5, "0")]
)
def test_ages_have_one_number(seconds, words):
    assert "".join(each for each in ago(seconds) if each.isdigit()) == words


def test_the_panel_names_nobody_to_strangers(client, circle):
    html = client.get("/").content.decode()
    assert "test-circle" in html
    assert PAGE not in html.split("<main")[1]
    sign_in(client)
    assert f'href="{PAGE}"' in client.get("/").content.decode().split("<main")[1]
