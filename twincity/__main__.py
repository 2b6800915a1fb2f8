"""``python -m twincity`` is the command line."""

from __future__ import annotations

from twincity.node.cli import main

main()
