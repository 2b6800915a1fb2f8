"""Messages of the other member to this node, as they arrive."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange.delivery.envelope import Envelope
from twincity.kernel import clock, ids
from twincity.kernel.keys import PrivateKey
from twincity.kernel.tc1 import message


def envelope(
    made: Opened, body: Any = None, *, service: str = "notes", key: PrivateKey | None = None, **more: str
) -> Envelope:
    """A message to a service of this node, signed by the other unless another key is given."""
    home = made.home
    key, data = key or made.other.key("tc1"), msgspec.json.encode(body or {"text": "x"})
    target = f"https://old-address.example/tc1/{service}/write"
    headers = {
        "content-digest": message.content_digest(data), "tc-message-id": ids.new_id(), "tc-purpose": "planning",
        "tc-to": home.config.id, "tc-lane": "interactive/default", "tc-number": "1",
    } | {name.replace("_", "-"): value for name, value in more.items()}  # fmt: skip
    base, parameters = message.request_base(
        method="POST", target=target, headers=headers, now=clock.unix(), nonce=ids.new_id(), key=key.public, life=3600
    )
    headers |= message.signature_headers(parameters, key.sign(base))
    return Envelope("POST", target, headers, base64.b64encode(data).decode())


__all__ = ["OTHER", "envelope"]
