"""Security Servers that may bring calls to this node."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SecurityServer(models.Model):
    """A Security Server of an X-Road network, believed by its network address."""

    address = models.GenericIPAddressField(_("address"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=100)
    """X-Road's messages name none: what calls of its clients count as, for grants."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    class Meta:
        verbose_name = _("Security Server")
        verbose_name_plural = _("Security Servers")
        ordering = ["address"]
