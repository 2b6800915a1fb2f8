"""The composition root: what puts kernel, engines and apps together into a running node."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BackRoomConfig(AdminConfig):
    """Django's admin behind a second factor."""

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
