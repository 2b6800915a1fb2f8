"""Two stewards and two nodes, in the browser alone: ask for data, approve less than was asked, call, have it proven."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from twincity.engines.exchange.evidence import bundle
from twincity.engines.exchange.evidence.verify import verify
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
PURPOSE = "planning.mingyueshan"
SEEN = 30
"""Seconds that a page may take to show what has to come."""
PAGES = ("/", "/circle/", "/ledger/", "/exchanges/", "/agreements/", "/agreements/new/", "/grants/why/")


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("portal"), [CHONGQING, SICHUAN], apps=["probe"]) as running:
        for node in running.values():
            account = {"username": "steward", "password": PASSWORD, "roles": ["steward"]}
            node.operate("identity.account", account)
        yield running


class Desk:
    """A steward at one node's portal."""

    def __init__(self, browser: Chrome, node: LiveNode) -> None:
        self.browser = browser
        self.node = node

    def sit_down(self, path: str) -> None:
        """Open a page of this node, signing in on the way if need be."""
        self.browser.get(self.node.address + path)
        if "/accounts/login/" in self.browser.current_url:
            self.fill(login="steward", password=PASSWORD)
            self.press("main form [type=submit]")
        self.until(lambda _: self.browser.current_url.startswith(self.node.address + path))

    def find(self, selector: str) -> WebElement:
        return self.until(lambda browser: next(iter(browser.find_elements(By.CSS_SELECTOR, selector)), None))

    def until(self, condition):
        return WebDriverWait(self.browser, SEEN).until(condition)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            found = self.find(f"[name={name}]")
            if found.tag_name == "select":
                Select(found).select_by_value(value)
            elif found.get_attribute("type") == "radio":
                self.find(f"[name={name}][value={value}]").click()
            else:
                found.clear()
                found.send_keys(value)

    def press(self, selector: str) -> None:
        """Press something that leads to a new page."""
        page = self.find("html")
        self.find(selector).click()
        self.until(lambda _: gone(page))

    def text(self) -> str:
        return self.find("main").text

    def reload_until(self, words: str) -> None:
        """Look again until the page says so: documents are delivered within about a second."""

        def said(browser: Chrome) -> bool:
            browser.refresh()
            return words in self.text()

        self.until(said)


def gone(page: WebElement) -> bool:
    try:
        page.is_enabled()
    except WebDriverException:  # stale, or, in the moment of the change, of no document at all
        return True
    return False


def test_from_request_to_proof(browser: Chrome, circle: Circle) -> None:
    here, there = Desk(browser, circle["cq"]), Desk(browser, circle["sc"])

    here.sit_down("/")
    here.press(".tc-language [lang=zh-hans]")
    here.sit_down(f"/agreements/new/?provider={SICHUAN.id}&service=probe")
    here.fill(purpose=PURPOSE, reason_zh="明月山旅游环线规划", fields_asked="n, parity, square")
    here.press("main form.tc-form [type=submit]")
    assert "待决定" in here.text()
    agreement = browser.current_url.removeprefix(here.node.address)

    there.sit_down("/agreements/")
    there.reload_until(PURPOSE)
    there.sit_down("/")
    assert "1 份申请待决定" in there.text()
    there.sit_down(agreement)
    assert "明月山旅游环线规划" in there.text()
    there.fill(state="active", fields_given="n, parity", note="平方数不需要")
    there.press("main form.tc-form [type=submit]")
    assert "生效中" in there.text()

    here.sit_down(agreement)
    here.reload_until("平方数不需要")
    assert here.text().count("签名成立") == 2
    called = call(here.node)

    here.sit_down("/exchanges/")
    here.press("main tbody th a")
    assert called in browser.current_url
    here.press("#evidence [type=submit]")
    assert "证明成立" in here.text()
    ticks = browser.find_elements(By.CSS_SELECTOR, "#evidence .tc-tick")
    assert {tick.get_attribute("data-tone") for tick in ticks} == {"good"}
    assert "the agreement is signed by both sides" in here.text()

    report = verify(bundle.read(downloaded(browser, here)), pinned=fingerprint(browser))
    assert report.holds
    assert not [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]


def test_a_refused_call_is_explained_where_it_was_refused(browser: Chrome, circle: Circle) -> None:
    node = circle["sc"]
    refused = {"provider": SICHUAN.id, "service": "probe", "path": "/rows", "query": "rows=1", "purpose": "tax"}
    assert circle["cq"].operate("exchange.call", refused)["outcome"] == "grant-missing"
    desk = Desk(browser, node)
    desk.sit_down("/exchanges/?outcome=refused")
    desk.press("main tbody th a")
    explained = [row.text for row in browser.find_elements(By.CSS_SELECTOR, ".tc-panel tbody tr") if "✗" in row.text]
    assert len(explained) == 1
    assert CHONGQING.id in explained[0] or "tax" in explained[0]


def test_every_page_fits_a_narrow_phone(browser: Chrome, circle: Circle) -> None:
    desk = Desk(browser, circle["cq"])
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    widths = {}
    for path in PAGES:
        desk.sit_down(path)
        widths[path] = browser.execute_script("return document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(PAGES, 360)


def test_a_lost_member_turns_up_on_the_page_of_the_circle_by_itself(browser: Chrome, circle: Circle) -> None:
    desk = Desk(browser, circle["cq"])
    desk.sit_down("/circle/")
    desk.until(lambda _: "2 reachable" in desk.text() or "2 个可达" in desk.text())
    circle["sc"].stop()
    try:
        desk.until(lambda _: "1 out of reach" in desk.text() or "1 个联系不上" in desk.text())
    finally:
        circle["sc"].start()


def call(node: LiveNode) -> str:
    """A call under the agreement, with the fields that were given; its message id."""
    asked = {"provider": SICHUAN.id, "service": "probe", "path": "/rows", "query": "rows=3", "purpose": PURPOSE}
    answer = node.operate("exchange.call", asked)
    assert answer["outcome"] == "ok"
    assert '"n":2,"parity":"even"' in answer["body"]
    assert "square" not in answer["body"]
    return str(answer["message"])


def downloaded(browser: Chrome, desk: Desk) -> bytes:
    """The bundle as the page's link gives it, fetched with the browser's own session."""
    href = desk.find("#evidence a.tc-button").get_attribute("href")
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.get_cookies())
    status, headers, body = desk.node.get(str(href).removeprefix(desk.node.address), {"cookie": cookies})
    assert status == 200
    assert headers["content-disposition"].startswith("attachment")
    return body


def fingerprint(browser: Chrome) -> str:
    """The charter's digest as the page shows it."""
    return str(browser.find_element(By.CSS_SELECTOR, "#evidence tc-copy").get_attribute("value"))
