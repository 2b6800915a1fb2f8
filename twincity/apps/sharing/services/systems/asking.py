"""Requests to a system of this member: bounded, without redirects, its errors told in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import msgspec

from twincity.apps.sharing.sources.operation import Request
from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import TimedOut, TooLarge, TransportError
from twincity.kernel.http.reply import Response
from twincity.kernel.problems import NOT_FOUND, Problem, define

SECONDS = 10.0
LARGEST = 4 * 2**20
"""Bytes of an answer."""
SILENT = define("system-unreachable", 503, zh="本地系统 {system} 无法连接", en="The system {system} cannot be reached")
SLOW = define("system-slow", 504, zh="本地系统 {system} 未及时回答", en="The system {system} did not answer in time")
FAULTY = define(
    "system-faulty", 502, zh="本地系统 {system} 的回答无法使用", en="What the system {system} answered cannot be used"
)
DECLINED = define(
    "system-declined",
    422,
    zh="本地系统 {system} 拒绝了请求 (状态 {number})",
    en="The system {system} declined the request with status {number}",
)
_OK, _MOVED, _REFUSED, _FAILED, _MISSING = 200, 300, 400, 500, 404
_NOTHING = 204


async def ask(system: str, address: str, request: Request, headers: Mapping[str, str]) -> Response:
    """The answer of a system, whatever its status.

    Raises:
        Problem: ``system-unreachable``, ``system-slow`` or ``system-faulty``.
    """
    given = {"accept": "application/json", **headers}
    if request.body is not None:
        given["content-type"] = "application/json"
    lines = [(name.encode(), value.encode()) for name, value in given.items()]
    try:
        async with aclosing(Client()) as client:
            return await client.request(
                request.method, address + request.target, lines, request.body, timeout=SECONDS, max_body=LARGEST
            )
    except TimedOut as error:
        raise Problem(SLOW, system=system) from error
    except TooLarge as error:
        raise Problem(FAULTY, system=system) from error
    except TransportError as error:
        raise Problem(FAULTY if error.permanent else SILENT, system=system) from error


def value(system: str, answer: Response) -> Any:
    """The JSON of an answer; what a system says of an error stays here.

    Raises:
        Problem: ``not-found``, ``system-declined`` or ``system-faulty``.
    """
    if answer.status == _MISSING:
        raise Problem(NOT_FOUND, field="path", what=system)
    if _REFUSED <= answer.status < _FAILED:
        raise Problem(DECLINED, system=system, number=answer.status)
    if not _OK <= answer.status < _MOVED:
        raise Problem(FAULTY, system=system)
    if answer.status == _NOTHING:
        return None
    kind = (answer.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    try:
        if not (kind == b"application/json" or kind.endswith(b"+json")):
            raise Problem(FAULTY, system=system)
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(FAULTY, system=system) from error
