"""Codes and visits of this node's accounts elsewhere, and what the roles of others are worth here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import clock


class Visit(models.Model):
    """An account of this node that signs in at another: first a code to be redeemed once, then a standing visit.

    Code and handle are kept as digests, so that a copy of the table signs nobody in.
    """

    account = models.CharField(_("account"), max_length=150, db_index=True)
    """Sign-in name."""
    member = models.CharField(_("member"), max_length=253)
    """Where the account is shown."""
    code = models.CharField(max_length=43, unique=True)
    challenge = models.CharField(max_length=43)
    handle = models.CharField(max_length=43, unique=True)
    name_shown = models.BooleanField(_("name shown"), default=False)
    roles_shown = models.JSONField(_("roles shown"), default=list)
    second_factor = models.BooleanField(_("second factor"), default=False)
    authenticated = models.BigIntegerField()
    """Seconds since 1970."""
    created = models.DateTimeField(_("created"), default=clock.now)
    redeemed = models.DateTimeField(_("signed in"), null=True)
    ended = models.DateTimeField(_("ended"), null=True)

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-created", "-id"]


class VisitorRole(models.Model):
    """A role at home that gives a role here; without a row a visitor holds none."""

    member = models.CharField(_("member"), max_length=253)
    """Id of a member, or ``*`` for every one."""
    role_there = models.CharField(_("role at home"), max_length=40)
    role_here = models.CharField(_("role here"), max_length=40)

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    class Meta:
        verbose_name = _("role of visitors")
        verbose_name_plural = _("roles of visitors")
        ordering = ["member", "role_there", "role_here"]
        constraints = [models.UniqueConstraint(fields=["member", "role_there", "role_here"], name="visitors_role_once")]
