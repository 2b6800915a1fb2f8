"""Circle: who belongs, by which charter, with which keys, and how fresh that knowledge is."""

from __future__ import annotations

from django.apps import AppConfig


class CircleConfig(AppConfig):
    """Engine without tables: its truth lies in the public logs of the anchors."""

    name = "twincity.engines.circle"
    label = "circle"
    default = True
