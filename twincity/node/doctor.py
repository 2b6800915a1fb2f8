"""Looking a node over: what an operator would check by hand, with the word what to mend."""

from __future__ import annotations

import json
import os
import shutil
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.kernel import clock
from twincity.kernel.home import Home
from twincity.kernel.problems import Problem

FREE_BYTES = 1 << 30
CLOCK_SECONDS = 5
STALE_SECONDS = 900


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def examine(path: Path) -> list[Finding]:
    """Look a home over, and the node itself if it is up; never raises."""
    try:
        home = Home(path)
    except (OSError, msgspec.ValidationError, ValueError) as error:
        return [Finding("settings", ok=False, detail=str(error))]
    found = [Finding("settings", ok=True, detail=home.config.id)]
    for what, look in _LOOKS.items():
        try:
            found += [Finding(what, *result) for result in look(home)]
        except (OSError, ValueError, KeyError, Problem) as error:
            found.append(Finding(what, ok=False, detail=str(error)))
    return found


def _keys(home: Home) -> Iterator[tuple[bool, str]]:
    folder = home.path / "keys"
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    open_to_others = sorted(name for name, mode in modes.items() if mode & 0o077)
    yield not open_to_others, f"readable by others: {', '.join(open_to_others)}" if open_to_others else "mode 0600"
    for name in ("root", "tc1", "tc1-next", "log", "witness"):
        home.key(name)
    yield True, "all present"


def _disk(home: Home) -> Iterator[tuple[bool, str]]:
    free = shutil.disk_usage(home.path).free
    yield free > FREE_BYTES, f"{free // (1 << 20)} MiB free"
    yield os.access(home.path, os.W_OK), "writable"


def _charter(home: Home) -> Iterator[tuple[bool, str]]:
    digest = circle.pinned_digest(home) if (home.path / "circle" / "charter.json").exists() else ""
    yield bool(digest), digest or "no charter adopted: twincity circle adopt"


def _node(home: Home) -> Iterator[tuple[bool, str]]:
    try:
        with urllib.request.urlopen(f"http://{home.config.listen}/health", timeout=5) as response:
            report: dict[str, Any] = json.load(response)
            skew = _skew(response.headers.get("date", ""))
    except (urllib.error.URLError, ConnectionError) as error:
        yield False, f"not up at {home.config.listen}: {error}"
        return
    yield bool(report["ok"]), f"up, ledgers {report['ledger']}"
    yield report["id"] == home.config.id, f"answers as {report['id']}"
    yield not report["jobs"], f"jobs that failed: {report['jobs'] or 'none'}"
    yield abs(skew) <= CLOCK_SECONDS, f"its clock differs by {skew} s"
    age = report.get("circle", {}).get("witnessed_seconds_ago")
    if age is not None:
        yield age <= STALE_SECONDS, f"directory witnessed {age} s ago"


def _skew(date: str) -> int:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  only here

    return int(parsedate_to_datetime(date).timestamp()) - clock.unix()


_LOOKS: dict[str, Callable[[Home], Iterator[tuple[bool, str]]]] = {
    "keys": _keys,
    "disk": _disk,
    "charter": _charter,
    "node": _node,
}
