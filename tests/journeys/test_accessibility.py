"""Every page of the portal, light and dark, on a desk and on a phone, under the rules of axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.axe import COLOURS, STANDARDS, violations
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
OPEN = ("/", "/catalogue/", "/divisions/", "/divisions/500231/", "/accounts/login/", "/nothing/")
CLOSED = (
    "/",
    "/circle/",
    f"/circle/members/{SICHUAN.id}/",
    "/ledger/",
    "/ledger/exchange/",
    "/ledger/public/0/",
    "/exchanges/",
    "/agreements/",
    "/agreements/new/",
    "/grants/why/",
    "/me/",
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_circle(tmp_path_factory.mktemp("axe"), [CHONGQING, SICHUAN]) as circle:
        call(circle)
        account = {"username": "steward", "password": PASSWORD, "roles": ["steward"]}
        circle["cq"].operate("identity.account", account)
        yield circle["cq"]


def call(circle: Circle) -> None:
    """One exchange, so that no list of them is empty."""
    asked = {"provider": SICHUAN.id, "service": "probe", "path": "/rows", "query": "rows=1", "purpose": "tax"}
    circle["cq"].operate("exchange.call", asked)


def found(browser: Chrome, node: LiveNode, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """What is wrong, by page, look and width."""
    wrong = {}
    for look, width, path in product(("light", "dark"), (1280, 360), paths):
        browser.add_cookie({"name": "tc-look", "value": look})
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 640}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(node.address + path)
        if broken := violations(browser, STANDARDS if look == "light" else COLOURS):
            wrong[f"{path} {look} {width}"] = broken
    return wrong


def test_pages_that_are_open_to_everybody(browser: Chrome, node: LiveNode) -> None:
    browser.get(node.address)
    assert found(browser, node, OPEN) == {}


def test_pages_that_ask_to_sign_in(browser: Chrome, node: LiveNode) -> None:
    browser.get(f"{node.address}/accounts/login/")
    browser.find_element(By.NAME, "login").send_keys("steward")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD + Keys.ENTER)
    assert found(browser, node, CLOSED) == {}
    assert "/accounts/login/" not in browser.current_url
