"""Routes of the person's own page."""

from __future__ import annotations

from django.urls import path

from twincity.engines.identity import pages

app_name = "identity"
urlpatterns = [path("me/", pages.me, name="me")]
