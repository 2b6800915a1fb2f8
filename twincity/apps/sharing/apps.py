"""The app as Django sees it; apart from the package, so that its pure parts need no Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharingConfig(AppConfig):
    """Base data of the node's territory, offered to the whole circle."""

    name = "twincity.apps.sharing"
    label = "sharing"
    verbose_name = _("Sharing")
