"""Django's name for this app."""

from __future__ import annotations

from django.apps import AppConfig


class ProbeConfig(AppConfig):
    """App without pages."""

    name = "twincity.apps.probe"
    label = "probe"
    default = True
