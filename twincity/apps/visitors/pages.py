"""Four pages: choose the home node, agree there, come back, and see where one's account is being shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.apps.visitors import queries, rules, services, tables
from twincity.apps.visitors.forms import ConsentForm, NoFields, SearchForm, StartForm
from twincity.engines.circle import facade as circle
from twincity.engines.identity import facade as identity

ANSWER = {"code", "state", "iss", "error"}


@never_cache
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Members whose accounts may sign in here, with search."""
    form = SearchForm(request.GET)
    given = form.checked()
    nodes = queries.home_nodes(str(given["text"]))
    page = render(request, "visitors/choose.html", {"form": form, "nodes": nodes, "next": given["next"]})
    return _may_lead_to(page, [node.address for node in nodes])


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the chosen home node with a signed request."""
    given = StartForm(request.POST).checked()
    return HttpResponseRedirect(
        services.begin(request, member=str(given["member"]), next_page=_own(request, str(given["next"])))
    )


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take the browser back from its home node, signed in or not."""
    answer = {name: request.GET[name] for name in ANSWER & request.GET.keys()}
    if "error" in answer:
        messages.info(request, _("You did not agree, so you are not signed in."))
        return redirect(services.cancelled(request, answer))
    return redirect(services.finish(request, answer))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """At the home node: who asks, what would be shown; agree or refuse."""
    token = (request.POST if request.method == "POST" else request.GET).get("request", "")
    asking, asker = services.asked(token)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    account: Any = request.user
    if account.home:  # somebody who is a visitor here has another home
        raise PermissionDenied
    if request.method == "POST":
        return HttpResponseRedirect(_decided(request, asking, asker))
    facts = identity.authentication(request=request)
    context = {"form": ConsentForm(account.roles, token=token), "asker": asker, "facts": facts}
    page = render(request, "visitors/authorize.html", context)
    return _may_lead_to(page, [asker.address])


@never_cache
@login_required
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """Where this account is signed in elsewhere."""
    found = queries.visits(request.user.get_username())
    return render(request, "visitors/visits.html", {"visits": [tables.visit(each) for each in found]})


@login_required
@require_POST
def end(request: HttpRequest, visit: int) -> HttpResponse:
    """End one of them."""
    NoFields(request.POST).checked()
    services.end(account=request.user.get_username(), visit=visit)
    messages.success(request, _("Ended. The other node closes the session within an hour."))
    return redirect("visitors:visits")


def _decided(request: HttpRequest, asking: rules.Asking, asker: queries.HomeNode) -> str:
    account: Any = request.user
    given = ConsentForm(account.roles, request.POST).checked()
    answer = {"state": asking.state, "iss": circle.member_id()}
    if given["action"] != "agree":
        return rules.with_query(asker.address, "/accounts/circle/return/", error="access_denied", **answer)
    facts = identity.authentication(request=request)
    roles: Any = given.get("roles", [])
    agreed = services.Consent(
        account.username, bool(given["name"]), list(roles), facts.second_factor, facts.at
    )  # fmt: skip
    return rules.with_query(asker.address, "/accounts/circle/return/", code=services.consent(asking, agreed), **answer)


def _own(request: HttpRequest, wanted: str) -> str:
    """``next`` if it is a page of this node."""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return str(settings.LOGIN_REDIRECT_URL)


def _may_lead_to(page: HttpResponse, addresses: list[str]) -> HttpResponse:
    # Browsers hold the redirect after a form to the page's form-action.
    origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in addresses})
    page._csp_update = {"form-action": origins}  # type: ignore[attr-defined]  # noqa: SLF001  what csp_update() sets
    return page
