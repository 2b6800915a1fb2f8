"""Tables of the base data: administrative divisions through time, as this node keeps and answers for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Division(models.Model):
    """One unit under one code and one name, as :class:`twincity.apps.sharing.divisions.Division`."""

    class Home:
        kept = "member"
        leaves = "published"
        erase = "keep"

    code = models.CharField(_("code"), max_length=9)
    name = models.CharField(_("name"), max_length=60)
    level = models.CharField(_("level"), max_length=8)
    parent = models.CharField(_("parent"), max_length=9, blank=True, db_index=True)
    valid_from = models.CharField(_("in force from"), max_length=10, blank=True)
    """Day, month or year, as fine as it is known; so is the end."""
    valid_to = models.CharField(_("in force until"), max_length=10, blank=True)
    lng = models.CharField(_("longitude"), max_length=16, blank=True)
    """Decimal degrees as text: no digit of the source is lost, and none is made up."""
    lat = models.CharField(_("latitude"), max_length=16, blank=True)
    datum = models.CharField(_("datum"), max_length=16, blank=True)
    successors = models.JSONField(_("successors"), default=list)
    status = models.CharField(_("state"), max_length=12)
    verified = models.BooleanField(_("confirmed"))
    note = models.CharField(_("note"), max_length=400, blank=True)
    province = models.CharField(_("province"), max_length=2)
    """First two digits of the code."""

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        constraints = [
            models.UniqueConstraint(fields=["code", "name", "valid_from"], name="sharing_division_use"),
        ]
        indexes = [models.Index(fields=["province", "level"], name="sharing_division_level")]


class DivisionChange(models.Model):
    """One event in the history of codes, as :class:`twincity.apps.sharing.divisions.Change`."""

    class Home:
        kept = "member"
        leaves = "published"
        erase = "keep"

    id = models.CharField(primary_key=True, max_length=16)
    date = models.CharField(_("date"), max_length=10)
    kind = models.CharField(_("what happened"), max_length=20)
    old_code = models.CharField(_("old code"), max_length=9, blank=True, db_index=True)
    old_name = models.CharField(_("old name"), max_length=60, blank=True)
    new_code = models.CharField(_("new code"), max_length=9, blank=True, db_index=True)
    new_name = models.CharField(_("new name"), max_length=60, blank=True)
    basis = models.CharField(_("basis"), max_length=12)
    document = models.CharField(_("document"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    verified = models.BooleanField(_("confirmed"))
    defect = models.CharField(_("defect"), max_length=20, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("change of a code")
        verbose_name_plural = _("changes of codes")
