"""The app as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WatchConfig(AppConfig):
    """Traffic, alerts and exports of evidence."""

    name = "twincity.apps.watch"
    label = "watch"
    verbose_name = _("Watch")
