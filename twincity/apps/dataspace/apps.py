"""The app as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DataspaceConfig(AppConfig):
    """The face of the exchange towards dataspaces."""

    name = "twincity.apps.dataspace"
    label = "dataspace"
    verbose_name = _("Dataspace")
