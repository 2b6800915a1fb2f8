"""The two elements in a real browser, against a page without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SCRIPT = Path(__file__).parents[1] / "static/kernel/kernel.js"
PAGE = """<!doctype html><meta charset="utf-8">
<body data-copy="Copy" data-copied="Copied" data-stale="Old since {{time}}">
<script>
  window.calls = 0;
  window.answer = () => ({{ok: true, redirected: false, text: async () => `<p>${{window.calls}}</p>`}});
  window.fetch = async () => {{ window.calls += 1; return window.answer(); }};
  Object.defineProperty(navigator, "clipboard", {{value: {{writeText: async text => {{ window.copied = text; }}}}}});
</script>
<tc-copy value="the whole value">the…</tc-copy>
<tc-live src="/part/" every="0.05"><p>first</p></tc-live>
<script src="{script}"></script>"""

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, tmp_path):
    place = tmp_path / "page.html"
    place.write_text(PAGE.format(script=SCRIPT.as_uri()), "utf-8")
    browser.get(place.as_uri())
    return browser


def until(page, script):
    return WebDriverWait(page, 10).until(lambda browser: browser.execute_script(f"return {script}"))


def test_copying_takes_the_whole_value(page):
    page.find_element(By.CSS_SELECTOR, "tc-copy button").click()
    assert until(page, "window.copied") == "the whole value"
    assert until(page, "document.querySelector('tc-copy button').textContent") == "Copied"


def test_live_content_is_replaced_again_and_again(page):
    assert until(page, "window.calls > 2 && document.querySelector('tc-live p').textContent !== 'first'")


def test_old_content_stays_and_is_marked_until_the_source_answers(page):
    until(page, "window.calls > 1")
    page.execute_script("window.kept = window.answer; window.answer = () => ({ok: false})")
    assert until(page, "document.querySelector('tc-live .tc-stale')?.textContent").startswith("Old since ")
    assert page.find_elements(By.CSS_SELECTOR, "tc-live[data-stale] > p:not(.tc-stale)")
    page.execute_script("window.answer = window.kept")
    assert until(page, "!document.querySelector('tc-live').hasAttribute('data-stale')")


def test_a_redirect_to_the_sign_in_page_is_not_shown(page):
    page.execute_script("window.answer = () => ({ok: true, redirected: true, text: async () => 'sign in'})")
    assert until(page, "document.querySelector('tc-live').hasAttribute('data-stale')")
    assert "sign in" not in page.find_element(By.TAG_NAME, "tc-live").text


def test_the_last_fragment_ends_it(page):
    page.execute_script(
        "window.answer = () => ({ok: true, text: async () => '<p data-live-done>done</p>'}); window.calls = 0"
    )
    until(page, "document.querySelector('[data-live-done]')")
    settled = page.execute_script("return window.calls")
    page.execute_async_script("setTimeout(arguments[0], 400)")
    assert page.execute_script("return window.calls") == settled
