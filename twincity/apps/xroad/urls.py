"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from twincity.apps.xroad import pages

app_name = "xroad"
urlpatterns = [path("xroad/", pages.index, name="index")]
