"""Machine doors of the building blocks, one module each."""

from __future__ import annotations

from twincity.apps.govstack.api import consent, mediator

__all__ = ["consent", "mediator"]
