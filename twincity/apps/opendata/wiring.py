"""Registers the app's descriptions and its job."""

from __future__ import annotations

from twincity.apps.opendata import jobs
from twincity.apps.opendata.api import actions, dcat

__all__ = ["actions", "dcat", "jobs"]
