"""Somebody at a node's portal without a browser: signs in, reads pages, sends forms."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

from twincity.node.testkit.live import PATIENCE, LiveNode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """One session with a node."""

    def __init__(self, node: LiveNode, username: str, password: str, language: str = "en") -> None:
        self.node = node
        self.language = language
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        self.post("/accounts/login/", {"login": username, "password": password})

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page, redirections followed."""
        return self._send(path, None)

    def post(self, path: str, fields: dict[str, str | list[str]], page: str = "") -> tuple[int, str]:
        """Send a form of ``page`` (that of ``path`` itself if none is named); status and text of what comes of it."""
        found = _TOKEN.search(self.get(page or path)[1])
        token = {"csrfmiddlewaretoken": found[1]} if found else {}
        return self._send(path, urlencode(token | fields, doseq=True).encode())

    def _send(self, path: str, body: bytes | None) -> tuple[int, str]:
        address = self.node.address
        headers = {"accept": "text/html", "accept-language": self.language, "origin": address}
        request = urllib.request.Request(address + path, data=body, headers=headers)  # noqa: S310  a node's own
        try:
            with self._open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
