"""Runs each unit's ``wiring.py``, engines first: services, jobs, standards and operations register themselves."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings


def wire() -> None:
    """Import the node's own operations, and ``wiring`` of every enabled unit that has one."""
    import_module("twincity.node.operations")
    for unit in settings.UNITS:
        if find_spec(f"{unit.module}.wiring"):
            import_module(f"{unit.module}.wiring")
