"""Routes of the sign-in across nodes."""

from __future__ import annotations

from django.urls import path

from twincity.apps.visitors import pages

app_name = "visitors"
urlpatterns = [
    path("accounts/circle/", pages.choose, name="choose"),
    path("accounts/circle/start/", pages.start, name="start"),
    path("accounts/circle/return/", pages.back, name="return"),
    path("accounts/circle/authorize/", pages.authorize, name="authorize"),
    path("me/visits/", pages.visits, name="visits"),
    path("me/visits/<int:visit>/end/", pages.end, name="end"),
]
