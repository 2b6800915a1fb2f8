"""Events of rooms: CloudEvents 1.0 in structured JSON, and the limits of rooms. Pure."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from twincity.kernel.problems import INVALID, Problem, define

LOST = define(
    "cursor-lost",
    410,
    zh="{room} 中该位置之后的事件已不再保存, 最早的是第 {first} 条",
    en="Events after this cursor are no longer kept in {room}; the oldest is number {first}",
)
BAD_EVENT = define("event-invalid", 422, zh="事件不符合 CloudEvents 1.0: {reason}", en="Not a CloudEvent 1.0: {reason}")
EVENT_LIMIT = 128 * 1024
"""Bytes of one event."""
FETCHED = 200
"""Events in one answer."""
_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
_REQUIRED = ("id", "source", "type")


def check_room(name: str) -> str:
    """A name for a room: 1 to 60 of a-z, 0-9, dots and dashes.

    Raises:
        Problem: ``invalid``.
    """
    if len(name) > 60 or not _NAME.fullmatch(name):
        raise Problem(INVALID, field="name", name="name", reason="1 to 60 of a-z 0-9 . -")
    return name


def check(event: dict[str, Any]) -> dict[str, Any]:
    """An event that follows CloudEvents 1.0.2, sections 3.1 (attributes) and 3.1 of its JSON format.

    Raises:
        Problem: ``event-invalid`` naming the attribute.
    """
    if event.get("specversion") != "1.0":
        raise Problem(BAD_EVENT, field="specversion", reason="specversion is 1.0")
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise Problem(BAD_EVENT, field=name, reason=f"{name} is a string that is not empty")
    for name, value in event.items():
        _check_attribute(name, value)
    if "data" in event and "data_base64" in event:
        raise Problem(BAD_EVENT, field="data", reason="data and data_base64 exclude each other")
    if len(orjson.dumps(event)) > EVENT_LIMIT:
        raise Problem(BAD_EVENT, field="data", reason=f"more than {EVENT_LIMIT} bytes")
    return event


def key(event: dict[str, Any]) -> str:
    """What names an event: the same source and id are the same event."""
    return hashlib.sha256(f"{event['source']}\0{event['id']}".encode()).hexdigest()


def _check_attribute(name: str, value: Any) -> None:
    if name in {"data", "data_base64"}:
        return
    if not _ATTRIBUTE.fullmatch(name):
        raise Problem(BAD_EVENT, field=name, reason="attributes are named by 1 to 20 of a-z and 0-9")
    if not isinstance(value, str | int | bool) or (isinstance(value, str) and len(value) > 1000):
        raise Problem(BAD_EVENT, field=name, reason=f"{name} is a string, an integer or a boolean")
    if name == "time":
        _check_time(value)
    if name in {"source", "dataschema"}:
        _check_uri(name, value)


def _check_time(value: Any) -> None:
    try:
        told = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Problem(BAD_EVENT, field="time", reason="time is a timestamp of RFC 3339") from error
    if told.tzinfo is None:
        raise Problem(BAD_EVENT, field="time", reason="time names its zone")


def _check_uri(name: str, value: Any) -> None:
    try:
        urlsplit(str(value))
    except ValueError as error:
        raise Problem(BAD_EVENT, field=name, reason=f"{name} is a URI reference") from error
    if " " in str(value):
        raise Problem(BAD_EVENT, field=name, reason=f"{name} is a URI reference")
