"""Routes of the exchange's pages.

Message ids are the callers' own and may hold any visible character, so they stand last or before a fixed end.
"""

from __future__ import annotations

from django.urls import path

from twincity.engines.exchange.pages import agreements, consents, delivery, exchanges, grants, mine, transfers

urlpatterns = [
    path("exchanges/", exchanges.index, name="exchanges"),
    path("exchanges/<path:message>/", exchanges.one, name="exchanges-one"),
    path("deliveries/", delivery.index, name="exchanges-delivery"),
    path("deliveries/letters/<str:side>/<int:seq>/", delivery.letter, name="exchanges-letter"),
    path("deliveries/courier/out/", delivery.export, name="exchanges-export"),
    path("deliveries/courier/in/", delivery.take_in, name="exchanges-import"),
    path("deliveries/courier/<str:identifier>.age", delivery.receipt, name="exchanges-receipt"),
    path("transfers/", transfers.index, name="exchanges-transfers"),
    path("transfers/<str:identifier>/", transfers.one, name="exchanges-transfer"),
    path("transfers/<str:identifier>/file", transfers.file, name="exchanges-file"),
    path("evidence/<path:message>.json", exchanges.bundle, name="exchanges-bundle"),
    path("agreements/", agreements.index, name="exchanges-agreements"),
    path("agreements/new/", agreements.new, name="exchanges-ask"),
    path("agreements/<str:identifier>/", agreements.one, name="exchanges-agreement"),
    path("agreements/<str:identifier>/<str:name>.jws", agreements.document, name="exchanges-document"),
    path("agreements/<str:identifier>/odrl.json", agreements.policy, name="exchanges-policy"),
    path("grants/simulate/", grants.simulate, name="exchanges-simulate"),
    path("grants/simulate/<str:identifier>/", grants.simulated, name="exchanges-simulated"),
    path("consents/", consents.index, name="exchanges-consents"),
    path("consents/proposal/", consents.proposal, name="exchanges-proposal"),
    path("consents/ask/", consents.ask, name="exchanges-ask-consent"),
    path("consents/code/", consents.code, name="exchanges-code"),
    path("consents/settle/", consents.settle, name="exchanges-settle"),
    path("mine/", mine.index, name="mine"),
    path("mine/link/", mine.link, name="mine-link"),
    path("mine/take-up/", mine.take_up, name="mine-take-up"),
    path("mine/asks/<int:number>/", mine.ask, name="mine-ask"),
    path("mine/give/", mine.give, name="mine-give"),
    path("mine/consents/<str:identifier>/", mine.consent, name="mine-consent"),
    path("mine/consents/<str:identifier>.json", mine.record, name="mine-record"),
    path("mine/accesses/", mine.accesses, name="mine-accesses"),
    path("mine/accesses/latest/", mine.latest, name="mine-latest"),
    path("mine/accesses/all.csv", mine.table, name="mine-table"),
    path("mine/accesses/<int:number>/", mine.access, name="mine-access"),
    path("mine/accesses/<int:number>.json", mine.evidence, name="mine-evidence"),
    path("grants/why/", grants.why, name="exchanges-why"),
]
