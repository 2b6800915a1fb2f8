"""This node as OpenID provider of the member's own systems: key, subjects, claims, discovery."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account
from twincity.kernel import home

KEY = "oidc.pem"
BITS = 3072
"""Of the RSA key: OpenID Connect Core 1.0 section 15.1 asks every provider for RS256."""
SCOPES = ("openid", "profile", "roles")


class Provider(DefaultOIDCAdapter):
    """Clients learn a subject made for them alone; name, roles and party only where the person agrees."""

    scope_display = {
        "openid": _("Recognise you, by a name made for this system alone"),
        "profile": _("Your name and sign-in name"),
        "roles": _("Your roles and the party you stand for"),
    }

    def get_issuer(self) -> str:
        return str(settings.CONFIG.address)

    def get_user_sub(self, client: Any, user: Any) -> str:
        return rules.pairwise_subject(settings.SECRET_KEY, user.pk, client.id)

    def get_user_by_sub(self, client: Any, sub: str) -> Account | None:
        pk = rules.account_of_subject(settings.SECRET_KEY, sub, client.id)
        return Account.objects.filter(pk=pk, is_active=True).first() if pk else None

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],  # noqa: ARG002  allauth's signature
        user: Any,
        client: Any,
        scopes: Iterable[str],
        email: str | None = None,  # noqa: ARG002  the node keeps no addresses
        **kwargs: Any,  # noqa: ARG002
    ) -> dict[str, Any]:
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "profile" in scopes:
            claims |= {"name": user.get_short_name(), "preferred_username": user.username}
        if "roles" in scopes:
            claims["roles"] = sorted(user.roles)
            if user.party:
                claims["party"] = {"id": user.party.identifier, "name": user.party.title}
        return claims

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """Say what this node really offers: the code flow with PKCE, and nothing else."""
        data |= {
            "scopes_supported": list(SCOPES),
            "grant_types_supported": ["authorization_code"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "claims_supported": ["sub", "name", "preferred_username", "roles", "party"],
        }
        del data["device_authorization_endpoint"]

    def list_private_keys(
        self,
        *,
        did_activate: Literal[True] | None = None,  # noqa: ARG002  one key without a term
        is_active: Literal[True] | None = None,  # noqa: ARG002
    ) -> list[Any]:
        from allauth.idp.oidc.models import PrivateKey  # noqa: PLC0415  that module asks for this adapter

        return [PrivateKey(pem=signing_key(str(home.current().path)))]


@cache
def signing_key(path: str) -> str:
    """The PEM of ``keys/oidc.pem`` in a home, made when it is first needed: a key of its own, for nothing else."""
    here = home.Home(Path(path))
    if not (here.path / "keys" / KEY).exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        home.write_secret(here.path / "keys" / KEY, pem.decode())
    return here.secret(KEY)
