"""What the drills share: polling, memory of a process, signed callers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from twincity.kernel import clock, ids
from twincity.kernel.http.client import Client
from twincity.kernel.http.reply import Response
from twincity.kernel.keys import PrivateKey, PublicKey, b64url
from twincity.kernel.tc1 import message
from twincity.node.testkit import LiveNode

PURPOSE = "planning.drill"
Found = TypeVar("Found")


def until(what: str, condition: Callable[[], Found], seconds: float = 15.0) -> Found:
    """What a condition gave when it first gave something; fails when it gives nothing for so long."""
    end = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)


def memory(pid: int) -> float:
    """MB of memory that a process holds (VmRSS)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def pid(node: LiveNode) -> int:
    """Process of a running node."""
    assert node.process is not None
    return node.process.pid


def grant(provider: LiveNode, *members: str, service: str = "probe", methods: tuple[str, ...] = ("GET",)) -> None:
    """Let members call a service for the drills' purpose."""
    grants = [
        {"id": f"{service}-{n}", "subject": f"member:{member}", "service": service, "purposes": ["planning"]}
        | {"methods": list(methods)}
        for n, member in enumerate(members)
    ]
    provider.operate("exchange.grant", {"grants": grants})


def system_token(node: LiveNode, name: str = "drill") -> str:
    """Token of a local system that the node already knows."""
    token: str = node.operate("identity.system", {"name": name, "purposes": ["planning"]})["token"]
    until("the token to count", lambda: through(node, token, node.spec.id)[0] != 401)
    return token


def through(node: LiveNode, token: str, provider: str, path: str = "/echo", **more: str) -> tuple[int, dict, bytes]:
    """A call of a local system through its own node to the provider's probe."""
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return node.get(f"/call/{provider}/probe{path}", headers)


def code(body: bytes) -> str:
    """Code of a problem document; empty for anything else."""
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@dataclass(frozen=True)
class Signed:
    """A request that may be sent any number of times."""

    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Caller:
    """Signs requests to a provider as a member whose key is at hand, and checks the answers."""

    key: PrivateKey
    provider: PublicKey
    address: str

    @classmethod
    def between(cls, consumer: LiveNode, provider: LiveNode) -> Caller:
        """With the keys in the two homes, as they are now."""
        return cls(consumer.home.key("tc1"), provider.home.key("tc1").public, provider.address)

    def sign(self, path: str = "/probe/echo?text=drill", *, offset: int = 0, **more: str) -> Signed:
        """A GET signed now, or as of ``offset`` seconds later."""
        name = ids.new_id()
        headers = {"content-digest": message.content_digest(b""), "tc-message-id": name, "tc-purpose": PURPOSE}
        headers |= {key.replace("_", "-"): value for key, value in more.items()}
        url, nonce = f"{self.address}/tc1{path}", b64url(os.urandom(16))
        now = clock.unix() + offset
        message.sign_request(self.key, method="GET", target=url, headers=headers, now=now, nonce=nonce)
        return Signed(name, "GET", url, headers)

    def signature(self, signed: Signed, response: Response) -> bytes:
        """The provider's signature over its answer; raises Problem unless it holds."""
        headers = {name.decode(): value.decode() for name, value in response.headers}
        found = message.read_response(status=response.status, headers=headers, request=signed.headers)
        message.check_signature(found, self.provider)
        message.check_digest(headers["content-digest"], response.body)
        return found.signature


async def send(client: Client, signed: Signed, seconds: float = 10.0) -> Response:
    """Send a signed request as it is."""
    headers = [(name.encode(), value.encode()) for name, value in signed.headers.items()]
    return await client.request(
        signed.method, signed.url, headers, signed.body or None, timeout=seconds, max_body=1_000_000
    )


def sent(node: LiveNode, signed: Signed) -> tuple[int, str, Any]:
    """Status, problem code and body of a signed request, from a plain thread."""
    path = signed.url.removeprefix(node.address)
    status, _, body = node.request(signed.method, path, signed.headers, signed.body or None)
    return status, code(body), body
