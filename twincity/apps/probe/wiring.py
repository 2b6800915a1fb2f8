"""The probe's service. Like any other it answers only to those who hold a grant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec

from twincity.apps.probe import operations, rules, services
from twincity.engines.exchange.facade import Call, Rows, Service
from twincity.kernel.locale_text import LocalText

__all__ = ["operations"]

probe = Service("probe", LocalText("连通探针", "Probe"))
critical = Service("probe-critical", LocalText("要害服务探针", "Critical probe"), service_class="critical")


class Echo(msgspec.Struct, forbid_unknown_fields=True):
    """Text to be sent back."""

    text: Annotated[str, msgspec.Meta(max_length=200_000)] = ""


class Size(msgspec.Struct, forbid_unknown_fields=True):
    """Length of a stream in MiB."""

    mib: Annotated[int, msgspec.Meta(ge=0, le=65_536)]


class Count(msgspec.Struct, forbid_unknown_fields=True):
    """Number of rows."""

    rows: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """What the probe's data call somebody."""

    person: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


@probe.get("/echo", inline=True)
def echo(call: Call, given: Echo) -> dict[str, Any]:
    """Send the text back, with the id of the call."""
    return {"id": call.id, "text": given.text}


@probe.post("/echo", inline=True)
def echo_body(call: Call, given: Echo) -> dict[str, Any]:
    """The same for a text in the body."""
    return {"id": call.id, "text": given.text}


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """A text to be noted."""

    text: Annotated[str, msgspec.Meta(max_length=2000)]


@probe.post("/notes")
def note(call: Call, given: Text) -> dict[str, Any]:
    """Note a text for good; a text that begins with ``fail`` fails after it was written, to show that nothing stays."""
    number = services.note(member=call.member, message=call.id, text=given.text)
    if given.text.startswith("fail"):
        raise RuntimeError("asked to fail")
    return {"number": number}


@critical.get("/echo", inline=True)
def echo_critical(call: Call, given: Echo) -> dict[str, Any]:
    """The same in a service that refuses while the directory is stale."""
    return {"id": call.id, "text": given.text}


@probe.get("/rows", inline=True)
def rows(call: Call, given: Count) -> Rows:  # noqa: ARG001
    """Rows with a number, its parity and its square, to try row filters and field masks on."""
    values = ({"n": n, "parity": "even" if n % 2 == 0 else "odd", "square": n * n} for n in range(given.rows))
    return Rows(list(values))


@probe.get("/person", subject="person", inline=True)
def person(call: Call, given: Person) -> Rows:  # noqa: ARG001
    """What the probe makes up about a person who has consented, and about another, whom the exchange leaves out."""
    return Rows([rules.person(given.person), rules.person(given.person + "x")])


@probe.post("/person", subject="person", inline=True)
def person_named(call: Call, given: Person) -> Rows:  # noqa: ARG001
    """The same about a person whom the caller names."""
    return Rows([rules.person(given.person)])


@probe.get("/card", subject="person", inline=True)
def card(call: Call, given: Person) -> dict[str, Any]:  # noqa: ARG001
    """The same as one object."""
    return rules.person(given.person)


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A file by its tag, which is its length in MiB, from a byte on."""

    tag: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,5}$")]
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0


@probe.get("/file")
def file(call: Call, given: Size) -> dict[str, Any]:  # noqa: ARG001
    """A file of so many MiB, for bulk deliveries: its tag, size and digest."""
    return rules.described(given.mib)


@probe.get("/file/{tag}", stream=True, media_type="application/octet-stream")
async def file_bytes(call: Call, given: File) -> AsyncIterator[bytes]:  # noqa: ARG001
    """Its bytes."""
    for piece in rules.pattern(int(given.tag) * rules.MIB, given.offset):
        yield piece


@probe.get("/stream", stream=True, media_type="application/octet-stream")
async def stream(call: Call, given: Size) -> AsyncIterator[bytes]:  # noqa: ARG001
    """A stream of so many MiB."""
    for piece in rules.pattern(given.mib * 1024 * 1024):
        yield piece
