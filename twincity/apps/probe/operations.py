"""What an operator can ask the probe."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.apps.probe import queries
from twincity.kernel.operations import operation


class After(msgspec.Struct, forbid_unknown_fields=True):
    """Notes with a number above this one, at most 10,000."""

    after: int = 0


@operation("probe.notes")
def notes(given: After) -> list[dict[str, Any]]:
    """What partners have had noted here, in the order in which it took effect."""
    found = queries.notes(after=given.after)
    return [{"number": pk, "member": who, "message": name, "text": text} for pk, who, name, text in found]
