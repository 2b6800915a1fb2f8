"""The background door: getting lists of distributions that visitors asked for."""

from __future__ import annotations

from typing import Any

from twincity.apps.opendata import services
from twincity.kernel.jobs import job


@job("opendata.lists", every=2)
def lists(_: Any) -> None:
    """Get some of the lists that were asked for and are not here."""
    services.get_lists()
