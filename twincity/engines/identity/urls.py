"""Routes of a person's own pages."""

from __future__ import annotations

from django.urls import path

from twincity.engines.identity import pages

app_name = "identity"
urlpatterns = [
    path("me/", pages.me, name="me"),
    path("me/sessions/", pages.sessions, name="sessions"),
    path("me/sessions/<int:session>/end/", pages.end_session, name="end-session"),
    path("me/mandates/", pages.mandates, name="mandates"),
    path("me/mandates/<int:mandate>/revoke/", pages.revoke, name="revoke"),
    path("me/acting/", pages.acting, name="acting"),
]
