"""Accessibility of a page as axe-core sees it: ``assert not violations(browser)``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from selenium.webdriver import Chrome

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN = """
const [tags, done] = arguments;
axe.run(document, { runOnly: tags, resultTypes: ["violations"] })
   .then(found => done(found.violations), error => done([{ id: String(error), impact: "failed", nodes: [] }]));
"""


def violations(browser: Chrome, tags: Iterable[str] = STANDARDS) -> list[str]:
    """What breaks a rule on the page that is open, one text for each element: rule, element, what to do.

    The script comes in through the driver, which the page's content security policy does not bind.
    """
    browser.execute_script(_script())
    found: list[dict[str, Any]] = browser.execute_async_script(_RUN, list(tags))
    return [
        f"{rule['id']} ({rule['impact']}) at {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"] or [{"target": ["?"], "failureSummary": ""}]
    ]


@cache
def _script() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
