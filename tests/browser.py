"""A headless Chromium for tests of pages; ``tests/browser-setup.sh`` installs it where it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


def programs() -> tuple[str, str]:
    """Paths of Chromium and its driver; skips the test, saying why, where one is missing."""
    browser, driver = which("chromium"), which("chromedriver")
    if not (browser and driver):
        missing = " and ".join(name for name, found in (("chromium", browser), ("chromedriver", driver)) if not found)
        pytest.skip(f"no browser: {missing} not installed (as root: tests/browser-setup.sh)")
    return browser, driver


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile; give it another width with ``browser.set_window_size``."""
    binary, driver = programs()
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()
