"""Contents of ``tc1.json``: the members and keys that the messages presuppose, and the messages."""

from __future__ import annotations

from typing import Any

from vectors.parts import requests, responses
from vectors.parts.documents import CQ, DJ, SC, charter, key_statement, statement


def build() -> dict[str, Any]:
    """Charter and log entries to fold first, then requests as Sichuan meets them, and responses as Dianjiang does."""
    log = [
        {"owner": CQ, "token": key_statement("cq")},
        {"owner": SC, "token": key_statement("sc")},
        {"owner": CQ, "token": statement()},
        {"owner": CQ, "token": key_statement("dj")},
    ]
    return {
        "provider": SC,
        "consumer": DJ,
        "charter": [charter(["cq.root", "sc.root"])],
        "entries": log,
        "requests": requests.build(),
        "responses": responses.build(),
    }
