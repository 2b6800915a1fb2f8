"""The UI kit in a real browser: keys, choices, files, drafts, drawings, looks, and what accessibility rules say."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import product

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.axe import violations
from twincity.node.testkit import CHONGQING, LiveNode, live_circle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
SEEN = 60
"""Seconds that a page may take to show what has to come."""
CALLS, COUNTIES = "tc-table[name=kit-calls]", "tc-table[name=kit-counties]"
COLOURS = """
const [picture, done] = arguments, image = new Image();
image.onload = () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0);
  const pixels = new Uint32Array(paper.getImageData(0, 0, image.width, image.height).data.buffer);
  done(new Set(pixels).size);
};
image.src = `data:image/png;base64,${picture}`;
"""

NO_WEBGL = """
const given = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : given.call(this, kind, ...more);
};
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_circle(tmp_path_factory.mktemp("kit"), [CHONGQING], apps=[]) as circle:
        account = {"username": "operator", "password": PASSWORD, "roles": ["operator"]}
        circle["cq"].operate("identity.account", account)
        circle["cq"].operate("identity.account", {**account, "username": "steward", "roles": ["steward"]})
        yield circle["cq"]


class Screen:
    """A browser at the node, signed in."""

    def __init__(self, browser: Chrome, node: LiveNode, user: str = "operator") -> None:
        self.browser = browser
        self.node = node
        browser.get(f"{node.address}/accounts/login/?next=/kit/wizard/")
        browser.add_cookie({"name": "tc-language", "value": "en"})
        self.type("[name=login]", user)
        self.type("[name=password]", PASSWORD + Keys.ENTER)
        self.until("!document.querySelector('[name=password]')")

    def open(self, path: str = "/kit/", *, width: int = 1280, **cookies: str) -> Screen:
        for name, value in cookies.items():
            self.browser.add_cookie({"name": f"tc-{name}", "value": value})
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 640}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.browser.get(self.node.address + path)
        return self

    def drawn(self) -> Screen:
        """Wait until every chart and the map stand."""
        self.until("document.querySelectorAll('tc-chart canvas').length === 4")
        self.until("document.querySelector('tc-map canvas[data-drawn]')")
        return self

    def run(self, script: str):
        return self.browser.execute_script(f"return {script}")

    def until(self, script: str):
        return WebDriverWait(self.browser, SEEN).until(lambda _: self.run(script))

    def find(self, selector: str):
        return WebDriverWait(self.browser, SEEN).until(
            lambda browser: next(iter(browser.find_elements(By.CSS_SELECTOR, selector)), None)
        )

    def type(self, selector: str, keys: str) -> None:
        field = self.find(selector)
        field.clear()
        field.send_keys(keys)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def column(self, table: str, place: int) -> list[str]:
        cells = f"{table} tbody tr:not([hidden]) > :nth-child({place})"
        return self.run(f"[...document.querySelectorAll({cells!r})].map(cell => cell.textContent.trim())")

    def severe(self) -> list[str]:
        return [line["message"] for line in self.browser.get_log("browser") if line["level"] == "SEVERE"]


@pytest.fixture
def screen(browser: Chrome, node: LiveNode) -> Screen:
    return Screen(browser, node)


def test_arrows_move_between_rows_and_enter_follows_the_link(screen: Screen) -> None:
    screen.open().until(f"document.querySelector('{COUNTIES} tr[tabindex=\"0\"]')")
    screen.run(f"document.querySelector('{COUNTIES} tr[tabindex=\"0\"]').focus()")
    at = "document.activeElement.rowIndex"
    screen.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert screen.run(at) == 3
    screen.press(Keys.END)
    assert screen.run(at) == 9
    screen.press(Keys.ARROW_DOWN, Keys.HOME, Keys.ARROW_DOWN)
    assert screen.run(at) == 2
    assert screen.run(f"document.querySelectorAll('{COUNTIES} tr[tabindex=\"0\"]').length") == 1
    screen.press(Keys.ENTER)
    assert screen.run("location.hash") == "#500231"


