"""Registers the doors of the building blocks."""

from __future__ import annotations

from twincity.apps.govstack import api

__all__ = ["api"]
