"""When something deserves an operator's attention. Pure: what was measured goes in, findings come out.

The limits are this project's own, not a law's; an operator may set others (``watch.limits``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import Annotated, Literal

import msgspec

from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import define

TOO_MANY = define(
    "export-too-large",
    422,
    zh="范围内有 {count} 次交换, 一次最多导出 {limit} 次: 请缩小范围",
    en="The scope holds {count} exchanges, one export takes at most {limit}: narrow it",
)
NOTHING = define("export-empty", 422, zh="范围内没有交换记录", en="The scope holds no exchanges")
MOST_EXPORTED = 5000
"""Exchanges in one export: each may ask the other side once."""
KEPT_DAYS = 7
"""Days for which an export lies ready, and for which a closed alert stays in the list."""
WINDOW_MINUTES = 15
"""Minutes of traffic that an alert about a partner rests on."""
SETTLED_SECONDS = 120
"""An alert whose cause is gone is closed after that, so that one which flickers is one alert."""

Severity = Literal["bad", "warn"]
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beyond which an alert is raised; a partner is judged by the last quarter of an hour."""

    silent_calls: Positive = 3
    """Calls without an answer, and none with one."""
    least_calls: Positive = 20
    """Calls below which shares and times say nothing."""
    refused_percent: Percent = 20
    p95_millis: Positive = 2000
    witness_seconds: Positive = 900
    free_mebibytes: Positive = 1024


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic with one partner on one side within the window."""

    peer: str
    side: str
    calls: int
    ok: int
    refused: int
    silent: int
    p95: float


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured at one moment."""

    partners: tuple[Partner, ...] = ()
    witnessed_ago: float = 0
    """Seconds since another jurisdiction witnessed the directory, infinite before it first did; 0 outside a circle."""
    failed_logs: tuple[str, ...] = ()
    failed_jobs: tuple[tuple[str, str], ...] = ()
    """Jobs that failed since the last look, and with what."""
    free_mebibytes: int = 2**31


class Finding(msgspec.Struct, frozen=True):
    """One thing beyond its limit: kind and subject name the alert, the text says what was measured."""

    kind: str
    subject: str
    severity: Severity
    text: LocalText


def findings(measured: Measured, limits: Limits) -> list[Finding]:
    """All that is beyond its limit."""
    return [*_partners(measured.partners, limits), *_node(measured, limits)]


def _partners(partners: Iterable[Partner], limits: Limits) -> Iterator[Finding]:
    for each in partners:
        if each.side == "consumer" and not each.ok and each.silent >= limits.silent_calls:
            zh, en = f"{each.silent} 次调用没有应答", f"{each.silent} calls brought no answer"
            yield Finding("partner-silent", each.peer, "bad", LocalText(zh, en))
        if each.calls < limits.least_calls:
            continue
        share = each.refused * 100 // each.calls
        if share >= limits.refused_percent:
            zh, en = f"{each.calls} 次中 {share}% 被拒绝", f"{share}% of {each.calls} calls were refused"
            yield Finding(f"refusals-{each.side}", each.peer, "warn", LocalText(zh, en))
        if each.p95 >= limits.p95_millis:
            zh, en = f"95% 的用时达 {each.p95:.0f} 毫秒", f"95% of calls take up to {each.p95:.0f} ms"
            yield Finding(f"slow-{each.side}", each.peer, "warn", LocalText(zh, en))


def _node(measured: Measured, limits: Limits) -> Iterator[Finding]:
    for name in measured.failed_logs:
        yield Finding("log-failed", name, "bad", LocalText("账本停止写入", "The ledger has stopped"))
    for name, error in measured.failed_jobs:
        yield Finding("job-failed", name, "warn", LocalText(f"后台任务失败: {error}", f"The job failed: {error}"))
    if measured.witnessed_ago >= limits.witness_seconds:
        yield Finding("directory-stale", "", "bad", _unwitnessed(measured.witnessed_ago))
    if measured.free_mebibytes < limits.free_mebibytes:
        free = measured.free_mebibytes
        yield Finding("disk-low", "", "bad", LocalText(f"磁盘剩余 {free} MiB", f"{free} MiB of disk are left"))


def _unwitnessed(ago: float) -> LocalText:
    if ago == inf:
        return LocalText("名录尚未获外省见证", "No other jurisdiction has witnessed the directory yet")
    zh, en = f"名录 {ago:.0f} 秒未获外省见证", f"No other jurisdiction has witnessed the directory for {ago:.0f} s"
    return LocalText(zh, en)
