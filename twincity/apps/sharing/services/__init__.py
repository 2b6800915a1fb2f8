"""Writes of the base data: loading the tables, and publishing them."""

from __future__ import annotations

from twincity.apps.sharing.services.duties import link, publish_duties
from twincity.apps.sharing.services.loading import Loaded, load_divisions
from twincity.apps.sharing.services.publishing import Published, publish

__all__ = ["Loaded", "Published", "link", "load_divisions", "publish", "publish_duties"]
