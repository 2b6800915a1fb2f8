"""Seeded messages, and the same message as this package and as ``http-message-signatures`` want to see it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from twincity.kernel.httpsig import digest, target
from twincity.kernel.httpsig.base import component
from twincity.kernel.httpsig.context import Message, Request, Response
from twincity.kernel.httpsig.fields import (
    BareItem,
    InnerList,
    Item,
    Member,
    Params,
    Token,
    serialize_dictionary,
    serialize_item,
    serialize_list,
)

Line = tuple[str, str]

HOSTS = ["a.example", "A.Example", "a.example:443", "a.example:80", "a.example:8443", "[2001:DB8::1]:443", "a.example:"]
PATHS = ["", "/", "/a/b", "/%7Ea/%2F", "/a;b=c/@d:e", "/~x/*"]
PIECES = [
    "a=1",
    "b=with+plus",
    "c=%20%0A%22",
    "d",
    "e=",
    "f=%C3%A7~*-._",
    "f%C3%A7=x",
    "twice=1",
    "twice=2",
    "g=a=b",
    "",
]
METHODS = ["GET", "POST", "PUT", "OPTIONS", "CONNECT", "DELETE"]
PLAIN = ["text/plain", "  spaced  ", "", "a\r\n  folded", "one, two", "tab\tinside", 'quo"ted\\', "x" * 200]
TYPED = {"priority": "dictionary", "cdn-cache-control": "dictionary", "cache-status": "list", "accept-ch": "list"}
KEYS = ["a", "b", "*k", "k.1-_"]
TEXT = "abc XYZ 019 \"\\;,=()'"


class Lines:
    """Header lines with the interface that the other library asks for; keeps repeated lines apart."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = list(lines)

    def items(self) -> Iterator[Line]:
        return iter(self.lines)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.lines))

    def __contains__(self, name: str) -> bool:
        return any(name.lower() == each.lower() for each, _ in self.lines)

    def __setitem__(self, name: str, value: str) -> None:
        self.lines.append((name, value))

    def __delitem__(self, name: str) -> None:
        self.lines = [line for line in self.lines if line[0] != name]


@dataclass
class Theirs:
    """A message with the attributes that the other library asks for; which ones there are tells it the kind."""

    headers: Lines
    method: str = ""
    url: str = ""


@dataclass
class TheirResponse:
    headers: Lines
    status_code: int
    request: Theirs | None


@dataclass(frozen=True)
class Case:
    """One message in neutral form. ``status`` is 0 for a request; ``answered`` is what a response answers."""

    headers: list[Line]
    method: str = ""
    url: str = ""
    status: int = 0
    answered: Case | None = None
    identifiers: list[Item] = field(default_factory=list)

    def ours(self) -> Message:
        if not self.status:
            return Request(self.method, self.url, self.headers)
        request = self.answered.ours() if self.answered else None
        assert isinstance(request, Request)
        return Response(self.status, self.headers, (), request)

    def theirs(self) -> Any:
        if not self.status:
            return Theirs(Lines(self.headers), self.method, self.url)
        return TheirResponse(Lines(self.headers), self.status, self.answered.theirs() if self.answered else None)


