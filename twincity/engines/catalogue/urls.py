"""Routes of the catalogue. ``/KIND/NAME/VERSION`` is the path of this node's own identifiers."""

from __future__ import annotations

from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from twincity.engines.catalogue import api, pages


class PartConverter(StringConverter):
    """Kinds of parts of a draft."""

    regex = "field|list|rule"


class GeneratedConverter(StringConverter):
    """Files that are made from a standard."""

    regex = r"template\.csv|samples\.csv|broken\.csv|contract\.json"


register_converter(PartConverter, "part")
register_converter(GeneratedConverter, "generated")
ENTRY = r"(?P<kind>standard|dataset|service|duty-list)/(?P<name>[a-z0-9.-]+)/(?P<version>[0-9A-Za-z.-]+)"
PLACE = rf"^catalogue/(?P<owner>[a-z0-9.-]+)/{ENTRY}"
STANDARD = "catalogue/<str:owner>/standard/<str:name>/<str:version>"
DRAFTS = (
    ("", pages.drafts.index, "catalogue-drafts"),
    ("new/", pages.drafts.new, "catalogue-draft-new"),
    ("<str:identifier>/", pages.drafts.one, "catalogue-draft"),
    ("<str:identifier>/about/", pages.drafts.about, "catalogue-draft-about"),
    ("<str:identifier>/bring/", pages.drafts.bring, "catalogue-draft-bring"),
    ("<str:identifier>/publish/", pages.drafts.publish, "catalogue-draft-publish"),
    ("<str:identifier>/delete/", pages.drafts.delete, "catalogue-draft-delete"),
    ("<str:identifier>/export/<str:name>", pages.drafts.export, "catalogue-draft-export"),
    ("<str:identifier>/<part:kind>/<int:place>/", pages.parts.one, "catalogue-draft-part"),
)
MAPPINGS = (
    ("", pages.mappings.index, "catalogue-mappings"),
    ("new/", pages.mappings.new, "catalogue-mapping-new"),
    ("<str:name>/", pages.mappings.one, "catalogue-mapping"),
    ("<str:name>/mapping.json", pages.mappings.export, "catalogue-mapping-export"),
    ("<str:name>/check/", pages.mappings.check, "catalogue-mapping-check"),
    ("<str:name>/move/", pages.mappings.move, "catalogue-mapping-move"),
    ("<str:name>/fields/<str:field>/", pages.mappings.field, "catalogue-mapping-field"),
)
STANDARDS = (
    ("sign/", pages.standards.sign, "catalogue-sign"),
    ("form/", pages.standards.form, "catalogue-form"),
    ("print/", pages.standards.document, "catalogue-print"),
    ("generated/<generated:what>", pages.standards.generated, "catalogue-generated"),
)

urlpatterns = [
    path("catalogue/", pages.entries, name="catalogue"),
    path("catalogue/feed", api.feed, name="catalogue-feed"),
    re_path(r"^catalogue/distributions/(?P<sha256>[0-9a-f]{64})\.jsonl$", api.distributions, name="distributions"),
    path("catalogue/subscriptions/", pages.inbox, name="catalogue-subscriptions"),
    path("catalogue/subscriptions/new/", pages.subscribe, name="catalogue-subscribe"),
    path("catalogue/subscriptions/read/", pages.read_all, name="catalogue-read"),
    path("catalogue/subscriptions/<str:identifier>/end/", pages.unsubscribe, name="catalogue-unsubscribe"),
    path("catalogue/shared/", pages.standards.shared, name="catalogue-shared"),
    path("catalogue/compare/", pages.comparing.page, name="catalogue-compare"),
    re_path(r"^catalogue/compare\.(?P<suffix>json|csv)$", pages.comparing.export, name="catalogue-compare-export"),
    *[path(f"catalogue/drafts/{address}", view, name=name) for address, view, name in DRAFTS],
    *[path(f"catalogue/mappings/{address}", view, name=name) for address, view, name in MAPPINGS],
    *[path(f"{STANDARD}/{address}", view, name=name) for address, view, name in STANDARDS],
    re_path(rf"{PLACE}/$", pages.entry, name="catalogue-entry"),
    re_path(rf"{PLACE}/document\.json$", api.document, name="catalogue-document"),
    path("catalogue/<str:owner>/standard/<str:name>/<str:version>/schema.json", api.schema, name="catalogue-schema"),
    re_path(rf"^{ENTRY}$", pages.own, name="catalogue-own"),
]
