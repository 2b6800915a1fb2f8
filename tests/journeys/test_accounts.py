"""Signing in, in a real browser: passkeys, an account of another node, and every page of one's own account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_core_python.selenium import Axe
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
SEEN = 60
"""Seconds that a page may take to show what has to come."""
FIRM = "urn:uscc:91500000MA5U000000"
OWN_PAGES = (
    *("/me/", "/me/sessions/", "/me/mandates/", "/me/visits/", "/accounts/2fa/", "/accounts/2fa/webauthn/"),
    *("/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/activate/", "/accounts/password/change/"),
    *("/accounts/2fa/recovery-codes/generate/", "/accounts/3rdparty/", "/accounts/sessions/"),
)
ENTRANCES = ("/accounts/login/", "/accounts/circle/", "/accounts/password/reset/", "/accounts/signup/")
WIDTHS = (1280, 360)


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("accounts"), [CHONGQING, SICHUAN], apps=["visitors"]) as running:
        cq = running["cq"]
        for name, roles in (("wang", ["operator", "official"]), ("li", ["official"]), ("zhao", ["official"])):
            cq.operate("identity.account", {"username": name, "password": PASSWORD, "roles": roles})
        cq.operate("identity.party", {"identifier": FIRM, "kind": "organisation", "title": "重庆某某科技有限公司"})
        given = {"principal": FIRM, "agent": "li", "scope": ["casework.*"], "may_pass_on": True, "evidence": "营业执照"}
        cq.operate("identity.give-mandate", given)
        yield running


class Desk:
    """Somebody at a browser."""

    def __init__(self, browser: Chrome, address: str, username: str = "wang") -> None:
        self.browser, self.address, self.username = browser, address, username

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    def sign_in(self, path: str = "/me/") -> None:
        self.open(path)
        self.fill(login=self.username, password=PASSWORD)
        self.press("main form [type=submit]")

    def find(self, selector: str) -> WebElement:
        return self.until(lambda browser: next(iter(browser.find_elements(By.CSS_SELECTOR, selector)), None))

    def until(self, condition):
        return WebDriverWait(self.browser, SEEN).until(condition)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            found = self.find(f"main [name={name}]")
            found.clear()
            found.send_keys(value)

    def press(self, selector: str) -> None:
        """Press something that leads to a new page."""
        page = self.find("html")
        self.find(selector).click()
        self.until(lambda _: gone(page))

    def text(self) -> str:
        return self.find("main").text

    def faults(self) -> list[str]:
        """What the accessibility check finds on this page, and what the browser complains about."""
        found = Axe().run(self.browser)["violations"]
        said = [line["message"] for line in self.browser.get_log("browser") if line["level"] == "SEVERE"]
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]] + said

    def look(self, path: str) -> list[str]:
        """Faults of a page at both widths, one that does not fit among them."""
        faults = []
        for width in WIDTHS:
            screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            self.open(path)
            faults += [f"{path} says {each.text}" for each in self.browser.find_elements(By.CSS_SELECTOR, ".tc-status")]
            needed = self.browser.execute_script("return document.documentElement.scrollWidth")
            faults += [f"{path} needs {needed} of {width}"] if needed > width else []
            faults += [f"{path} at {width}: {fault}" for fault in self.faults()]
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return faults


def gone(page: WebElement) -> bool:
    try:
        page.is_enabled()
    except WebDriverException:  # stale, or, in the moment of the change, of no document at all
        return True
    return False


@pytest.fixture
def desk(browser: Chrome, circle: Circle) -> Desk:
    # Passkeys belong to a domain name, which an address of numbers is not.
    return Desk(browser, circle["cq"].address.replace("127.0.0.1", "localhost"))


def with_device(browser: Chrome) -> None:
    """Give the browser a device that holds passkeys and knows its owner."""
    options = VirtualAuthenticatorOptions()
    options.transport = VirtualAuthenticatorOptions.Transport.INTERNAL
    options.has_resident_key = options.has_user_verification = options.is_user_verified = True
    browser.add_virtual_authenticator(options)


def see(desk: Desk, path: str) -> None:
    """Open a page that must be one."""
    desk.open(path)
    assert not desk.browser.find_elements(By.CSS_SELECTOR, ".tc-status")


def show_again(desk: Desk) -> None:
    """Give the password once more where the node asks for it."""
    if "reauthenticate" in desk.browser.current_url:
        desk.fill(password=PASSWORD)
        desk.press("main form [type=submit]")


def add_passkey(desk: Desk, name: str) -> None:
    desk.open("/accounts/2fa/webauthn/add/")
    show_again(desk)
    desk.fill(name=name)
    box = desk.find("[name=passwordless]")
    if not box.is_selected():
        box.click()
    desk.press("#passkey_add")


def test_a_passkey_signs_in_without_password_and_opens_the_back_room(desk: Desk) -> None:
    with_device(desk.browser)
    desk.sign_in()
    add_passkey(desk, "办公电脑")
    see(desk, "/accounts/2fa/")
    assert "办公电脑" in desk.text()
    assert desk.faults() == []
    see(desk, "/accounts/2fa/webauthn/")
    assert "办公电脑" in desk.text()
    assert desk.faults() == []
    desk.press("a[href*='/edit/']")
    desk.fill(name="移动电话")
    desk.press("main form [type=submit]")
    desk.open("/accounts/2fa/webauthn/")
    assert "移动电话" in desk.text()

    desk.press(".tc-session form[action*=logout] button")
    desk.open("/back-room/")
    assert "/accounts/login/" in desk.browser.current_url
    desk.press("#passkey_login")
    desk.until(lambda browser: "/back-room/" in browser.current_url)
    assert desk.find("#site-name")

    desk.open("/me/sessions/")
    ways = [cell.text for cell in desk.browser.find_elements(By.CSS_SELECTOR, "tbody td:first-of-type")]
    assert ways[0] in {"Passkey", "通行密钥"}
    desk.open("/accounts/2fa/webauthn/")
    desk.press("a[href*='/remove/']")
    show_again(desk)
    desk.press("main form [type=submit]")
    desk.open("/accounts/2fa/webauthn/")
    assert "移动电话" not in desk.text()


def test_an_official_signs_in_at_the_other_province_with_the_account_of_home(browser: Chrome, circle: Circle) -> None:
    there = Desk(browser, circle["sc"].address, "zhao")
    there.open("/me/")
    there.press("a[href*='/accounts/circle/']")
    assert there.faults() == []
    there.press(f"button[value='{CHONGQING.id}']")
    assert browser.current_url.startswith(circle["cq"].address + "/accounts/login/")
    there.fill(login="zhao", password=PASSWORD)
    there.press("main form [type=submit]")
    assert circle["sc"].address in there.text()
    assert there.faults() == []
    there.press("main [value=agree]")
    assert browser.current_url == circle["sc"].address + "/me/"
    assert CHONGQING.id in there.text()
    assert "zhao" not in there.text()
    assert there.faults() == []

    here = Desk(browser, circle["cq"].address)
    here.open("/me/visits/")
    assert SICHUAN.id in here.text()
    here.press("main form [type=submit]")
    assert SICHUAN.id not in here.text()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_accessible_fits_and_keeps_to_the_content_policy(
    browser: Chrome, circle: Circle, language: str
) -> None:
    desk = Desk(browser, circle["cq"].address, "li")
    desk.open("/accounts/login/")
    if browser.find_element(By.TAG_NAME, "html").get_attribute("lang") != language:
        desk.press(f".tc-language [lang={language}]")
    faults = [fault for path in ENTRANCES for fault in desk.look(path)]
    desk.sign_in()
    desk.open("/me/mandates/")
    desk.press(f"button[value='{FIRM}']")
    assert "重庆某某科技有限公司" in desk.find(".tc-acting").text
    faults += [fault for path in OWN_PAGES for fault in desk.look(path)]
    assert faults == []
