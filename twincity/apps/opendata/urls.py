"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from twincity.apps.opendata.api import answers, dcat

app_name = "opendata"
DATASET = "dcat/datasets/<str:owner>/<str:name>/<str:version>"
urlpatterns = [
    path("dcat/catalog", dcat.catalogue, name="catalogue"),
    path("dcat/catalog.jsonld", dcat.catalogue, {"form": "jsonld"}, name="catalogue-jsonld"),
    path("dcat/catalog.ttl", dcat.catalogue, {"form": "ttl"}, name="catalogue-turtle"),
    path(f"{DATASET}.jsonld", dcat.dataset, {"form": "jsonld"}, name="dataset-jsonld"),
    path(f"{DATASET}.ttl", dcat.dataset, {"form": "ttl"}, name="dataset-turtle"),
    path(DATASET, dcat.dataset, name="dataset"),
    path("api/3/action/<str:name>", answers.answer, name="action"),
    path("api/action/<str:name>", answers.answer, name="action-unversioned"),
    path("dcat/themes", dcat.theme, name="themes"),
    path("dcat/themes/<path:word>", dcat.theme, name="theme"),
]
