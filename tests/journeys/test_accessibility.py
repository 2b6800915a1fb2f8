"""Every page of the portal under the rules of axe-core: light on a desk, dark on a phone, and quiet in the console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.axe import violations
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
APPS = ("sharing", "visitors", "dataspace", "govstack", "watch", "probe")
LOOKS = (("light", 1280), ("dark", 360))
ENTRY = f"/catalogue/{CHONGQING.id}"
OPEN = (
    "/",
    "/catalogue/",
    f"{ENTRY}/standard/crossing/1/",
    f"{ENTRY}/standard/crossing/1/form/",
    f"{ENTRY}/standard/crossing/1/print/",
    f"{ENTRY}/dataset/crossing/1/",
    f"{ENTRY}/service/crossing/1/",
    "/catalogue/shared/",
    "/catalogue/compare/",
    "/duties/",
    "/divisions/",
    "/divisions/500231/",
    "/accounts/login/",
    "/accounts/circle/",
    "/nothing/",
)
CLOSED = (
    "/",
    "/catalogue/",
    "/catalogue/subscriptions/",
    "/catalogue/drafts/",
    "/catalogue/drafts/new/",
    "/catalogue/mappings/",
    "/catalogue/mappings/new/",
    "/sources/",
    "/sources/new/",
    "/sources/crossing/",
    "/circle/",
    f"/circle/members/{SICHUAN.id}/",
    "/ledger/",
    "/ledger/exchange/",
    "/ledger/public/0/",
    "/exchanges/",
    "/deliveries/",
    "/agreements/",
    "/agreements/new/",
    "/dataspace/negotiations/",
    "/dataspace/transfers/",
    "/grants/simulate/",
    "/grants/why/",
    "/consents/",
    "/consents/proposal/",
    "/consents/ask/",
    "/consents/code/",
    "/watch/",
    "/watch/alerts/",
    "/watch/limits/",
    "/watch/exports/",
    "/me/",
    "/me/sessions/",
    "/me/mandates/",
    "/me/visits/",
    "/accounts/2fa/webauthn/add/",
)
OWN = ("/", "/mine/", "/mine/accesses/", "/me/")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    folder = tmp_path_factory.mktemp("axe")
    with live_circle(folder, [CHONGQING, SICHUAN], apps=APPS) as circle:
        fill(circle, folder)
        yield circle["cq"]


def fill(circle: Circle, folder: Path) -> None:
    """Something of each kind, so that few lists are empty, and one account for each kind of person."""
    here = circle["cq"]
    table = folder / "crossing.csv"
    table.write_text("code,name,day\nC1,明月山,2026-01-02\nC2,铜锣山,2026-02-03\n", "utf-8")
    title = {"zh-Hans": "省界通道", "en": "Crossings"}
    source = {"path": str(table), "name": "crossing", "title": title, "rhythm": "monthly", "department": "交通局"}
    here.operate("sharing.register", source | {"licence": "urn:twincity:terms:sharing:conditional"})
    here.operate("sharing.publish-source", {"name": "crossing"})
    asked = {"provider": SICHUAN.id, "service": "probe", "path": "/rows", "query": "rows=1", "purpose": "tax"}
    here.operate("exchange.call", asked)
    roles = ["steward", "official", "operator", "auditor"]
    here.operate("identity.account", {"username": "staff", "password": PASSWORD, "roles": roles})
    here.operate("identity.citizen", {"username": "resident", "password": PASSWORD, "title": "居民"})


def sign_in(browser: Chrome, node: LiveNode, username: str) -> None:
    browser.get(f"{node.address}/accounts/login/")
    browser.find_element(By.NAME, "login").send_keys(username)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD + Keys.ENTER)


def found(browser: Chrome, node: LiveNode, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """What is wrong, by page, look and width."""
    wrong = {}
    browser.get_log("browser")
    for look, width in LOOKS:
        browser.add_cookie({"name": "tc-look", "value": look})
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 640}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        for path in paths:
            browser.get(node.address + path)
            if broken := [*violations(browser), *wide(browser, width), *said(browser, path)]:
                wrong[f"{path} {look} {width}"] = broken
    return wrong


def wide(browser: Chrome, width: int) -> list[str]:
    """Whether the page has to be moved sideways."""
    needed = browser.execute_script("return document.documentElement.scrollWidth")
    return [f"needs {needed} of {width} px"] if needed > width else []


def said(browser: Chrome, path: str) -> list[str]:
    """What the console says: errors of scripts, refusals of the content security policy, files that are missing."""
    messages = [each["message"] for each in browser.get_log("browser") if each["level"] in {"SEVERE", "WARNING"}]
    return [each for each in messages if not (path == "/nothing/" and "404" in each)]


def test_pages_that_are_open_to_everybody(browser: Chrome, node: LiveNode) -> None:
    browser.get(node.address)
    assert found(browser, node, OPEN) == {}


def test_pages_of_those_who_work_here(browser: Chrome, node: LiveNode) -> None:
    sign_in(browser, node, "staff")
    assert found(browser, node, CLOSED) == {}
    assert "/accounts/login/" not in browser.current_url


def test_pages_of_a_citizen(browser: Chrome, node: LiveNode) -> None:
    sign_in(browser, node, "resident")
    assert found(browser, node, OWN) == {}
    browser.get(node.address)
    menu = [each.get_attribute("href") for each in browser.find_elements(By.CSS_SELECTOR, "header a")]
    assert node.address + "/mine/" in menu, "a citizen finds their own pages in the menu, also where it is folded"
