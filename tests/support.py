"""What several tests need: where the shared public data lies, if it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(path: str) -> Path:
    """Path below the data folder that may lie beside the checkout (``../shared``); skips the test when absent."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"public test data not present: shared/{path}")
    return found
