"""Requests and responses of the tests, signed and read; seeded random ones for comparisons by the thousand."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field, replace

import pytest

from twincity.kernel.keys import PrivateKey, PublicKey
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message
from twincity.kernel.tc1.message import Signed

NOW = 1_800_000_000
CONSUMER = PrivateKey("ed25519", bytes(range(32)))
PROVIDER = PrivateKey("ed25519", bytes(range(1, 33)))
TARGET = "https://sc.example/tc1/divisions/units/510000/towns?page=2&size=50"
BODY = b'{"code":"510000"}'
HEADERS = {
    "content-digest": message.content_digest(BODY),
    "content-type": "application/json",
    "tc-message-id": "0192f0c1-0000-7000-8000-000000000001",
    "tc-purpose": "planning.transport",
    "tc-system": "gis",
    "tc-case": "2026/17",
}
UNSIGNED = {"host": "sc.example", "accept": "*/*", "content-length": "17", "user-agent": "x", "via": "1.1 proxy"}
"""Fields that nobody covers; proxies may change them."""


@dataclass(frozen=True)
class Asked:
    """A request as it travels."""

    method: str = "POST"
    target: str = TARGET
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))

    def signed(self, key: PrivateKey = CONSUMER, now: int = NOW, nonce: str = "nonce-1") -> Asked:
        headers = dict(self.headers)
        message.sign_request(key, method=self.method, target=self.target, headers=headers, now=now, nonce=nonce)
        return replace(self, headers=headers)

    def having(self, **headers: str | None) -> Asked:
        """With other header values, underscores for hyphens; None takes one away."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in (self.headers | named).items() if value is not None}
        return replace(self, headers=kept)

    def read(self, now: int = NOW) -> Signed:
        return message.read_request(method=self.method, target=self.target, headers=self.headers, now=now)

    def accepted(self, key: PublicKey = CONSUMER.public, now: int = NOW) -> Signed:
        signed = self.read(now)
        message.check_signature(signed, key)
        return signed


@dataclass(frozen=True)
class Answered:
    """A response as it travels, with the headers of the request that it answers."""

    request: dict[str, str]
    status: int = 200
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "content-type": "application/json",
            "content-digest": message.content_digest(b"{}"),
            "tc-receipt": '"sc.example/exchange";index=7',
        }
    )

    def signed(self, key: PrivateKey = PROVIDER, now: int = NOW) -> Answered:
        headers = dict(self.headers)
        base, parameters = message.response_base(
            status=self.status, headers=headers, request=self.request, now=now, key=key.public
        )
        headers |= message.signature_headers(parameters, key.sign(base))
        return replace(self, headers=headers)

    def having(self, **headers: str | None) -> Answered:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in (self.headers | named).items() if value is not None}
        return replace(self, headers=kept)

    def read(self) -> Signed:
        return message.read_response(status=self.status, headers=self.headers, request=self.request)

    def accepted(self, key: PublicKey = PROVIDER.public) -> Signed:
        signed = self.read()
        message.check_signature(signed, key)
        return signed


def refused(code: str, field_: str, what: Asked | Answered, **options: object) -> Problem:
    """The message is refused with this code, naming this field."""
    with pytest.raises(Problem) as caught:
        what.accepted(**options)
    assert (caught.value.kind.code, caught.value.field) == (code, field_), caught.value
    return caught.value


def with_parameters(asked: Asked, parameters: str, key: PrivateKey = CONSUMER) -> Asked:
    """The request with any text as its Signature-Input after the label, and a signature over what that says.

    Whatever the reader makes of the text, the key has signed it: what is refused is refused for its form alone.
    """
    tried = asked.having(signature_input=f"tc1={parameters}", signature="tc1=:AAAA:")
    try:
        base = tried.read().base
    except Problem:
        return tried
    return tried.having(signature=f"tc1=:{base64.b64encode(key.sign(base)).decode()}:")


METHODS = ["GET", "POST", "PUT", "DELETE"]
SEGMENTS = ["units", "500000", "%E9%87%8D", "a~b", "x.y", "", "@", "a;b", "*"]
PIECES = ["page=2", "q=%20x", "empty=", "flag", "a=b=c", "z=~*-._"]
VALUES = ["a", "x" * 60, "one, two", 'quo"ted', "semi;colon=1", "tab\tinside", ": colon", "", "=?(){}[]", "sig=:AAAA:"]
NAMES = ["tc-system", "tc-case", "tc-consent", "tc-priority", "tc-deadline", "tc-x", "content-type"]


def random_request(how: random.Random) -> Asked:
    """A request such as a node might send, and some that none would."""
    path = "/".join(how.choices(SEGMENTS, k=how.randrange(5)))
    query = "&".join(how.choices(PIECES, k=how.randrange(4)))
    target = f"{how.choice(['http', 'https'])}://{how.choice(['sc.example', '127.0.0.1:8401', 'a.b.c'])}/tc1/{path}"
    headers = {"content-digest": message.content_digest(how.randbytes(how.randrange(20)))}
    headers |= {name: how.choice(VALUES) for name in how.sample(NAMES, how.randrange(len(NAMES)))}
    headers |= {"tc-message-id": how.randbytes(8).hex(), "tc-purpose": how.choice(["a", "a.b", "planning.transport"])}
    named = list(headers.items()) + how.sample(list(UNSIGNED.items()), how.randrange(len(UNSIGNED)))
    how.shuffle(named)
    return Asked(how.choice(METHODS), f"{target}?{query}" if query else target, dict(named))


def random_response(how: random.Random, request: Asked) -> Answered:
    headers = {"content-digest": message.content_digest(how.randbytes(3)), "content-type": how.choice(VALUES[:3])}
    headers |= {name: how.choice(VALUES) for name in how.sample(["tc-receipt", "tc-y", "server"], how.randrange(4))}
    return Answered(request.headers, how.choice([200, 201, 403, 404, 500]), headers)
