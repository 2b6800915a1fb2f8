"""Subscriptions of the account that is signed in, and what it has been told."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from twincity.engines.catalogue import queries, services, tables
from twincity.engines.catalogue.forms import InboxForm, SubscribeForm, require_good

PER_PAGE = 50


@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What has changed of that one subscribed to, latest first, and the subscriptions themselves.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = InboxForm(request.GET)
    require_good(form)
    page = Paginator(queries.notices(request.user.get_username()), PER_PAGE).get_page(form.cleaned_data["page"])
    mine = queries.subscriptions(request.user.get_username())
    context = {
        "page": page,
        "notices": tables.notices_table(page),
        "unread": queries.unread(request.user.get_username()),
        "subscriptions": [(each, tables.subscribed(each), tables.search_address(each)) for each in mine],
    }
    return render(request, "catalogue/subscriptions.html", context)


@require_POST
@login_required
def subscribe(request: HttpRequest) -> HttpResponse:
    """Subscribe to a search or to an entry.

    Raises:
        Problem: ``unknown-parameter``, ``invalid`` or ``too-many-subscriptions``.
    """
    chosen = SubscribeForm(request.POST).checked()
    services.subscribe(account=request.user.get_username(), text=chosen.pop("text"), chosen=chosen)
    return redirect("catalogue-subscriptions")


@require_POST
@login_required
def unsubscribe(request: HttpRequest, identifier: str) -> HttpResponse:
    """End one of the account's subscriptions.

    Raises:
        Problem: ``not-found``.
    """
    services.unsubscribe(account=request.user.get_username(), identifier=identifier)
    return redirect("catalogue-subscriptions")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_read(account=request.user.get_username())
    return redirect("catalogue-subscriptions")
