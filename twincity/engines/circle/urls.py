"""Routes of the circle's pages."""

from __future__ import annotations

from django.urls import path

from twincity.engines.circle import pages

urlpatterns = [
    path("circle/", pages.index, name="circle"),
    path("circle/live/", pages.live, name="circle-live"),
    path("circle/members/<str:name>/", pages.member, name="circle-member"),
    path("circle/members/<str:name>/fork.json", pages.evidence, name="circle-fork"),
]
