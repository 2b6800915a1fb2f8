"""When and how accounts signed in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity.models.accounts import Account
from twincity.kernel import clock


class SignIn(models.Model):
    """One sign-in, or one that failed: what its owner needs in order to notice somebody else's."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField(_("at"), default=clock.now)
    way = models.CharField(_("way"), max_length=300)
    """``password``, ``passkey``, ``oidc:NAME`` or ``circle:MEMBER``."""
    second_factor = models.BooleanField(_("second factor"), default=False)
    failed = models.BooleanField(_("did not succeed"), default=False)
    address = models.CharField(_("network address"), max_length=45, blank=True)

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["account", "-at"], name="identity_sign_in_newest")]
