"""Who may act for whom, and what was done so."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity.models.accounts import Account, Party
from twincity.kernel import clock


class Mandate(models.Model):
    """A party lets somebody act for it; withdrawn mandates stay, so that past acts keep their ground."""

    principal = models.ForeignKey(Party, models.PROTECT, verbose_name=_("acts for"), related_name="mandates")
    agent = models.CharField(_("agent"), max_length=400, db_index=True)
    """Identifier URI of an account or a party; a party stands for all accounts that stand for it."""
    agent_title = models.CharField(_("agent's name"), max_length=200)
    scope = models.JSONField(_("acts"))
    since = models.DateTimeField(_("term begins"), default=clock.now)
    until = models.DateTimeField(_("term ends"), null=True, blank=True)
    may_pass_on = models.BooleanField(_("may be passed on"), default=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="passed_on")
    given_by = models.ForeignKey(Account, models.PROTECT, verbose_name=_("given by"), null=True, related_name="+")
    evidence = models.CharField(_("grounds"), max_length=200, blank=True)
    revoked = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    revoked_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "keep"

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ["-created", "-id"]


class ActDone(models.Model):
    """An act that an account did for a principal, under a mandate: both names stand beside it."""

    at = models.DateTimeField(_("at"), default=clock.now, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("agent"), related_name="+")
    principal = models.ForeignKey(Party, models.PROTECT, verbose_name=_("acts for"), related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, verbose_name=_("mandate"), null=True, related_name="acts")
    """None where the account is the principal's own."""
    act = models.CharField(_("act"), max_length=250)
    reference = models.CharField(_("reference"), max_length=200, blank=True)

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "keep"

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        ordering = ["-at", "-id"]
