"""Registers the operations of identity."""

from __future__ import annotations

from twincity.engines.identity import operations

__all__ = ["operations"]
