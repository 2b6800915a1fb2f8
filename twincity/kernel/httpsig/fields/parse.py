"""Parsing of structured fields (RFC 9651 section 4.2)."""

from __future__ import annotations

from twincity.kernel.httpsig.fields.grammar import BARE, COMMA_OR_END, CONVERT, KEY, PARAM, STRINGS
from twincity.kernel.httpsig.fields.values import (
    NO_PARAMS,
    BareItem,
    FieldError,
    InnerList,
    Item,
    Member,
    Params,
)

MAX_LENGTH = 1 << 16
"""Longest field value accepted unless the caller sets another limit, in bytes."""


def _wrong(text: str, position: int) -> FieldError:
    return FieldError(f"unexpected {text[position : position + 1]!r} at position {position}")


def _params(text: str, position: int) -> tuple[Params, int]:
    found = PARAM.match(text, position)
    if found is None:
        return NO_PARAMS, position
    params: dict[str, BareItem] = {}
    while found is not None:
        kind = found.lastindex or 1
        params[found[1]] = True if kind == 1 else CONVERT[kind - 2](found[kind])
        position = found.end()
        found = PARAM.match(text, position)
    return params, position


def _item(text: str, position: int) -> tuple[Item, int]:
    found = BARE.match(text, position)
    if found is None or found.lastindex is None:
        raise _wrong(text, position)
    kind = found.lastindex
    params, end = _params(text, found.end())
    return Item(CONVERT[kind - 1](found[kind]), params), end


def _items(text: str, position: int) -> tuple[tuple[Item, ...], int]:
    found = STRINGS.match(text, position)
    if found is not None:  # the usual list of covered components: only plain strings, one space between
        return tuple(map(Item, found[1].split('" "'))), found.end()
    items: list[Item] = []
    position = _after_spaces(text, position + 1)
    while not text.startswith(")", position):
        item, end = _item(text, position)
        items.append(item)
        position = _after_spaces(text, end)
        if position == end and not text.startswith(")", end):
            raise _wrong(text, end)
    return tuple(items), position + 1


def _after_spaces(text: str, position: int) -> int:
    while text.startswith(" ", position):
        position += 1
    return position


def _member(text: str, position: int) -> tuple[Member, int]:
    if not text.startswith("(", position):
        return _item(text, position)
    items, position = _items(text, position)
    params, end = _params(text, position)
    return InnerList(items, params), end


def _next(text: str, position: int) -> int:
    """Position of the next member, or the end of the text; a comma must stand between and nothing else may follow."""
    found = COMMA_OR_END.match(text, position)
    if found is None:
        raise _wrong(text, position)
    return found.end()


def _start(raw: str | bytes, limit: int) -> str:
    if len(raw) > limit:
        raise FieldError(f"field value longer than {limit}")
    try:
        text = raw.decode("ascii") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise FieldError("field value is not ASCII") from error
    return text.lstrip(" ")


def parse_item(raw: str | bytes, *, limit: int = MAX_LENGTH) -> Item:
    """The item in a field value (section 4.2.3).

    Raises:
        FieldError: the text is no item, or longer than ``limit`` bytes.
    """
    text = _start(raw, limit)
    item, position = _item(text, 0)
    if text[position:].strip(" "):
        raise _wrong(text, position)
    return item


def parse_list(raw: str | bytes, *, limit: int = MAX_LENGTH) -> list[Member]:
    """The members of a list field, its lines joined by commas (section 4.2.1); empty text is the empty list.

    Raises:
        FieldError: the text is no list, or longer than ``limit`` bytes.
    """
    text = _start(raw, limit)
    members: list[Member] = []
    position = 0
    while position < len(text):
        member, position = _member(text, position)
        members.append(member)
        position = _next(text, position)
    return members


def parse_dictionary(raw: str | bytes, *, unique: bool = False, limit: int = MAX_LENGTH) -> dict[str, Member]:
    """The members of a dictionary field in order, its lines joined by commas (section 4.2.2).

    Args:
        raw: field value.
        unique: refuse a key that comes twice. The RFC keeps the last one; where a signature or digest hangs on it,
            two readers must not be able to pick different ones.
        limit: longest ``raw`` accepted, in bytes.

    Raises:
        FieldError: the text is no dictionary, or longer than ``limit``.
    """
    text = _start(raw, limit)
    members: dict[str, Member] = {}
    position = 0
    while position < len(text):
        key, member, position = _pair(text, position)
        if unique and key in members:
            raise FieldError(f"{key!r} comes twice")
        members[key] = member
        position = _next(text, position)
    return members


def _pair(text: str, position: int) -> tuple[str, Member, int]:
    found = KEY.match(text, position)
    if found is None:
        raise _wrong(text, position)
    if found[2]:
        member, end = _member(text, found.end())
        return found[1], member, end
    params, end = _params(text, found.end())
    return found[1], Item(True, params), end
