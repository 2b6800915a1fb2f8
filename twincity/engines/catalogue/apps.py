"""The engine as Django sees it; apart from the package, so that its pure rules need no Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """A table over the public logs of all members, and this node's quality runs."""

    name = "twincity.engines.catalogue"
    label = "catalogue"
    verbose_name = _("Catalogue")
