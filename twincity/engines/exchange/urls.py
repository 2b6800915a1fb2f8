"""Routes of the exchange's pages.

Message ids are the callers' own and may hold any visible character, so they stand last or before a fixed end.
"""

from __future__ import annotations

from django.urls import path

from twincity.engines.exchange.pages import agreements, exchanges, grants

urlpatterns = [
    path("exchanges/", exchanges.index, name="exchanges"),
    path("exchanges/<path:message>/", exchanges.one, name="exchanges-one"),
    path("evidence/<path:message>.json", exchanges.bundle, name="exchanges-bundle"),
    path("agreements/", agreements.index, name="exchanges-agreements"),
    path("agreements/new/", agreements.new, name="exchanges-ask"),
    path("agreements/<str:identifier>/", agreements.one, name="exchanges-agreement"),
    path("agreements/<str:identifier>/<str:name>.jws", agreements.document, name="exchanges-document"),
    path("agreements/<str:identifier>/odrl.json", agreements.policy, name="exchanges-policy"),
    path("grants/simulate/", grants.simulate, name="exchanges-simulate"),
    path("grants/simulate/<str:identifier>/", grants.simulated, name="exchanges-simulated"),
    path("grants/why/", grants.why, name="exchanges-why"),
]
