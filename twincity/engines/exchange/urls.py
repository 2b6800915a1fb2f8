"""Routes of the exchange's pages.

Message ids are the callers' own and may hold any visible character, so they stand last or before a fixed end.
"""

from __future__ import annotations

from django.urls import path

from twincity.engines.exchange.pages import agreements, delivery, exchanges, grants

urlpatterns = [
    path("exchanges/", exchanges.index, name="exchanges"),
    path("exchanges/<path:message>/", exchanges.one, name="exchanges-one"),
    path("deliveries/", delivery.index, name="exchanges-delivery"),
    path("deliveries/letters/<str:side>/<int:seq>/", delivery.letter, name="exchanges-letter"),
    path("deliveries/courier/out/", delivery.export, name="exchanges-export"),
    path("deliveries/courier/in/", delivery.take_in, name="exchanges-import"),
    path("deliveries/courier/<str:identifier>.age", delivery.receipt, name="exchanges-receipt"),
    path("evidence/<path:message>.json", exchanges.bundle, name="exchanges-bundle"),
    path("agreements/", agreements.index, name="exchanges-agreements"),
    path("agreements/new/", agreements.new, name="exchanges-ask"),
    path("agreements/<str:identifier>/", agreements.one, name="exchanges-agreement"),
    path("agreements/<str:identifier>/<str:name>.jws", agreements.document, name="exchanges-document"),
    path("grants/why/", grants.why, name="exchanges-why"),
]
