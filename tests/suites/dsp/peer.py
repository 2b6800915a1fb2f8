"""The kit's side: a connector outside the circle that says what a script tells it, and keeps all that it hears."""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.suites.dsp import schemas

PATIENCE = 60.0
CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
TOKEN = "the-token-that-the-kit-shows-0001"


@dataclass
class Kit:
    """A scripted peer on loopback."""

    heard: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)
    faults: list[str] = field(default_factory=list)
    own_pid: str = ""
    """Its process id, which it answers a first request with."""

    def __post_init__(self) -> None:
        kit = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, answer = kit.take(self.path, json.loads(raw))
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/dsp"

    def take(self, path: str, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Check a message against its schema, keep it, acknowledge it."""
        self.faults += [f"{message.get('@type')}: {fault}" for fault in schemas.faults(message)]
        self.heard.put((path, message))
        if path.endswith("/request"):
            kind = "ContractNegotiation" if "/negotiations/" in path else "TransferProcess"
            pids = {"providerPid": self.own_pid, "consumerPid": message["consumerPid"]}
            return 201, {"@context": CONTEXT, "@type": kind, **pids, "state": "REQUESTED"}
        return 200, {}

    def wait(self, kind: str) -> dict[str, Any]:
        """The next message, which must be of that type."""
        _, message = self.heard.get(timeout=PATIENCE)
        assert message["@type"] == kind, message
        return message

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def say(kind: str, **members: Any) -> dict[str, Any]:
    """A message of the kit, which must itself follow its schema."""
    message = {"@context": CONTEXT, "@type": kind, **members}
    assert not schemas.faults(message), schemas.faults(message)
    return message
