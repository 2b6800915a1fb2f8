"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from twincity.apps.dataspace import pages

app_name = "dataspace"
urlpatterns = [
    path("dataspace/negotiations/", pages.negotiations, name="negotiations"),
    path("dataspace/negotiations/<str:identifier>/", pages.negotiation, name="negotiation"),
    path("dataspace/transfers/", pages.transfers, name="transfers"),
    path("dataspace/transfers/<str:identifier>/", pages.transfer, name="transfer"),
]
