"""Django's name for this engine; apart from the package, so that the offline verifier needs no Django."""

from __future__ import annotations

from django.apps import AppConfig


class CircleConfig(AppConfig):
    """Engine without tables: its truth lies in the public logs of the anchors."""

    name = "twincity.engines.circle"
    label = "circle"
    default = True
