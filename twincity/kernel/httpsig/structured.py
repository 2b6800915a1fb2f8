"""Which HTTP fields are structured, and how: the ``sf`` parameter of RFC 9421 works only on fields it is known of."""

from __future__ import annotations

from typing import Literal, TypeAlias

from twincity.kernel.httpsig.fields import (
    parse_dictionary,
    parse_item,
    parse_list,
    serialize_dictionary,
    serialize_item,
    serialize_list,
)

FieldType: TypeAlias = Literal["item", "list", "dictionary"]

STRUCTURED: dict[str, FieldType] = {
    # IANA's HTTP field name registry, column "structured type"
    "accept-ch": "list",
    "accept-signature": "dictionary",
    "cache-status": "list",
    "capsule-protocol": "item",
    "cdn-cache-control": "dictionary",
    "client-cert": "item",
    "client-cert-chain": "list",
    "content-digest": "dictionary",
    "cross-origin-embedder-policy": "item",
    "cross-origin-embedder-policy-report-only": "item",
    "cross-origin-opener-policy": "item",
    "cross-origin-opener-policy-report-only": "item",
    "deprecation": "item",
    "origin-agent-cluster": "item",
    "priority": "dictionary",
    "proxy-status": "list",
    "repr-digest": "dictionary",
    "signature": "dictionary",
    "signature-input": "dictionary",
    "want-content-digest": "dictionary",
    "want-repr-digest": "dictionary",
}


def canonical(value: str, kind: FieldType) -> str:
    """The field value serialised strictly.

    Raises:
        FieldError: the value is not of that type.
    """
    if kind == "item":
        return serialize_item(parse_item(value))
    if kind == "list":
        return serialize_list(parse_list(value))
    return serialize_dictionary(parse_dictionary(value))
