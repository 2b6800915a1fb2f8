"""Who may act here: accounts with roles, parties they stand for, and systems that call out through the node."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import rules
from twincity.kernel import clock


class RoleName(models.TextChoices):
    """The roles with the names people read."""

    STEWARD = rules.Role.STEWARD.value, _("Data steward")
    OFFICIAL = rules.Role.OFFICIAL.value, _("Case officer")
    OPERATOR = rules.Role.OPERATOR.value, _("Operator")
    AUDITOR = rules.Role.AUDITOR.value, _("Auditor")


class PartyKind(models.TextChoices):
    """What a party is."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")
    SYSTEM = "system", _("System")


class Party(models.Model):
    """A person, organisation or system that rights and duties can belong to, known everywhere by its identifier."""

    identifier = models.CharField(_("identifier"), max_length=400, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PartyKind.choices)
    title = models.CharField(_("name"), max_length=200)
    created = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "blank"

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["identifier"]

    def __str__(self) -> str:
        return self.title


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; the names are those Django and its commands expect."""

    def create_user(self, username: str, password: str | None = None, title: str = "") -> Account:
        """An account without roles."""
        account = self.model(username=rules.clean_username(username), title=title)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, username: str, password: str | None = None) -> Account:
        """An operator: this node knows no power beyond its roles."""
        account = self.create_user(username, password)
        account.held.create(role=RoleName.OPERATOR)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=rules.clean_username(username or ""))


class Account(AbstractBaseUser):
    """Somebody who signs in. Power comes from roles alone; there are no groups and no single permissions."""

    username = models.CharField(_("sign-in name"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    title = models.CharField(_("name"), max_length=150, blank=True)
    party = models.ForeignKey(
        Party, models.PROTECT, verbose_name=_("stands for"), null=True, blank=True, related_name="accounts"
    )
    home = models.CharField(_("home node"), max_length=253, blank=True, editable=False)
    """Member whose node signs this account in; empty for an account of this node."""
    is_active = models.BooleanField(_("may sign in"), default=True)
    created = models.DateTimeField(_("created"), default=clock.now, editable=False)

    objects = AccountManager()

    USERNAME_FIELD = "username"

    class Home:
        kept = "member"
        leaves = "never"
        erase = "blank"

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]

    @cached_property
    def roles(self) -> frozenset[rules.Role]:
        """Roles held now, read once for each request."""
        now = clock.now()
        return frozenset(rules.Role(held.role) for held in self.held.all() if held.in_force(now))

    @property
    def is_staff(self) -> bool:
        """Whether the back room opens, given a second factor."""
        return self.is_active and not self.roles.isdisjoint(rules.BACK_ROOM)

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002  Django's signature
        """Operators may do everything in the back room; auditors may look at everything."""
        if not self.is_staff:
            return False
        return rules.Role.OPERATOR in self.roles or perm.rpartition(".")[2].startswith("view_")

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002  Django's signature
        return self.is_staff

    def get_short_name(self) -> str:
        return self.title or self.username


class RoleHeld(models.Model):
    """One role of one account: an officer's mandate, which may be bound to a department and a term."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="held")
    role = models.CharField(_("role"), max_length=12, choices=RoleName.choices)
    department = models.ForeignKey(Party, models.PROTECT, verbose_name=_("department"), null=True, blank=True)
    since = models.DateTimeField(_("term begins"), default=clock.now)
    until = models.DateTimeField(_("term ends"), null=True, blank=True)

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["account", "role"], name="identity_role_once")]

    def in_force(self, now: datetime) -> bool:
        """Whether the term of the role has begun and not ended."""
        return self.since <= now and (self.until is None or now < self.until)


class LocalSystem(models.Model):
    """An information system of this member that may call out through the node with a token."""

    name = models.SlugField(_("name"), max_length=60, unique=True)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    purposes = models.JSONField(_("purposes allowed"), default=list)
    active = models.BooleanField(_("active"), default=True)
    created = models.DateTimeField(_("created"), default=clock.now, editable=False)
    changed = models.DateTimeField(_("changed"), default=clock.now, editable=False)

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    class Meta:
        verbose_name = _("local system")
        verbose_name_plural = _("local systems")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SecondFactor(Authenticator):
    """An authenticator as the back room shows it; allauth keeps the table, and its secrets are sealed."""

    class Meta:
        proxy = True
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
