"""The demo's step on messages that wait, on live nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from twincity.node.demo.delivery import deliver
from twincity.node.demo.stage import Stage
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, live_circle


@pytest.mark.slow
def test_what_waits_arrives_by_network_and_by_file(tmp_path: Path, capsys) -> None:
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        deliver(Stage(tmp_path, circle))
    assert capsys.readouterr().out.count("✓") == 6
