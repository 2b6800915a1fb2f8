"""Drafts of forms, kept in the session of whoever fills them in; signing out ends them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from twincity.kernel import clock
from twincity.kernel.problems import TOO_LARGE, Problem

MAX_DRAFTS = 8
"""Drafts of one session; a further one takes the place of the oldest."""
MAX_BYTES = 32_768
"""Size of one draft: it is read with the session, on every page."""
_KEY = "drafts"

Values = dict[str, list[str]]
"""What stood in the fields of one step, as it was sent."""


@dataclass(frozen=True)
class Draft:
    """What has been filled in so far."""

    name: str
    at: datetime
    steps: dict[str, Values]

    def sent(self, step: str) -> QueryDict | None:
        """The values of a step as a form takes them; None when the step was never sent."""
        if step not in self.steps:
            return None
        data = QueryDict(mutable=True)
        for name, values in self.steps[step].items():
            data.setlist(name, values)
        return data


class Drafts:
    """The drafts of one session."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def all(self) -> list[Draft]:
        """All drafts, the latest first."""
        kept = self.session.get(_KEY, {})
        found = [Draft(name, clock.instant(each["at"]), each["steps"]) for name, each in kept.items()]
        return sorted(found, key=lambda draft: draft.at, reverse=True)

    def get(self, name: str) -> Draft | None:
        """The draft of that name."""
        return next((draft for draft in self.all() if draft.name == name), None)

    def put(self, name: str, step: str, values: Values) -> None:
        """Keep what was sent in a step.

        Raises:
            Problem: ``too-large``; the draft stays as it was.
        """
        found = self.get(name)
        steps = (found.steps if found else {}) | {step: values}
        if len(json.dumps(steps, ensure_ascii=False).encode()) > MAX_BYTES:
            raise Problem(TOO_LARGE, field=step, limit=MAX_BYTES)
        kept = self.session.get(_KEY, {})
        others = [draft.name for draft in self.all() if draft.name != name][: MAX_DRAFTS - 1]
        self.session[_KEY] = {each: kept[each] for each in others} | {name: {"at": clock.millis(), "steps": steps}}

    def drop(self, name: str) -> None:
        """Forget a draft; nothing happens when there is none."""
        kept = dict(self.session.get(_KEY, {}))
        if kept.pop(name, None) is not None:
            self.session[_KEY] = kept
