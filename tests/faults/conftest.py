"""Figures of a drill: kept in the report and printed."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def figures(request: pytest.FixtureRequest, record_property, capsys) -> Callable[..., None]:
    """Called with named figures; they go to the JUnit report, if one is written, and to the terminal."""

    def tell(**found: object) -> None:
        for name, value in found.items():
            record_property(name, value)
        with capsys.disabled():
            shown = ", ".join(f"{name} {value}" for name, value in found.items())
            print(f"\n{request.node.name}: {shown}", flush=True)

    return tell
