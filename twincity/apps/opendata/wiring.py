"""Registers the app's machine doors."""

from __future__ import annotations

from twincity.apps.opendata import api

__all__ = ["api"]
