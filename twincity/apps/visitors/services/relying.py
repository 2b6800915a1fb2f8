"""The relying node's side: send a browser to its home node, take it back, and see that the visit still stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest

from twincity.apps.visitors import queries, rules
from twincity.apps.visitors.rules import SIGN_IN_REFUSED, Assertion, Standing
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.identity import facade as identity
from twincity.kernel import background, clock
from twincity.kernel.problems import UNAVAILABLE, Problem

PENDING = "visitors.pending"
VISIT = "visitors.visit"


class Pending(msgspec.Struct, frozen=True):
    """What the session remembers of a browser that was sent to its home node."""

    member: str
    state: str
    verifier: str
    at: int
    next: str


class Kept(msgspec.Struct, frozen=True):
    """What the session of a visitor remembers."""

    member: str
    visit: str
    kids: list[str]
    """Keys of the home node when it vouched: when one is revoked, the session ends."""
    checked: int
    """When the home node last stood by it, seconds since 1970."""


def begin(request: HttpRequest, *, member: str, next_page: str) -> str:
    """Remember that this browser goes to its home node; the address it is sent to.

    Raises:
        Problem: ``sign-in-refused`` for an unknown member, ``directory-stale``, ``unavailable``.
    """
    if not circle.is_open():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    now, node = clock.unix(), queries.home_node(member)
    if node is None or member == circle.member_id():
        raise Problem(SIGN_IN_REFUSED, field="member", reason="unknown member")
    circle.standing(member, "normal", now)
    pending = Pending(member, rules.secret(), rules.secret(), now, next_page)
    request.session[PENDING] = msgspec.to_builtins(pending)
    token = rules.ask(
        circle.signer().key,
        iss=circle.member_id(),
        aud=member,
        state=pending.state,
        challenge=rules.digest(pending.verifier),
        now=now,
    )
    return rules.with_query(node.address, "/accounts/circle/authorize/", request=token)


def finish(request: HttpRequest, answer: Mapping[str, str]) -> str:
    """Sign in the visitor whom the home node sends back with a code; the page to go on with.

    Raises:
        Problem: ``sign-in-refused``, or what the call to the home node refuses.
    """
    pending = _taken(request, answer)
    told = _call(pending.member, "/redeem", {"code": answer.get("code", ""), "verifier": pending.verifier})
    try:
        shown = msgspec.json.decode(told, type=Assertion)
    except msgspec.MsgspecError as error:
        raise Problem(SIGN_IN_REFUSED, field="code", reason="the home node's answer is malformed") from error
    account = identity.visitor(
        member=pending.member,
        subject=shown.sub,
        title=shown.name,
        roles=rules.local_roles(queries.policy(), pending.member, shown.roles),
    )
    if not account.active:
        raise Problem(SIGN_IN_REFUSED, reason="this node has closed the visitor's account")
    kept = Kept(pending.member, shown.visit, sorted(circle.keys_of(pending.member)), clock.unix())
    identity.sign_in(
        request=request,
        username=account.username,
        way=f"circle:{pending.member}",
        second_factor=shown.second_factor,
        **{VISIT: msgspec.to_builtins(kept)},
    )
    return pending.next


def cancelled(request: HttpRequest, answer: Mapping[str, str]) -> str:
    """Take back a browser whose owner did not agree; the page it came from."""
    return _taken(request, answer).next


def stands(request: HttpRequest) -> bool:
    """Whether the session of a visitor may go on; True for accounts of this node.

    The directory is asked at every request, so that a member who is expelled, or whose key is revoked, takes its
    visitors along at once; the home node is asked once an hour.
    """
    raw = request.session.get(VISIT)
    if raw is None:
        return not getattr(request.user, "home", "")
    kept, now = msgspec.convert(raw, Kept), clock.unix()
    if not circle.is_open() or queries.home_node(kept.member) is None or _revoked(kept.kids):
        return False
    if now - kept.checked < rules.CHECK_SECONDS:
        return True
    return _asked_again(request, kept, now)


def _taken(request: HttpRequest, answer: Mapping[str, str]) -> Pending:
    # Taken out first: whatever happens, the same answer cannot be tried twice.
    raw = request.session.pop(PENDING, None)
    if raw is None:
        raise Problem(SIGN_IN_REFUSED, field="state", reason="this browser did not ask for it")
    pending = msgspec.convert(raw, Pending)
    if answer.get("state") != pending.state:
        raise Problem(SIGN_IN_REFUSED, field="state", reason="this browser asked for another sign-in")
    if answer.get("iss") != pending.member:
        raise Problem(SIGN_IN_REFUSED, field="iss", reason="answered by another node than was asked")
    if clock.unix() - pending.at > rules.ASKED_SECONDS:
        raise Problem(SIGN_IN_REFUSED, field="state", reason="out of time")
    return pending


def _revoked(kids: list[str]) -> bool:
    known = circle.directory().keys
    return any(kid not in known or known[kid].revocation is not None for kid in kids)


def _asked_again(request: HttpRequest, kept: Kept, now: int) -> bool:
    try:
        told = msgspec.json.decode(_call(kept.member, "/check", {"visit": kept.visit}), type=Standing)
    except (Problem, msgspec.MsgspecError):
        return now - kept.checked < rules.CHECK_SECONDS + rules.GRACE_SECONDS
    if not told.active:
        return False
    user: Any = request.user
    roles = rules.local_roles(queries.policy(), kept.member, told.roles)
    if roles != user.roles:
        identity.set_roles(username=user.username, roles=roles)
        user.__dict__.pop("roles", None)
    request.session[VISIT] = msgspec.to_builtins(msgspec.structs.replace(kept, checked=now))
    return True


def _call(member: str, path: str, body: dict[str, str]) -> bytes:
    outbound = exchange.Outbound(
        provider=member,
        service=rules.SERVICE,
        method="POST",
        path=path,
        purpose=rules.PURPOSE,
        body=msgspec.json.encode(body),
        media_type="application/json",
    )
    answer = background.wait(exchange.call(outbound))
    if answer.status != 200:
        raise Problem(SIGN_IN_REFUSED, field="code", reason=f"{member}: {answer.outcome}", rule=answer.outcome)
    return answer.body
