"""The demo's step about consent holds on live nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from twincity.node.demo.consent import consent
from twincity.node.demo.stage import Stage
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, live_circle

pytestmark = pytest.mark.slow


def test_a_citizen_consents_withdraws_and_sees_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        consent(Stage(tmp_path, circle))
    said = capsys.readouterr().out
    assert said.count("✓") == 5
    assert "✗" not in said
