"""Homes, charter and processes of a small circle on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twincity.engines.circle import facade as circle_facade
from twincity.kernel.home import Config, Home
from twincity.kernel.locale_text import LocalText

PATIENCE = 90.0
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Spec:
    """A node to be made. ``below`` names the issuer's short name; anchors have none."""

    name: str
    id: str
    title: LocalText
    division: str
    below: str = ""
    admits: int = 0


CHONGQING = Spec("cq", "cq.twincity.example", LocalText("重庆市", "Chongqing"), "500000")
SICHUAN = Spec("sc", "sc.twincity.example", LocalText("四川省", "Sichuan"), "510000")
DIANJIANG = Spec("dj", "dianjiang.cq.twincity.example", LocalText("垫江县", "Dianjiang County"), "500231", "cq")
LINSHUI = Spec("ls", "linshui.sc.twincity.example", LocalText("邻水县", "Linshui County"), "511623", "sc")


class OperationRefusedError(RuntimeError):
    """A node refused an operation; ``problem`` is its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('i18n', {}).get('en')}")
        self.problem = problem
        self.code: str = problem.get("code", "")


@dataclass
class LiveNode:
    """One node's home and process."""

    spec: Spec
    home: Home
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return self.home.config.address

    @property
    def log_file(self) -> Path:
        return self.home.path / "node.log"

    def start(self, **env: str) -> LiveNode:
        """Start the process and wait until it takes requests.

        Raises:
            RuntimeError: with the end of its log when it does not come up.
        """
        self.launch(**env)
        return self.wait_ready()

    def launch(self, **env: str) -> None:
        """Start the process without waiting."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "twincity", "run", "--home", str(self.home.path)],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.env, **env},
                start_new_session=True,
            )

    def wait_ready(self) -> LiveNode:
        """Wait until the node answers.

        Raises:
            RuntimeError: with the end of its log when it does not come up.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            with suppress(OSError, urllib.error.URLError):
                if self.get("/health")[0] == 200:
                    return self
            time.sleep(0.03)
        self.kill()
        raise RuntimeError(f"{self.spec.name} did not start:\n{self.log_file.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the process in good order."""
        self._end(15)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(9)

    def _end(self, signal: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def operate(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Perform an operation in the running node.

        Raises:
            OperationRefusedError: when the node refuses it.
        """
        headers = {"authorization": f"Bearer {self.home.secret('operator')}"}
        body = json.dumps(arguments or {}).encode()
        status, _, answer = self.request("POST", f"/operator/{name}", headers, body)
        value = json.loads(answer)
        if status != 200:
            raise OperationRefusedError(value)
        return value

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of a GET."""
        return self.request("GET", path, headers or {}, None)

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower-case names) and body of any request to this node."""
        request = urllib.request.Request(self.address + path, data=body, headers=headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
                return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


class Circle(dict[str, LiveNode]):
    """Live nodes by short name."""

    def stop(self) -> None:
        """End all of them."""
        for node in self.values():
            if node.process is not None:
                node.process.terminate()
        for node in self.values():
            node.stop()

    def wait_known(self, *names: str) -> None:
        """Wait until the given nodes, or all, know every member's keys and a witnessed log of every anchor.

        Raises:
            TimeoutError: when they do not.
        """
        until = time.monotonic() + PATIENCE
        for name in names or list(self):
            while not self._knows(name):
                if time.monotonic() > until:
                    raise TimeoutError(f"{name}: {self[name].operate('circle.status')}")
                time.sleep(0.05)

    def _knows(self, name: str) -> bool:
        members = {each["id"]: each for each in self[name].operate("circle.status")["members"]}
        everyone = all(members.get(node.spec.id, {}).get("keys") for node in self.values())
        anchors = [node.spec.id for node in self.values() if not node.spec.below]
        return everyone and all(members[each]["witnessed"] for each in anchors)


def make_home(folder: Path, spec: Spec, *, apps: Sequence[str], port: int = 0, database: str = "sqlite") -> Home:
    """The home of one node, on a free port if none is given."""
    listen = f"{HOST}:{port or free_port()}"
    config = Config(
        id=spec.id,
        title=spec.title,
        division=spec.division,
        address=f"http://{listen}",
        listen=listen,
        apps=list(apps),
        database=database,
    )
    return Home.create(folder / spec.name, config)


def make_circle(
    folder: Path, specs: Sequence[Spec], *, apps: Sequence[str] = ("sharing", "probe"), ports: Sequence[int] = ()
) -> Circle:
    """Homes of all nodes, with a charter that every anchor has signed and every node has adopted."""
    given = list(ports) + [0] * len(specs)
    circle = Circle()
    for spec, port in zip(specs, given, strict=False):
        circle[spec.name] = LiveNode(spec, make_home(folder, spec, apps=apps, port=port))
    anchors = [node for node in circle.values() if not node.spec.below]
    cards = [circle_facade.card(node.home) for node in anchors]
    document = circle_facade.draft_charter("chuan-yu", len(anchors), cards, [])
    for node in anchors:
        document = circle_facade.sign_charter(node.home, document)
    for node in circle.values():
        circle_facade.adopt_charter(node.home, document)
    return circle


def start_circle(circle: Circle) -> None:
    """Start all nodes; anchors announce their keys and admit the others; wait until everyone knows everyone."""
    for node in circle.values():
        node.launch()
    for node in circle.values():
        node.wait_ready()
        if not node.spec.below:
            node.operate("circle.announce")
    for node in circle.values():
        if node.spec.below:
            card = json.loads(_encode(circle_facade.card(node.home)))
            circle[node.spec.below].operate("circle.admit", {"card": card, "admits": node.spec.admits})
    circle.wait_known()


@contextmanager
def live_circle(
    folder: Path, specs: Sequence[Spec] = (CHONGQING, SICHUAN), *, apps: Sequence[str] = ("sharing", "probe")
) -> Iterator[Circle]:
    """A running circle; everything has ended when the block is left."""
    circle = make_circle(folder, specs, apps=apps)
    try:
        start_circle(circle)
        yield circle
    finally:
        circle.stop()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def _encode(card: circle_facade.Card) -> bytes:
    import msgspec  # noqa: PLC0415

    return msgspec.json.encode(card)
