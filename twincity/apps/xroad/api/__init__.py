"""Machine doors: the consumer's side, the provider's side, lists and configuration."""

from __future__ import annotations

from twincity.apps.xroad.api import configuration, consumer, directory, provider

__all__ = ["configuration", "consumer", "directory", "provider"]
