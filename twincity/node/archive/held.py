"""The mark of a restored node that may not run, until an operator has looked at it."""

from __future__ import annotations

from pathlib import Path

from twincity.kernel.problems import Problem, define

HELD = "restore.held"
"""Lies in the home of a node that may not run."""
SET_BACK = define(
    "restore-held",
    409,
    zh="此节点由备份恢复, 尚不能运行: {reason}",
    en="This node was restored from a backup and may not run: {reason}",
)


def hold(home: Path, reason: str) -> None:
    """Keep a node from running until an operator has looked at it."""
    (home / HELD).write_text(reason + "\n", "utf-8")


def require_free(home: Path) -> None:
    """Pass for a node that may run.

    Raises:
        Problem: ``restore-held`` with the reason.
    """
    path = home / HELD
    if path.exists():
        raise Problem(SET_BACK, field="home", reason=path.read_text("utf-8").strip())
