"""A small information system on the loopback interface, with the description that such systems give of themselves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRMS = [
    {"code": "5001", "name": "渝江", "city": "重庆", "phone": "13800000001"},
    {"code": "5101", "name": "蜀光", "city": "成都", "phone": "13800000002"},
    {"code": "5102", "name": "蜀水", "city": "成都", "phone": "13800000003"},
]
_CODE = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
_OK = {"200": {"description": "ok", "content": {"application/json": {"schema": {}}}}}


def description() -> dict[str, Any]:
    """OpenAPI 3.0 of the system; some operations cannot be offered to others."""
    limit = {"name": "page-size", "in": "query", "schema": {"$ref": "#/components/schemas/Size"}}
    city = {"name": "city", "in": "query", "schema": {"type": "string", "enum": ["重庆", "成都"]}}
    phone = {"name": "phone", "in": "query", "schema": {"type": "string"}}
    token = {"name": "X-Token", "in": "header", "required": True, "schema": {"type": "string"}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Firms", "version": "2.1"},
        "servers": [{"url": "http://169.254.169.254/"}],
        "paths": {
            "/health": {"get": {"responses": _OK}},
            "/firms": {"get": {"summary": "List", "parameters": [limit, city, phone], "responses": _OK}},
            "/firms/{code}": {"parameters": [_CODE], "get": {"responses": _OK}, "delete": {"responses": {}}},
            "/checks": {"post": {"requestBody": body, "responses": _OK}},
            "/secret": {"get": {"parameters": [token], "responses": _OK}},
            "/moved": {"get": {"responses": _OK}},
            "/broken": {"get": {"responses": _OK}},
            "/text": {"get": {"responses": _OK}},
            "/files/{a}.{b}": {"get": {"responses": _OK}},
        },
        "components": {
            "schemas": {
                "Size": {"type": "integer"},
                "Ask": {
                    "type": "object",
                    "required": ["code"],
                    "properties": {"code": {"type": "string"}, "deep": {"type": "object"}},
                },
            }
        },
    }


class Office(BaseHTTPRequestHandler):
    """Answers, and remembers what it was asked."""

    asked: list[tuple[str, str, bytes, dict[str, str]]]

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        self._note(b"")
        if place.path == "/openapi.json":
            self._send(200, description())
        elif place.path == "/health":
            self._send(200, {"ok": True})
        elif place.path == "/firms":
            cities = parse_qs(place.query).get("city", ["重庆", "成都"])
            self._send(200, {"rows": [each for each in FIRMS if each["city"] in cities], "secret": "total"})
        elif place.path.startswith("/firms/"):
            found = [each for each in FIRMS if each["code"] == place.path.rpartition("/")[2]]
            self._send(200, found[0]) if found else self._send(404, {"trace": "db.internal:5432"})
        elif place.path == "/moved":
            self._send(302, {}, {"Location": "http://169.254.169.254/latest"})
        elif place.path == "/text":
            self._send(200, {}, {"Content-Type": "text/html"})
        else:
            self._send(500, {"trace": "db.internal:5432"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._note(body)
        self._send(201, {"checked": json.loads(body)["code"]})

    def _note(self, body: bytes) -> None:
        type(self).asked.append((self.command, self.path, body, dict(self.headers.items())))

    def _send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in ({"Content-Type": "application/json; charset=utf-8"} | (headers or {})).items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def open_office(port: int = 0) -> Iterator[tuple[str, type[Office]]]:
    """The address of a running system, and the class that remembers."""
    handler = type("Running", (Office,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