def test_a_whole_listing_is_sorted_where_it_is_shown(screen: Screen) -> None:
    screen.open()
    button = screen.find(f"{COUNTIES} th:nth-child(3) .tc-sort")
    button.send_keys(Keys.ENTER)
    rising = screen.column(COUNTIES, 3)
    assert rising == sorted(rising, key=int)
    button.send_keys(Keys.SPACE)
    assert screen.column(COUNTIES, 3) == rising[::-1]
    assert screen.find(f"{COUNTIES} th:nth-child(3)").get_attribute("aria-sort") == "descending"


def test_a_whole_listing_is_searched_where_it_is_shown(screen: Screen) -> None:
    screen.open().type(f"{COUNTIES} input[type=search]", "ＤＡ 5117")
    assert screen.column(COUNTIES, 1) == ["Dazhu", "Dachuan"]
    assert screen.find(f"{COUNTIES} [role=status]").text == "2 of 9 rows"


def test_a_listing_in_pages_is_sorted_by_the_server(screen: Screen) -> None:
    screen.open("/kit/?page=3")
    screen.find(f"{CALLS} th:nth-child(5) a").click()
    screen.until("location.search === '?sort=ms'")
    first = screen.column(CALLS, 5)
    assert first == sorted(first, key=float)
    screen.find(f"{CALLS} th[aria-sort=ascending] a").click()
    screen.until("location.search === '?sort=-ms'")
    assert float(screen.column(CALLS, 5)[0]) > float(first[0])


def test_on_a_phone_the_order_is_chosen_from_a_list(screen: Screen) -> None:
    screen.open(width=360)
    Select(screen.find(f"{CALLS} .tc-order")).select_by_value("-ms")
    screen.until("location.search === '?sort=-ms'")
    assert screen.find(f"{CALLS} .tc-order").get_attribute("value") == "-ms"


def test_columns_and_density_are_chosen_with_the_keyboard_and_remembered(screen: Screen) -> None:
    shown = f"[...document.querySelectorAll('{CALLS} thead th')].filter(head => !head.hidden).length"
    screen.open()
    screen.find(f"{CALLS} summary").send_keys(Keys.ENTER)
    assert screen.run(shown) == 5
    boxes = screen.browser.find_elements(By.CSS_SELECTOR, f"{CALLS} .tc-choice input")
    for place in (0, 4, 5):  # the partner goes, the message comes, rows get narrow
        boxes[place].send_keys(Keys.SPACE)
    boxes[5].send_keys(Keys.ESCAPE)
    assert (
        screen.run(f"document.activeElement.tagName + document.querySelector('{CALLS} details').open") == "SUMMARYfalse"
    )
    screen.open("/kit/?page=2", language="zh-hans").until(f"document.querySelector('{CALLS} table[data-dense]')")
    heads = screen.run(f"[...document.querySelectorAll('{CALLS} thead th')].map(head => head.hidden)")
    assert heads == [False, True, False, False, False, False]


def test_a_file_has_every_row_in_the_order_shown_and_in_full(screen: Screen) -> None:
    href = screen.open("/kit/?sort=-ms").find(f"{CALLS} .tc-export").get_attribute("href")
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in screen.browser.get_cookies())
    status, headers, body = screen.node.get(str(href).removeprefix(screen.node.address), {"cookie": cookies})
    head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert body.startswith(b"\xef\xbb\xbf")
    assert (len(rows), head[-1]) == (137, "Message")
    assert float(rows[0][4]) == max(float(row[4]) for row in rows)
    assert {len(row[5]) for row in rows} == {64}


