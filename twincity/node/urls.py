"""Routes of the pages: the node's own, the sign-in pages, and those of every enabled unit."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from twincity.kernel.ui import looks
from twincity.node import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", include("django.conf.urls.i18n")),
    path("look/", looks.choose, name="set_look"),
    path("kit/", include("twincity.node.kit.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("allauth.idp.urls")),
    path("back-room/", admin.site.urls),
    *(path("", include(f"{unit.module}.urls")) for unit in settings.UNITS if find_spec(f"{unit.module}.urls")),
]
handler400 = "twincity.node.pages.bad_request"
handler403 = "twincity.node.pages.forbidden"
handler404 = "twincity.node.pages.not_found"
handler500 = "twincity.node.pages.failed"
