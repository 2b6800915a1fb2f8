"""Tables of services that information systems of the member answer, registered from their description."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import ids


class SystemService(models.Model):
    """A service whose calls go to a system of this member."""

    class Home:
        kept = "member"
        leaves = "published"
        erase = "delete"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    name = models.CharField(_("name"), max_length=63, unique=True)
    title = models.JSONField(_("title"))
    """``{"zh-Hans": …, "en": …}``."""
    system = models.CharField(_("system"), max_length=63)
    """Its name in ``node.toml``, which alone says where it is."""
    standard = models.CharField(_("standard"), max_length=400, blank=True)
    """Identifier URI; empty when its answers are no rows of a standard."""
    described = models.CharField(_("described as"), max_length=150, blank=True)
    """Title and version of the description."""
    description_digest = models.CharField(_("SHA-256 of the description"), max_length=64)
    operations = models.JSONField(_("operations"))
    """Those offered, each with method, path and parameters."""
    health = models.CharField(_("asked for health"), max_length=200)
    """Path of a GET."""
    department = models.CharField(_("responsible department"), max_length=100, blank=True)
    entry = models.CharField(_("identifier"), max_length=400, blank=True)
    """Identifier URI in the catalogue."""
    published = models.BooleanField(_("published"), default=False)
    trouble = models.CharField(_("trouble"), max_length=60, blank=True)
    """Code of the problem that the last look at the system ended with; empty while it answers."""
    since = models.DateTimeField(_("since"), null=True)
    """When it began or ceased to answer; nothing before the first look."""
    changed = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("service of a system")
        verbose_name_plural = _("services of systems")
