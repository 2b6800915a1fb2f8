"""Django's name for this app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class XRoadConfig(AppConfig):
    """A face over the exchange that speaks X-Road's REST protocol."""

    name = "twincity.apps.xroad"
    label = "xroad"
    verbose_name = _("X-Road interface")
    default = True
