"""Django's name for this app."""

from __future__ import annotations

from django.apps import AppConfig


class GovStackConfig(AppConfig):
    """App without tables or pages."""

    name = "twincity.apps.govstack"
    label = "govstack"
    default = True
