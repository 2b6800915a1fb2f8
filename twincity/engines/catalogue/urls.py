"""Routes of the catalogue. ``/KIND/NAME/VERSION`` is the path of this node's own identifiers."""

from __future__ import annotations

from django.urls import path, re_path

from twincity.engines.catalogue import api, pages

ENTRY = r"(?P<kind>standard|dataset|service|duty-list)/(?P<name>[a-z0-9.-]+)/(?P<version>[0-9A-Za-z.-]+)"
PLACE = rf"^catalogue/(?P<owner>[a-z0-9.-]+)/{ENTRY}"

urlpatterns = [
    path("catalogue/", pages.entries, name="catalogue"),
    path("catalogue/feed", api.feed, name="catalogue-feed"),
    re_path(r"^catalogue/distributions/(?P<sha256>[0-9a-f]{64})\.jsonl$", api.distributions, name="distributions"),
    path("catalogue/subscriptions/", pages.inbox, name="catalogue-subscriptions"),
    path("catalogue/subscriptions/new/", pages.subscribe, name="catalogue-subscribe"),
    path("catalogue/subscriptions/read/", pages.read_all, name="catalogue-read"),
    path("catalogue/subscriptions/<str:identifier>/end/", pages.unsubscribe, name="catalogue-unsubscribe"),
    re_path(rf"{PLACE}/$", pages.entry, name="catalogue-entry"),
    re_path(rf"{PLACE}/document\.json$", api.document, name="catalogue-document"),
    path("catalogue/<str:owner>/standard/<str:name>/<str:version>/schema.json", api.schema, name="catalogue-schema"),
    re_path(rf"^{ENTRY}$", pages.own, name="catalogue-own"),
]
