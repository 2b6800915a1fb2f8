"""Django's name for this app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitorsConfig(AppConfig):
    """Lets accounts of other members sign in here, and accounts of this node there."""

    name = "twincity.apps.visitors"
    label = "visitors"
    verbose_name = _("Sign-in across nodes")
    default = True
