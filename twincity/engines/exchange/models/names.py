"""Names that the operator gave to members, systems and services for other protocols."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutsideNameRow(models.Model):
    """A name, as :class:`twincity.engines.exchange.names.book.OutsideName`."""

    name = models.CharField(_("name"), max_length=900, unique=True)
    """Percent-encoded parts joined by slashes."""
    member = models.CharField(_("member"), max_length=253)
    title = models.CharField(_("title"), max_length=200, blank=True)
    system = models.CharField(_("local system"), max_length=100, blank=True)
    services = models.JSONField(_("services"), default=dict)
    purposes = models.JSONField(_("purposes"), default=dict)
    addresses = models.JSONField(_("addresses"), default=list)

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "keep"

    class Meta:
        verbose_name = _("outside name")
        verbose_name_plural = _("outside names")
        ordering = ["name"]
