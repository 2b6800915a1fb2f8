"""Routes of the app."""

from __future__ import annotations

from django.urls import path, re_path

from twincity.apps.sharing import pages

app_name = "sharing"
urlpatterns = [
    path("duties/", pages.duties, name="duties"),
    re_path(r"^duties/(?P<province>[0-9]{6})/(?P<identifier>[a-z0-9.-]+/[a-z0-9.-]+)/$", pages.duty, name="duty"),
    path("divisions/", pages.divisions, name="divisions"),
    re_path(r"^divisions/(?P<code>[0-9]{1,12})/$", pages.division, name="division"),
]
