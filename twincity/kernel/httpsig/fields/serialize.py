"""Strict serialisation of structured fields (RFC 9651 section 4.1): one value, one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from twincity.kernel.httpsig.fields.bare import serialize_bare
from twincity.kernel.httpsig.fields.values import FieldError, InnerList, Item, Member, Params

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*+")


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise FieldError(f"{key!r} is no key")
    return key


def serialize_params(params: Params) -> str:
    """Text of parameters in order, each with its leading semicolon (section 4.1.1.2)."""
    if not params:
        return ""
    return "".join([f";{_key(k)}" if v is True else f";{_key(k)}={serialize_bare(v)}" for k, v in params.items()])


def serialize_item(item: Item) -> str:
    """Text of an item with its parameters (section 4.1.3)."""
    return serialize_bare(item.value) + serialize_params(item.params)


def serialize_inner_list(inner: InnerList) -> str:
    """Text of an inner list with its parameters (section 4.1.1.1)."""
    return f"({' '.join([serialize_item(item) for item in inner.items])}){serialize_params(inner.params)}"


def _member(member: Member) -> str:
    return serialize_inner_list(member) if isinstance(member, InnerList) else serialize_item(member)


def serialize_list(members: Iterable[Member]) -> str:
    """Text of a list (section 4.1.1); an empty text means that the field must be left out."""
    return ", ".join([_member(member) for member in members])


def serialize_dictionary(members: Mapping[str, Member]) -> str:
    """Text of a dictionary (section 4.1.2); an empty text means that the field must be left out."""
    return ", ".join([_pair(key, member) for key, member in members.items()])


def _pair(key: str, member: Member) -> str:
    if isinstance(member, Item) and member.value is True:
        return _key(key) + serialize_params(member.params)
    return f"{_key(key)}={_member(member)}"
