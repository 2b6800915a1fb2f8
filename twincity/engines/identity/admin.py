"""The back room's pages for accounts, parties, systems and second factors."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import queries, services
from twincity.engines.identity.forms import AccountForm, SystemForm
from twincity.engines.identity.models import Account, LocalSystem, Party, SecondFactor

# The node sends no mail, knows no groups, and shows second factors below without their secrets.
admin.site.unregister([EmailAddress, Group, Authenticator])
# Providers stand in node.toml, clients and links are made by operations, sessions are their owners' business.
admin.site.unregister([SocialApp, SocialToken, SocialAccount, UserSession, Client, Token])


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    """Accounts are switched off rather than deleted, so that what they did keeps its author."""

    form = AccountForm
    fields = ["username", "title", "roles", "is_active", "party", "password"]
    list_display = ["username", "title", "role_names", "is_active", "last_login"]
    list_filter = ["held__role", "is_active"]
    search_fields = ["username", "title"]
    autocomplete_fields = ["party"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).prefetch_related("held")

    @admin.display(description=_("roles"))
    def role_names(self, account: Account) -> str:
        return " · ".join(queries.role_labels(account.roles))

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:  # noqa: ARG002
        password, roles = form.cleaned_data["password"], form.cleaned_data["roles"]
        if not change:
            party = obj.party.identifier if obj.party else ""
            made = services.create_account(
                username=obj.username, password=password, roles=roles, title=obj.title, party=party
            )
            obj.pk = made.pk
            return
        obj.save(update_fields=["username", "title", "party", "is_active"])
        services.set_roles(username=obj.username, roles=roles)
        if password:
            services.set_password(username=obj.username, password=password)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Party)
class PartyAdmin(admin.ModelAdmin):
    """Parties this node knows."""

    list_display = ["title", "kind", "identifier"]
    list_filter = ["kind"]
    search_fields = ["title", "identifier"]


@admin.register(LocalSystem)
class LocalSystemAdmin(admin.ModelAdmin):
    """Systems are registered and stopped, never edited: purposes change together with the token."""

    form = SystemForm
    list_display = ["name", "purpose_list", "active", "changed"]
    list_filter = ["active"]
    search_fields = ["name"]
    actions = ["issue", "revoke"]

    @admin.display(description=_("purposes allowed"))
    def purpose_list(self, system: LocalSystem) -> str:
        return ", ".join(system.purposes)

    def get_fields(self, request: HttpRequest, obj: LocalSystem | None = None) -> list[Any]:  # noqa: ARG002
        return ["name", "purposes"] if obj is None else ["name", "purpose_list", "active", "created", "changed"]

    def save_model(self, request: HttpRequest, obj: LocalSystem, form: Any, change: bool) -> None:  # noqa: ARG002
        self._issue(request, obj.name, form.cleaned_data["purposes"])
        obj.pk = LocalSystem.objects.get(name=obj.name).pk

    @admin.action(description=_("Issue a new token"), permissions=["add"])
    def issue(self, request: HttpRequest, queryset: QuerySet[LocalSystem]) -> None:
        for system in queryset:
            self._issue(request, system.name, system.purposes)

    @admin.action(description=_("Stop the token"), permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[LocalSystem]) -> None:
        for system in queryset:
            services.revoke_system(name=system.name)
        messages.success(request, _("Stopped."))

    def has_change_permission(self, request: HttpRequest, obj: LocalSystem | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LocalSystem | None = None) -> bool:  # noqa: ARG002
        return False

    def _issue(self, request: HttpRequest, name: str, purposes: list[str]) -> None:
        token = services.issue_system_token(name=name, purposes=purposes)
        text = _("Shown only this once, the token of %(name)s: %(token)s") % {"name": name, "token": token}
        messages.warning(request, text)


@admin.register(SecondFactor)
class SecondFactorAdmin(admin.ModelAdmin):
    """Second factors: to be removed when a phone is lost, otherwise nobody's business."""

    fields = ["user", "type", "created_at", "last_used_at"]
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: SecondFactor | None = None) -> bool:  # noqa: ARG002
        return False
