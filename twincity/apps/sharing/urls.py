"""Routes of the app."""

from __future__ import annotations

from django.urls import path, re_path

from twincity.apps.sharing import pages
from twincity.apps.sharing.pages import sources, systems

app_name = "sharing"
SOURCE = r"^sources/(?P<name>[a-z][a-z0-9-]{0,62})"
SERVICE = r"^sources/services/(?P<name>[a-z][a-z0-9-]{0,62})"
RUN = r"^quality/(?P<name>[a-z][a-z0-9.-]{0,62})/(?P<identifier>[0-9a-f-]{36})"

urlpatterns = [
    path("duties/", pages.duties, name="duties"),
    re_path(r"^duties/(?P<province>[0-9]{6})/(?P<identifier>[a-z0-9.-]+/[a-z0-9.-]+)/$", pages.duty, name="duty"),
    path("divisions/", pages.divisions, name="divisions"),
    re_path(r"^divisions/(?P<code>[0-9]{1,12})/$", pages.division, name="division"),
    path("sources/", sources.index, name="sources"),
    path("sources/new/", sources.new, name="source-new"),
    path("sources/new/<str:identifier>/", sources.draft, name="source-draft"),
    path("sources/services/new/", systems.new, name="service-new"),
    path("sources/services/new/<str:identifier>/", systems.choose, name="service-choose"),
    re_path(rf"{SERVICE}/$", systems.one, name="service"),
    re_path(rf"{SERVICE}/withdraw/$", systems.withdraw, name="service-withdraw"),
    re_path(rf"{SOURCE}/$", sources.one, name="source"),
    re_path(rf"{SOURCE}/run/$", sources.run, name="source-run"),
    re_path(rf"{SOURCE}/deliver/$", sources.deliver, name="source-deliver"),
    re_path(rf"{SOURCE}/map/$", sources.begin_mapping, name="source-map"),
    re_path(rf"{SOURCE}/(?P<action>check|publish|cancel)/$", sources.act, name="source-act"),
    re_path(rf"{RUN}/$", sources.quality, name="source-quality"),
    re_path(rf"{RUN}/failures\.csv$", sources.failing_rows, name="source-failures"),
]