class Generator:
    """Messages and component identifiers, most of them sound, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        return "".join(self.random.choices(TEXT, k=self.random.randrange(8)))

    def bare(self) -> BareItem:
        r = self.random
        makers: list[Callable[[], BareItem]] = [
            lambda: r.randrange(-(10**15) + 1, 10**15),
            lambda: Decimal(r.randrange(-(10**6), 10**6)) / 1000,
            self.text,
            lambda: Token(r.choice(["tok", "*a/b:c", "x!#$"])),
            lambda: r.randbytes(r.randrange(5)),
            lambda: r.random() < 0.5,
        ]
        return r.choice(makers)()

    def params(self) -> Params:
        return {key: self.bare() for key in self.random.sample(KEYS, self.random.choice([0, 0, 0, 1, 2]))}

    def member(self) -> Member:
        if self.random.random() < 0.2:
            return InnerList(
                tuple(Item(self.bare(), self.params()) for _ in range(self.random.randrange(3))), self.params()
            )
        return Item(self.bare(), self.params())

    def structured(self, kind: str) -> str:
        count = self.random.randrange(1, 4)
        if kind == "list":
            return serialize_list([self.member() for _ in range(count)])
        return serialize_dictionary({key: self.member() for key in self.random.sample(KEYS, count)})

    def headers(self) -> list[Line]:
        r = self.random
        lines = [(f"X-{n}", r.choice(PLAIN)) for n in r.choices("abc", k=r.randrange(5))]
        for name, kind in TYPED.items():
            if r.random() < 0.5:
                text = self.structured(kind)
                spread = "  " + text if r.random() < 0.5 else text
                lines.append((name.title(), spread))
        if r.random() < 0.4:
            lines.append(
                ("Content-Digest", digest.make(r.randbytes(3), *r.sample(["sha-256", "sha-512"], r.randrange(3))))
            )
        if r.random() < 0.1:
            lines.append(("Set-Cookie", "a=1, b"))
        if r.random() < 0.1:
            lines.append(("X-Latin", "caf\xe9"))
        r.shuffle(lines)
        return lines

    def url(self) -> str:
        r = self.random
        query = "&".join(r.choices(PIECES, k=r.randrange(5)))
        return f"{r.choice(['http', 'https', 'HTTPS'])}://{r.choice(HOSTS)}{r.choice(PATHS)}" + r.choice(
            ["", f"?{query}"]
        )

    def request(self) -> Case:
        return Case(self.headers(), self.random.choice(METHODS), self.url())

    def response(self) -> Case:
        return Case(self.headers(), status=self.random.randrange(100, 600), answered=self.request())

    def case(self, *, sound: bool = False) -> Case:
        """A message with identifiers of its components; ``sound`` ones can all be found, of the others most can."""
        case = self.request() if self.random.random() < 0.6 else self.response()
        named: dict[str, Item] = {}
        for _ in range(self.random.randrange(8)):
            item = self.identifier(case)
            named[serialize_item(item)] = item
        identifiers = list(named.values())
        if not sound and self.random.random() < 0.15:
            identifiers.append(self.random.choice([*WRONG, *identifiers]))
        return Case(case.headers, case.method, case.url, case.status, case.answered, identifiers)

    def identifier(self, case: Case) -> Item:
        r = self.random
        if case.status and case.answered and r.random() < 0.4:
            inner = self.identifier(case.answered)
            return Item(inner.value, {**inner.params, "req": True})
        if case.headers and r.random() < 0.6:
            return self.field(*r.choice(case.headers))
        if case.status:
            return Item("@status")
        singles = [name for name, values in target.form(Request("GET", case.url)).items() if len(values) == 1]
        if singles and r.random() < 0.4:
            return component("@query-param", name=r.choice(singles))
        return Item(r.choice(["@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"]))

    def field(self, name: str, value: str) -> Item:
        r = self.random
        name = name.lower()
        if name == "x-latin":
            return component(name, bs=True)
        kinds: list[Params] = [{}, {"bs": True}]
        if name in TYPED or name == "content-digest":
            kinds.append({"sf": True})
        if TYPED.get(name) == "dictionary" or name == "content-digest":
            kinds.append({"key": value.strip().partition("=")[0].partition(",")[0].partition(";")[0].strip()})
        return Item(name, r.choice(kinds))


WRONG = [
    Item("absent"),
    Item("@unknown"),
    Item("X-A"),
    Item("@signature-params"),
    component("@query-param"),
    component("@query-param", name="twice-absent"),
    component("@method", sf=True),
    component("@path", req=1),
    component("x-a", bs=True, sf=True),
    component("x-a", unheard=True),
    component("x-a", bs=1),
    component("priority", key="zz"),
    component("x-latin"),
]
