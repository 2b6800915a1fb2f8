"""The demo: three nodes on this machine do the main job, step by step, and stay up to be looked at."""

from __future__ import annotations

from twincity.node.demo.play import play

__all__ = ["play"]
