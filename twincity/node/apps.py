"""Django's names for the node and its back room."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BackRoomConfig(admin.AdminConfig):
    """Django's admin behind a second factor."""

    default = False
    default_site = "twincity.node.backroom.BackRoom"


class NodeConfig(AppConfig):
    """The node itself, without tables; brings the boundary checks."""

    name = "twincity.node"
    label = "node"
    default = True

    def ready(self) -> None:
        from twincity.node import checks, wiring  # noqa: PLC0415  models must be loaded first

        checks.register_all()
        wiring.wire()
