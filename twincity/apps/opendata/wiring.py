"""Registers the app's machine doors."""

from __future__ import annotations

from twincity.apps.opendata.api import actions, dcat

__all__ = ["actions", "dcat"]