def test_a_wizard_keeps_what_was_typed_and_goes_on_there(screen: Screen) -> None:
    screen.open("/kit/wizard/").type("[name=dataset]", "Car parks")
    screen.until("document.querySelector('.tc-kept').textContent.includes('Draft kept')")
    screen.open("/").open("/kit/wizard/")
    assert screen.find("[name=dataset]").get_attribute("value") == "Car parks"

    screen.find("[value=next]").click()
    screen.until("document.activeElement.className.includes('tc-errors')")
    screen.find(".tc-errors a").click()
    assert screen.run("document.activeElement.name") == "fields_asked"
    screen.press(Keys.SPACE)
    screen.find("[value=next]").click()

    screen.find("[name=purpose][value=planning]").click()
    screen.type("[name=reason]", "Tourist loop")
    screen.run("document.querySelector('[name=until]').value = '2027-03-01'")
    screen.find("[value=next]").click()
    assert "Tourist loop" in screen.find("main").text
    screen.find("[value=finish]").click()
    assert "Handed in: Car parks" in screen.find(".tc-messages").text
    assert screen.open("/kit/wizard/").find("[name=dataset]").get_attribute("value") == ""


def test_charts_and_the_map_are_drawn_under_the_content_security_policy(screen: Screen) -> None:
    screen.open().drawn()
    canvases = screen.browser.find_elements(By.CSS_SELECTOR, "tc-chart canvas, tc-map canvas")
    colours = [screen.browser.execute_async_script(COLOURS, canvas.screenshot_as_base64) for canvas in canvases]
    assert len(colours) == 5
    assert min(colours) > 10
    assert not screen.run("document.querySelector('.tc-figure details[open]')")
    assert len(screen.browser.find_elements(By.CSS_SELECTOR, ".tc-map-label:not(.tc-away)")) > 5
    assert [line for line in screen.severe() if "/kit/live/" not in line] == []


def test_without_scripts_every_figure_is_a_table_or_a_list(screen: Screen) -> None:
    screen.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    screen.open()
    tables = screen.browser.find_elements(By.CSS_SELECTOR, ".tc-figure details[open] table")
    assert [table.is_displayed() for table in tables] == [True] * 3
    assert "Gaozhu New Area" in screen.find(".tc-figure details[open] .tc-list").text
    assert screen.find(f"{CALLS} thead a").is_displayed()


def test_without_webgl_the_list_of_the_map_stays(screen: Screen) -> None:
    screen.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBGL})
    screen.open()
    assert "cannot draw the map" in screen.find("tc-map .tc-help").text
    assert screen.find("tc-map ~ details").get_attribute("open")


def test_the_page_says_so_when_the_network_is_gone_and_when_it_is_back(screen: Screen) -> None:
    screen.open()
    gone = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    screen.browser.execute_cdp_cmd("Network.enable", {})
    screen.browser.execute_cdp_cmd("Network.emulateNetworkConditions", gone)
    assert "No network" in screen.find(".tc-offline").text
    screen.browser.execute_cdp_cmd(
        "Network.emulateNetworkConditions", {**gone, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    )
    screen.until("!document.querySelector('.tc-offline')")


def test_a_look_is_chosen_and_kept(screen: Screen) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = screen.open().run(ground)
    screen.find(".tc-look [value=dark]").click()
    screen.until(f"{ground} !== '{light}'")
    assert screen.open("/").run(ground) != light
    assert screen.find(".tc-look [value=dark]").get_attribute("aria-pressed") == "true"


def test_the_kit_breaks_no_rule_of_accessibility_and_fits(screen: Screen) -> None:
    found = {}
    for language, look, width in product(("zh-hans", "en"), ("light", "dark"), (1280, 360)):
        screen.open(width=width, language=language, look=look).drawn()
        wide = screen.run("document.documentElement.scrollWidth > innerWidth")
        found[language, look, width] = violations(screen.browser) + ["too wide"] * wide
    assert {place: broken for place, broken in found.items() if broken} == {}


def test_axe_would_see_what_is_wrong(screen: Screen) -> None:
    screen.open("/kit/wizard/").run("document.querySelector('main h1').outerHTML = '<img src=\"/x.png\">'")
    assert any(line.startswith("image-alt") for line in violations(screen.browser))


def test_the_kit_is_for_operators(browser: Chrome, node: LiveNode) -> None:
    assert "403" in Screen(browser, node, "steward").open().find("main").text
