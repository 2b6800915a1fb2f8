"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from twincity.apps.watch import pages

app_name = "watch"
urlpatterns = [
    path("watch/", pages.traffic, name="traffic"),
    path("watch/now/", pages.now, name="now"),
    path("watch/alerts/", pages.alerts, name="alerts"),
    path("watch/alerts/<str:identifier>/", pages.alert, name="alert"),
    path("watch/limits/", pages.limits, name="limits"),
    path("watch/exports/", pages.exports, name="exports"),
    path("watch/exports/<str:identifier>/", pages.export, name="export"),
    path("watch/exports/<str:identifier>/now/", pages.export_now, name="export-now"),
    path("watch/exports/<str:identifier>/cancel/", pages.cancel, name="cancel"),
    path("watch/exports/<str:identifier>/evidence.zip", pages.download, name="download"),
]
