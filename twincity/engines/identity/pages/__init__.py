"""A person's own pages: who they are here, their sessions and their mandates."""

from __future__ import annotations

from twincity.engines.identity.pages.me import me

__all__ = ["me"]
