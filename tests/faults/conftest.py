"""Figures of a drill, kept in the report and printed; nodes that start as fast as installed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _compiled(tmp_path_factory) -> Iterator[None]:
    """Bytecode is kept for the nodes' many starts, whatever the environment says, and not in the tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "")
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


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
