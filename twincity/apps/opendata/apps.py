"""The app as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpenDataConfig(AppConfig):
    """DCAT-AP and CKAN over the circle's catalogue."""

    name = "twincity.apps.opendata"
    label = "opendata"
    verbose_name = _("Open data interfaces")
