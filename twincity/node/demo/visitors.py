"""A 重庆 official signs in at 四川's portal with the account of home: no account there, nothing agreed beforehand."""

from __future__ import annotations

import html
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from twincity.node.demo.stage import Stage, hold
from twincity.node.testkit import CHONGQING

SECONDS = 30
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """An answer to a browser."""

    url: str
    status: int
    location: str
    text: str


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are steps of the play, so none is followed unseen."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none."""


@dataclass
class Person:
    """Somebody with a browser without pictures: cookies, links and forms."""

    username: str
    password: str
    jars: dict[str, CookieJar] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        """Open an address."""
        return self._open(url, None)

    def post(self, url: str, values: Mapping[str, str | list[str]]) -> Page:
        """Send a form's values, and nothing that its page would have held."""
        return self._open(url, urlencode(values, doseq=True).encode())

    def submit(self, page: Page, action: str, /, **values: str | list[str]) -> Page:
        """Send the form of a page that leads to ``action``, with its hidden fields."""
        form = next(found for found in _FORM.findall(page.text) if f'action="{action}' in found)
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(form)}
        return self.post(_base(page.url) + action, hidden | values)

    def sign_in(self, address: str) -> None:
        """Sign in with the password."""
        page = self.get(address + "/accounts/login/")
        if page.status == 200:  # otherwise somebody is signed in
            self.submit(page, "/accounts/login/", login=self.username, password=self.password)

    def _open(self, url: str, body: bytes | None) -> Page:
        # Cookies ignore ports, and these nodes share an address: a jar each keeps them apart as hosts do.
        jar = self.jars.setdefault(_base(url), CookieJar())
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(jar))
        headers = {"accept": "text/html", "referer": url, "accept-language": "zh-hans"}
        request = urllib.request.Request(url, body, headers)  # noqa: S310
        try:
            answer: Any = opener.open(request, timeout=SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(url, answer.status, answer.headers.get("location", ""), answer.read().decode())


def visit(stage: Stage) -> None:
    """Sign in across the border, and see what the other node has learnt."""
    stage.title(
        "重庆的经办人用本地账号登录四川门户, 事先无须任何双边约定",
        "A case officer of Chongqing signs in at Sichuan's portal with the account of home; nothing was agreed before",
    )
    officer = Person("zhangwei", secrets.token_urlsafe(12))
    given = {"username": officer.username, "password": officer.password, "roles": ["official"]}
    stage.cq.operate("identity.account", given)
    entrance = officer.get(stage.sc.address + "/accounts/circle/")
    asked = officer.submit(entrance, "/accounts/circle/start/", member=CHONGQING.id)
    officer.sign_in(stage.cq.address)
    consent = officer.get(asked.location)
    back = officer.submit(consent, "/accounts/circle/authorize/", action="agree").location
    hold(
        holds="code=" in back and officer.username not in back,
        zh="重庆节点核验身份并征得同意, 返回地址中只有一次性代码",
        en="Chongqing's node signs the officer in and asks for consent; the way back holds only a one-time code",
    )
    officer.get(back)
    here = officer.get(stage.sc.address + "/me/")
    hold(
        holds=here.status == 200 and CHONGQING.id in here.text and officer.username not in here.text,
        zh="已登录四川门户: 四川只知道来自重庆的化名, 不知道账号名",
        en="Signed in at Sichuan, who knows a pseudonym from Chongqing and not the name of the account",
    )
    again = officer.get(back)
    hold(holds=again.status == 403, zh="同一代码再次使用: 拒绝", en="The same code again: refused")


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
