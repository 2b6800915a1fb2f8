"""Routes of the ledger's pages."""

from __future__ import annotations

from django.urls import path

from twincity.engines.ledger import pages

urlpatterns = [
    path("ledger/", pages.index, name="ledger"),
    path("ledger/<str:name>/", pages.records, name="ledger-records"),
    path("ledger/<str:name>/verify/", pages.verify, name="ledger-verify"),
    path("ledger/<str:name>/policy.json", pages.policy, name="ledger-policy"),
    path("ledger/<str:name>/<int:place>/", pages.record, name="ledger-record"),
    path("ledger/<str:name>/<int:place>/proof", pages.proof, name="ledger-proof"),
    path("ledger/<str:name>/<int:place>/content", pages.content, name="ledger-content"),
]
