"""The engine as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    """The first engine: every other one may ask it who somebody is."""

    name = "twincity.engines.identity"
    label = "identity"
    verbose_name = _("Accounts and systems")
