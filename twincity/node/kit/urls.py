"""Routes of the kit's page."""

from __future__ import annotations

from django.urls import path

from twincity.node.kit import pages

urlpatterns = [
    path("", pages.kit, name="kit"),
    path("wizard/", pages.wizard, name="kit-wizard"),
    path("live/<str:name>/", pages.live, name="kit-live"),
]
