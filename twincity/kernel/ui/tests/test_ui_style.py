"""The style sheet keeps its promises: size, contrast, and nothing inline that the content security policy refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twincity.kernel.manifests import PACKAGE

STATIC = Path(__file__).parents[1] / "static/kernel"
CSS = (STATIC / "kernel.css").read_text("utf-8")
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("paper", "card", "sunk")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "info", "accent")),
    *((ink, "accent-soft") for ink in ("accent-2",)),
    *((tone, ground) for tone in ("bad", "warn") for ground in ("paper", "card")),
    ("ink-2", "quiet-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-2"),
    ("on-top", "top"),
    ("on-top-2", "top"),
]


def tokens(theme):
    light, dark = re.findall(r":root(?:[^ {]*) \{(.*?)\}", CSS, re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#\w+)", light))
    return found if theme == "light" else found | dict(re.findall(r"--([\w-]+): (#\w+)", dark))


def luminance(colour):
    """Relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    values = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_has_the_contrast_of_wcag_aa(theme, ink, ground):
    found = tokens(theme)
    assert contrast(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_inputs_can_be_seen(theme):
    """WCAG 2.2 criterion 1.4.11 asks 3:1 for what shows where a control is."""
    found = tokens(theme)
    assert contrast(found["line-2"], found["card"]) >= 3


def test_the_sheet_is_small():
    assert len(CSS.encode()) <= 30_000


def test_dark_is_the_same_whether_the_system_says_so_or_somebody_chose_it():
    system, chosen = re.findall(
        r"color-scheme: dark\) \{\s*:root[^{]*\{(.*?)\}|data-theme=\"dark\"\] \{(.*?)\}", CSS, re.DOTALL
    )
    assert re.findall(r"--[\w-]+: [^;]+", system[0]) == re.findall(r"--[\w-]+: [^;]+", chosen[1])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("number", range(1, 7))
def test_every_series_of_a_chart_can_be_seen(theme, number):
    """WCAG 2.2 criterion 1.4.11 asks 3:1 for graphical objects."""
    found = tokens(theme)
    assert contrast(found[f"series-{number}"], found["card"]) >= 3


@pytest.mark.parametrize("name", ["kernel", "tables", "charts", "maps"])
def test_the_scripts_are_small(name):
    assert (STATIC / f"{name}.js").stat().st_size <= 12_000


def test_every_variable_is_defined():
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= set(re.findall(r"--([\w-]+):", CSS))


@pytest.mark.parametrize(
    "path",
    [path for path in PACKAGE.rglob("templates/**/*.html") if "tests" not in path.parts],
    ids=lambda path: path.name,
)
def test_templates_hold_nothing_inline(path):
    text = path.read_text("utf-8")
    assert not re.search(r"""<style|\sstyle=|\son[a-z]+=["']|javascript:""", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
