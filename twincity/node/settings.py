"""Django's settings, computed from the node's home.

Nothing here is edited by an operator: ``node.toml`` is. Without ``TWINCITY_HOME`` (migrations, types, tests) a
throw-away configuration is used.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.functional import lazy
from django.utils.translation import get_language

from twincity.kernel import home, manifests
from twincity.kernel.locale_text import LocalText
from twincity.node.databases import database

_bare = "TWINCITY_HOME" not in os.environ
CONFIG = (
    home.Config(
        id="node.test",
        title=LocalText("测试", "Test"),
        division="500231",
        address="http://127.0.0.1:8400",
        apps=[unit.name for unit in manifests.all_units() if unit.kind == "apps"],
    )
    if _bare
    else home.current().config
)
SECRET_KEY = "not-secret-only-for-tests-and-migrations" if _bare else home.current().secret("django")
DEBUG = False
_https = CONFIG.address.startswith("https:")
ALLOWED_HOSTS = [
    CONFIG.address.split("//", 1)[1].split("/")[0].rsplit(":", 1)[0],
    CONFIG.listen.rsplit(":", 1)[0],
    "localhost",
    "127.0.0.1",
    *CONFIG.allowed_hosts,
]

UNITS = manifests.enabled(CONFIG.apps)
INSTALLED_APPS = [
    "twincity.node",  # first, so that its pages stand before those of allauth and the admin
    "twincity.kernel.ui",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "twincity.node.apps.BackRoomConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.idp.oidc",
    *(unit.module for unit in UNITS),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "twincity.engines.identity.sessions.CheckedSessions",
    "twincity.engines.identity.openid.guard.AuthorizationGuard",
    "twincity.kernel.ui.problems.ProblemPages",
]
ROOT_URLCONF = "twincity.node.urls"
WSGI_APPLICATION = "twincity.node.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "twincity.node.context.portal",
                "twincity.kernel.ui.looks.chosen",
            ],
        },
    }
]

_url = os.environ.get("TWINCITY_DATABASE_URL") or CONFIG.database
DATABASES = {"default": database(_url, None if _bare else home.current().path / "db")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "twincity.engines.identity.accounts.ClosedAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_PRESERVE_USERNAME_CASING = False  # names are kept in lower case, so that signing in can use the index
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https  # browsers themselves take http on localhost alone
MFA_FORMS = {
    "add_webauthn": "twincity.engines.identity.passkeys.PasskeyForm",
    "edit_webauthn": "twincity.engines.identity.passkeys.RenamedPasskeyForm",
}
MFA_TOTP_ISSUER = CONFIG.id
MFA_ADAPTER = "twincity.engines.identity.accounts.SealedSecondFactor"
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = None


def _shown(title: LocalText) -> str:
    return title.in_language(get_language() or "")


SOCIALACCOUNT_ADAPTER = "twincity.engines.identity.openid.client.LinkedAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": name,
                "name": lazy(_shown, str)(provider.title),
                "client_id": provider.client_id,
                "secret": home.current().secret(f"sign-in-{name}"),
                "settings": {"server_url": provider.issuer, "scope": provider.scopes},
            }
            for name, provider in CONFIG.sign_in.items()
        ],
    }
}
IDP_OIDC_ADAPTER = "twincity.engines.identity.openid.provider.Provider"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_NAME = "tc-session-" + CONFIG.listen.rsplit(":", 1)[1]  # cookies ignore ports: nodes on one host
CSRF_COOKIE_NAME = "tc-csrf-" + CONFIG.listen.rsplit(":", 1)[1]
LANGUAGE_COOKIE_NAME = "tc-language"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = CONFIG.limits.body
_issuers = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(each.issuer)) for each in CONFIG.sign_in.values()})
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *_issuers],  # browsers hold the redirect after a form to this, too
    }
}

LANGUAGE_CODE = CONFIG.languages[0]
LANGUAGES = [(code, {"zh-hans": "简体中文", "en": "English"}[code]) for code in CONFIG.languages]
LOCALE_PATHS = [manifests.PACKAGE / part / "locale" for part in ("node", "kernel/ui")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS: list[str] = []
