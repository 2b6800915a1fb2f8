"""The demo's step over registered data holds on two live nodes."""

from __future__ import annotations

import pytest

from twincity.node.demo.datasets import datasets
from twincity.node.demo.stage import Stage
from twincity.node.testkit import CHONGQING, SICHUAN, live_circle

pytestmark = pytest.mark.slow


def test_the_step_holds(tmp_path, capsys):
    with live_circle(tmp_path, [CHONGQING, SICHUAN], apps=["sharing"]) as circle:
        datasets(Stage(tmp_path, circle))
    assert capsys.readouterr().out.count("✓") == 3
