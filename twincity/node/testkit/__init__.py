"""Live nodes in one call, for tests, drills, benchmarks and the demo.

    with live_circle(folder, [CHONGQING, SICHUAN, DIANJIANG]) as circle:
        circle["dianjiang"].operate("exchange.ask", {...})

Each node is a process of its own with its own home, as in real life; only the addresses are all on this machine.
"""

from __future__ import annotations

from twincity.node.testkit.live import CHONGQING, DIANJIANG, LINSHUI, SICHUAN, Circle, LiveNode, Spec, live_circle

__all__ = ["CHONGQING", "DIANJIANG", "LINSHUI", "SICHUAN", "Circle", "LiveNode", "Spec", "live_circle"]
