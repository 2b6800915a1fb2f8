"""Registers the operations of identity, and what it notes of sign-ins."""

from __future__ import annotations

from twincity.engines.identity import accounts, operations

__all__ = ["accounts", "operations"]
