"""Problems that a page raises become a page, or problem details for a caller that does not read HTML."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from twincity.kernel.problems import MEDIA_TYPE, Problem


class ProblemPages:
    """Middleware that answers a :class:`Problem` with its status, its text and, where given, ``Retry-After``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to a problem; any other exception is left to Django."""
        return answer(request, exception) if isinstance(exception, Problem) else None


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a page for a browser, as RFC 9457 JSON for anything else."""
    status = problem.kind.status
    if request.accepts("text/html"):
        response = render(request, "kernel/problem.html", {"problem": problem}, status=status)
    else:
        response = HttpResponse(problem.body(get_language() or ""), status=status, content_type=MEDIA_TYPE)
    if problem.retry_after is not None:
        response["Retry-After"] = str(max(1, round(problem.retry_after)))
    return response
