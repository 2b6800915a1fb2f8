"""Who may call what: grants, the decision, and its explanation. Pure: no clock, no database.

A grant is subject × service × method and path × purpose × field mask × row filter × rate × validity. Nothing is allowed
that no grant allows; a grant that denies beats every grant that allows. Agreements are compiled to grants once, so that
a call costs two look-ups and a few comparisons (about 5 µs among 10,000 grants).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from twincity.kernel import canonical
from twincity.kernel.problems import Problem, define

FORBIDDEN = define(
    "grant-missing",
    403,
    zh="没有授权允许 {member} 为用途 {purpose} 调用 {service}: {reason_zh}",
    en="No grant lets {member} call {service} for {purpose}: {reason_en}",
)
BAD_GRANT = define("grant-invalid", 422, zh="授权写法有误: {reason}", en="The grant is not well formed: {reason}")

LONGEST = 100
"""Characters of the name of a service or of a purpose."""
_SUBJECT = re.compile(
    r"any|member:[a-z0-9.-]+(#[a-z0-9.-]+)?|mark:\S+|division:(\d\d){1,3}|xroad:[^\s/]+(/[^\s/]+){2,3}", re.ASCII
)
LONGEST_IDENTIFIER = 300
_PURPOSE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_PATH = re.compile(r"(?=/)(/(\{[a-z_]+\}|[A-Za-z0-9._~-]+))*(/\*)?|/")


class RowFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on a row; all conditions of a grant must hold. Values compare as text."""

    field: str
    op: Literal["in", "prefix", "min", "max"]
    values: tuple[str, ...]

    def holds(self, row: dict[str, Any]) -> bool:
        """Whether the row satisfies the condition; an absent field never does."""
        value = row.get(self.field)
        if value is None:
            return False
        text = str(value).lower() if isinstance(value, bool) else str(value)  # as JSON writes it
        if self.op == "in":
            return text in self.values
        if self.op == "prefix":
            return text.startswith(self.values)
        return text >= self.values[0] if self.op == "min" else text <= self.values[0]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One compiled permission; times in seconds since 1970, rate in calls a minute (0: no limit)."""

    id: str
    subject: str
    """``member:ID``, ``member:ID#SYSTEM``, ``mark:ISSUER/MARK``, ``division:PREFIX`` or ``any`` (member).

    Outside the circle: ``xroad:INSTANCE/CLASS/MEMBER`` or ``xroad:INSTANCE/CLASS/MEMBER/SUBSYSTEM``.
    """
    service: str
    methods: tuple[str, ...] = ("GET",)
    path: str = "/*"
    """Template: ``/units/{code}/towns``; ``{name}`` stands for one segment, a final ``/*`` for any rest."""
    purposes: tuple[str, ...] = ()
    """Codes; one covers those below it (``planning`` covers ``planning.transport``); empty means none, not all."""
    fields: tuple[str, ...] = ()
    """Mask: the fields that may leave; empty means all of the standard."""
    rows: tuple[RowFilter, ...] = ()
    rate: int = 0
    not_before: int = 0
    not_after: int = 2**53 - 1
    effect: Literal["allow", "deny"] = "allow"
    agreement: str = ""
    consent: str = ""
    """Identifier of the data agreement under which the person concerned must have consented; empty: no consent."""


@dataclass(frozen=True, slots=True)
class Request:
    """The facts of a call that a decision rests on."""

    member: str
    service: str
    method: str
    path: str
    purpose: str
    now: int
    system: str = ""
    division: str = ""
    marks: tuple[str, ...] = ()
    outside: str = ""
    """Selector of a caller that is no member of the circle, ``xroad:…``; what is for any member is not for it."""

    def subjects(self) -> list[str]:
        """Selectors this caller answers to, most particular first."""
        if self.outside:
            return [self.outside, self.outside.rpartition("/")[0]]
        prefixes = [f"division:{self.division[:size]}" for size in (6, 4, 2)] if self.division else []
        named = [f"member:{self.member}#{self.system}"] if self.system else []
        return [*named, f"member:{self.member}", *(f"mark:{mark}" for mark in self.marks), *prefixes, "any"]


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of one grant, and whether it held; the text is for an administrator."""

    grant: str
    condition: Literal["subject", "method", "path", "purpose", "validity", "effect", "consent"]
    holds: bool
    zh: str
    en: str


def check(grant: Grant) -> Grant:
    """A grant that is well formed.

    Raises:
        Problem: ``grant-invalid`` naming the field.
    """
    faults = {
        "subject": not _SUBJECT.fullmatch(grant.subject),
        "service": not 0 < len(grant.service) <= LONGEST,
        "methods": not grant.methods or not set(grant.methods) <= {"GET", "POST", "PUT", "DELETE"},
        "path": not _PATH.fullmatch(grant.path),
        "purposes": not grant.purposes or not all(p == "*" or is_purpose(p) for p in grant.purposes),
        "rows": any(not row.values or (row.op in {"min", "max"} and len(row.values) > 1) for row in grant.rows),
        "consent": len(grant.consent) > LONGEST_IDENTIFIER,
        "rate": not 0 <= grant.rate <= canonical.MAX_INTEGER,
        "not_before": grant.not_before < 0,
        "not_after": not grant.not_before < grant.not_after <= canonical.MAX_INTEGER,
    }
    for field, wrong in faults.items():
        if wrong:
            raise Problem(BAD_GRANT, field=field, reason=field)
    return grant


def is_purpose(code: str) -> bool:
    """Whether a purpose code is well formed."""
    return len(code) <= LONGEST and _PURPOSE.fullmatch(code) is not None


def path_matches(template: str, path: str) -> bool:
    """Whether a path fits a template; ``/*`` at the end takes any rest, ``{name}`` exactly one segment."""
    wanted, given = template.split("/"), path.split("/")
    if wanted[-1] == "*":
        wanted = wanted[:-1]
        if len(given) < len(wanted):
            return False
        given = given[: len(wanted)]
    if len(wanted) != len(given):
        return False
    pairs = zip(wanted, given, strict=True)
    return all(w == g or (w[:1] == "{" and g not in {"", ".", ".."}) for w, g in pairs)


def common_path(template: str, path: str) -> str:
    """What two path templates both match, as a template; empty when nothing."""
    wanted, given = template.split("/"), path.split("/")
    if wanted[-1] == "*":
        wanted = wanted[:-1] + given[len(wanted) - 1 :]
    if len(wanted) != len(given):
        return ""
    pairs = list(zip(wanted, given, strict=True))
    if any(w != g and w[:1] != "{" and g[:1] != "{" for w, g in pairs):
        return ""
    return "/".join(g if w[:1] == "{" else w for w, g in pairs)


def reach(index: GrantIndex, request: Request) -> list[str]:
    """The part of an endpoint, ``request.path`` being its template, that the caller's grants allow.

    For ``request.purpose``, or any purpose when that is empty. Templates, shortest first; a denial of only some of the
    values of a segment does not show.
    """
    found: set[str] = set()
    for grant in index.candidates(request):
        path = common_path(grant.path, request.path)
        for purpose in (request.purpose,) if request.purpose else grant.purposes:
            if path and allows(index, replace(request, path=path, purpose=purpose)):
                found.add(path)
    return sorted(found, key=lambda each: (len(each), each))


def purpose_covered(granted: Iterable[str], purpose: str) -> bool:
    """Whether one of the granted purposes is ``purpose`` or stands above it."""
    return any(code in {"*", purpose} or purpose.startswith(code + ".") for code in granted)


def _order(grant: Grant) -> tuple[bool, str]:
    return grant.effect != "deny", grant.id


class GrantIndex:
    """Grants by service and subject; a new one when they change, so that it is read without locks."""

    def __init__(self, grants: Iterable[Grant] = (), *, version: str = "") -> None:
        self.version = version
        """Digest of the policy, kept in every record, so that a decision can be recomputed."""
        self._by: dict[tuple[str, str], list[Grant]] = {}
        for grant in sorted(grants, key=_order):
            self._by.setdefault((grant.service, grant.subject), []).append(grant)

    def replaced(self, gone: Iterable[Grant], new: Iterable[Grant], *, version: str) -> GrantIndex:
        """The index with some grants less and others more; this one stays as it is for those who read it."""
        index = GrantIndex(version=version)
        index._by = dict(self._by)
        for grant in gone:
            key = grant.service, grant.subject
            index._by[key] = [each for each in index._by[key] if each.id != grant.id]
        for grant in new:
            key = grant.service, grant.subject
            index._by[key] = sorted([*index._by.get(key, ()), grant], key=_order)
        return index

    def candidates(self, request: Request) -> Iterator[Grant]:
        """Grants that name this caller and this service, most particular subject first."""
        for subject in request.subjects():
            yield from self._by.get((request.service, subject), ())

    def decide(self, request: Request) -> Grant:
        """The grant that allows the call.

        Raises:
            Problem: ``grant-missing`` with the reason of the nearest miss.
        """
        allowed: Grant | None = None
        for grant in self.candidates(request):
            if _applies(grant, request):
                if grant.effect == "deny":
                    raise refusal(self, request)
                allowed = allowed or grant
        if allowed is None:
            raise refusal(self, request)
        return allowed


def refusal(index: GrantIndex, request: Request) -> Problem:
    """The problem that explains why a call is not allowed: the denial, or the nearest miss of a grant that allows."""
    denials = {grant.id for grant in index.candidates(request) if grant.effect == "deny"}
    missed = [step for step in explain(index, request) if not step.holds]
    steps = [step for step in missed if step.condition == "effect" or step.grant not in denials]
    steps = steps or [_unnamed(request)]
    order = ["subject", "method", "path", "purpose", "validity", "effect"]
    nearest = max(steps, key=lambda step: order.index(step.condition))
    return Problem(
        FORBIDDEN,
        field=nearest.condition,
        rule=nearest.grant,
        member=request.member,
        service=request.service,
        purpose=request.purpose,
        reason_zh=nearest.zh,
        reason_en=nearest.en,
    )


def explain(index: GrantIndex, request: Request) -> list[Step]:
    """Every condition of every candidate grant up to its first miss, in the order they were tried."""
    steps: list[Step] = []
    for grant in index.candidates(request):
        for step in _steps(grant, request):
            steps.append(step)
            if not step.holds:
                break
    return steps or [_unnamed(request)]


def _unnamed(request: Request) -> Step:
    zh = f"没有授权同时指名服务 {request.service} 与成员 {request.member}"
    en = f"no grant names both service {request.service} and member {request.member}"
    return Step("", "subject", holds=False, zh=zh, en=en)


def allows(index: GrantIndex, request: Request) -> bool:
    """Whether a call would be allowed; what a simulation asks for each call of the past."""
    try:
        index.decide(request)
    except Problem:
        return False
    return True


def shape_rows(grant: Grant, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows a grant lets through, cut down to its fields."""
    kept = [row for row in rows if all(test.holds(row) for test in grant.rows)] if grant.rows else list(rows)
    if not grant.fields:
        return kept
    return [{name: row[name] for name in grant.fields if name in row} for row in kept]


def _applies(grant: Grant, request: Request) -> bool:
    return (
        request.method in grant.methods
        and grant.not_before <= request.now < grant.not_after
        and purpose_covered(grant.purposes, request.purpose)
        and path_matches(grant.path, request.path)
    )


def _steps(grant: Grant, request: Request) -> Iterator[Step]:
    methods, purposes = ", ".join(grant.methods), ", ".join(grant.purposes)
    name = grant.id
    yield Step(name, "subject", holds=True, zh=f"授权对象 {grant.subject}", en=f"granted to {grant.subject}")
    yield Step(
        name,
        "method",
        request.method in grant.methods,
        f"方法 {request.method}, 授权 {methods}",
        f"method {request.method}, granted {methods}",
    )
    yield Step(
        name,
        "path",
        path_matches(grant.path, request.path),
        f"路径 {request.path}, 授权 {grant.path}",
        f"path {request.path}, granted {grant.path}",
    )
    yield Step(
        name,
        "purpose",
        purpose_covered(grant.purposes, request.purpose),
        f"用途 {request.purpose}, 授权 {purposes}",
        f"purpose {request.purpose}, granted {purposes}",
    )
    yield Step(
        name,
        "validity",
        grant.not_before <= request.now < grant.not_after,
        f"有效期 {grant.not_before} 至 {grant.not_after}, 现在 {request.now}",
        f"valid from {grant.not_before} to {grant.not_after}, now {request.now}",
    )
    denied = grant.effect == "deny"
    yield Step(name, "effect", not denied, "拒绝" if denied else "允许", "denies" if denied else "allows")
