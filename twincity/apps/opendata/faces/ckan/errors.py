"""Refusals as CKAN's clients know them (CKAN 2.11, ``ckan.views.api``)."""

from __future__ import annotations

from typing import Any


class ActionError(Exception):
    """A refusal: HTTP status, CKAN's name of the kind of error, and what it says."""

    def __init__(self, status: int, kind: str, said: dict[str, Any]) -> None:
        super().__init__(kind)
        self.status = status
        self.error = {"__type": kind, **said}


def invalid(field: str, reason: str) -> ActionError:
    """A parameter that breaks its rule."""
    return ActionError(409, "Validation Error", {field: [reason], "message": f"{field}: {reason}"})


def absent(what: str) -> ActionError:
    """Something that there is not."""
    return ActionError(404, "Not Found Error", {"message": f"Not found: {what}"})
