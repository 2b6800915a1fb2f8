"""Sign-off of shared standards: this node's own word, and taking in those of all anchors.

Like the documents of the catalogue, endorsements come on the event loop, at each start again from the first on; they
are queued there, and a thread verifies and keeps the last word of each anchor on each version.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import structlog
from django.db import transaction

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import ENDORSEMENT, Endorsement, Stance, read_endorsement
from twincity.engines.catalogue.models import Endorsement as Row
from twincity.engines.catalogue.services.intake import BATCH
from twincity.engines.circle import facade as circle
from twincity.kernel import clock, jws
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem, define

NOT_ANCHOR = define(
    "endorsement-not-anchor",
    403,
    zh="{member} 不是联盟章程中的锚点, 不能签署共同标准",
    en="{member} is no anchor of the circle's charter and cannot sign shared standards",
)
WITHDRAWN = define(
    "endorsement-withdrawn-standard",
    409,
    zh="{identifier} 已被发布者撤回, 不能签署",
    en="{identifier} was withdrawn by its publisher and cannot be signed",
)
NOT_ENDORSED = define(
    "endorsement-missing", 409, zh="本节点没有签署 {identifier}", en="This node has not signed {identifier}"
)


class _Arrived(NamedTuple):
    """An endorsement as it came, and where it stands."""

    owner: str
    place: int
    token: str


_arrived: deque[_Arrived] = deque()
_one_at_a_time = threading.Lock()


def endorse(*, identifier: str) -> Row:
    """Sign a version of a standard for the whole circle; the first anchor to do so proposes it.

    Raises:
        Problem: ``not-found``, ``endorsement-not-anchor`` or ``endorsement-withdrawn-standard``.
    """
    return _say(identifier, "endorsed", None)


def refuse(*, identifier: str, reason: LocalText) -> Row:
    """Say that a version is not acceptable, and why.

    Raises:
        Problem: as :func:`endorse`, and ``document-refused`` without a reason.
    """
    return _say(identifier, "refused", reason)


def withdraw_endorsement(*, identifier: str, reason: LocalText) -> Row:
    """Take back this node's signature, and say why.

    Raises:
        Problem: as :func:`refuse`, and ``endorsement-missing`` when there is nothing to take back.
    """
    last = queries.own_word(identifier, circle.member_id())
    if last is None or last.stance != "endorsed":
        raise Problem(NOT_ENDORSED, field="identifier", identifier=identifier)
    return _say(identifier, "withdrawn", reason)


def _say(identifier: str, stance: Stance, reason: LocalText | None) -> Row:
    found, member = queries.entry(identifier), circle.member_id()
    if found is None or found.kind != "standard":
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    if circle.directory().charter.anchor(member) is None:
        raise Problem(NOT_ANCHOR, field="identifier", member=member)
    if stance == "endorsed" and found.withdrawn_at is not None:
        raise Problem(WITHDRAWN, field="identifier", identifier=identifier)
    digest = queries.digest_of(found)
    last = queries.own_word(identifier, member)
    if last is not None and (last.digest, last.stance) == (digest, stance):
        return last
    said = Endorsement(iss=member, iat=clock.unix(), id=identifier, digest=digest, stance=stance, reason=reason)
    payload = msgspec.to_builtins(said)
    read_endorsement(member, payload)
    kid = circle.signer().kid
    keep([(said, circle.publish(typ=ENDORSEMENT, payload=payload), kid)])
    return Row.objects.get(standard=identifier, anchor=member)


def receive_endorsement(owner: str, index: int, token: str) -> None:
    """Queue an endorsement for :func:`take_in_endorsements`."""
    _arrived.append(_Arrived(owner, index, token))


def take_in_endorsements() -> int:
    """Verify and keep what has arrived; how many were new.

    One that is malformed, of another issuer or of a member that is no anchor is passed over with a warning; it is
    looked at again at the next start. When the database fails, all stay in the queue.
    """
    new = 0
    with _one_at_a_time:
        while _arrived:
            batch = [_arrived.popleft() for _ in range(min(BATCH, len(_arrived)))]
            try:
                verified = list(_verified(batch))
                keep(verified)
            except BaseException:
                _arrived.extendleft(reversed(batch))
                raise
            new += len(verified)
    return new


@transaction.atomic
def keep(found: Iterable[tuple[Endorsement, int, str]]) -> None:
    """Keep endorsements with their places and keys; of one anchor's on one version the last in its log counts."""
    for said, place, kid in sorted(found, key=lambda each: each[1]):
        kept = Row.objects.filter(standard=said.id, anchor=said.iss).first()
        if kept is None or kept.log_index < place:
            values = {
                "digest": said.digest,
                "stance": said.stance,
                "reason": msgspec.to_builtins(said.reason),
                "log_index": place,
                "kid": kid,
                "stated_at": clock.instant(said.iat * 1000),
            }
            Row.objects.update_or_create(standard=said.id, anchor=said.iss, defaults=values)


def _read(arrived: _Arrived) -> Endorsement:
    if circle.directory().charter.anchor(arrived.owner) is None:
        raise Problem(NOT_ANCHOR, field="iss", member=arrived.owner)
    return read_endorsement(arrived.owner, circle.read_published(arrived.owner, arrived.token, ENDORSEMENT))


def _verified(batch: list[_Arrived]) -> Iterable[tuple[Endorsement, int, str]]:
    known = queries.endorsements_at({each.owner for each in batch})
    for each in batch:
        if (each.owner, each.place) in known:
            continue
        try:
            said = _read(each)
        except Problem as problem:
            log = structlog.get_logger()
            log.warning("endorsement_refused", owner=each.owner, index=each.place, problem=str(problem))
            continue
        yield said, each.place, jws.header(each.token)["kid"]
