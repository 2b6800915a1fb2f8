"""The signature base: the text that is signed (RFC 9421 section 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from twincity.kernel.httpsig.context import Message, Response
from twincity.kernel.httpsig.derived import derived_value
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import (
    NO_PARAMS,
    BareItem,
    FieldError,
    InnerList,
    Item,
    Params,
    serialize_bare,
    serialize_item,
    serialize_params,
)
from twincity.kernel.httpsig.fieldvalues import field_value
from twincity.kernel.httpsig.structured import STRUCTURED, FieldType
from twincity.kernel.httpsig.view import View

MAX_COMPONENTS = 64
"""Most components one signature may cover; each costs a look-up before the signature is known to be good."""

Identity: TypeAlias = tuple[str, frozenset[str]]


def component(name: str, /, **params: BareItem) -> Item:
    """A component identifier, for example ``component("@query-param", name="Pet")``."""
    return Item(name, params or NO_PARAMS)


def cover(components: Iterable[str | Item], /, **params: BareItem) -> InnerList:
    """Covered components with the parameters of the signature (created, keyid ...), both in the order given."""
    return InnerList(tuple(Item(each) if isinstance(each, str) else each for each in components), params)


def identity(item: Item) -> Identity:
    """What tells two component identifiers apart: the name and the parameters in any order.

    Raises:
        SignatureError: "malformed" when the name is no string or a parameter has no text.
    """
    if not isinstance(item.value, str):
        raise SignatureError("malformed", "a component name is a string")
    try:
        # The texts, because in Python True equals 1 and 1 equals Decimal(1).
        return item.value, frozenset([f"{key}={serialize_bare(value)}" for key, value in item.params.items()])
    except FieldError as error:
        raise SignatureError("malformed", str(error)) from error


def signature_base(message: Message, covered: InnerList, types: Mapping[str, FieldType] = STRUCTURED) -> bytes:
    """The bytes to sign or to verify.

    Args:
        message: request or response.
        covered: component identifiers in order, with the parameters of the signature.
        types: structured fields, for identifiers with ``sf``.

    Raises:
        SignatureError: "malformed", "unknown-component", "duplicate-component" or "missing-component".
    """
    try:
        names, values = _resolve(message, covered.items, types)
        parameters = f"({' '.join(names)}){serialize_params(covered.params)}"
    except FieldError as error:
        raise SignatureError("malformed", str(error)) from error
    lines = [f"{name}: {value}" for name, value in zip(names, values, strict=True)]
    lines.append(f'"@signature-params": {parameters}')
    return "\n".join(lines).encode("ascii")


def _resolve(message: Message, items: tuple[Item, ...], types: Mapping[str, FieldType]) -> tuple[list[str], list[str]]:
    """Serialised identifiers and values of the components, in order."""
    _refuse_duplicates(items)
    view = View(message)
    request: View | None = None
    names: list[str] = []
    values: list[str] = []
    for item in items:
        name, params, source = str(item.value), item.params, view
        if "req" in params:
            source = request = request or _request_view(message)
            params = _without_req(params)
        value = (
            derived_value(name, params, source) if name.startswith("@") else field_value(name, params, source, types)
        )
        values.append(value)
        names.append(serialize_item(item))
    return names, values


def _refuse_duplicates(items: tuple[Item, ...]) -> None:
    if len(items) > MAX_COMPONENTS:
        raise SignatureError("malformed", f"more than {MAX_COMPONENTS} components")
    seen: set[Identity] = set()
    for item in items:
        key = identity(item)
        if key in seen:
            raise SignatureError("duplicate-component", str(item.value))
        seen.add(key)


def _request_view(message: Message) -> View:
    if not isinstance(message, Response):
        raise SignatureError("unknown-component", "req applies to responses only")
    if message.request is None:
        raise SignatureError("missing-component", "the request of this response is not known")
    return View(message.request)


def _without_req(params: Params) -> Params:
    if params["req"] is not True:
        raise SignatureError("unknown-component", "req is a flag")
    return {key: value for key, value in params.items() if key != "req"}
