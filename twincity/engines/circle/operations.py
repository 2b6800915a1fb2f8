"""What an operator does with the circle."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from twincity.engines.circle import services
from twincity.engines.circle.membership import follow
from twincity.engines.circle.membership.holder import circle
from twincity.engines.ledger import facade as ledger
from twincity.kernel import background, clock
from twincity.kernel.operations import operation


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


class Admit(msgspec.Struct, forbid_unknown_fields=True):
    """A node's card and what it may do."""

    card: services.Card
    admits: int = 0


class Revoke(msgspec.Struct, forbid_unknown_fields=True):
    """A key and from where on it no longer counts."""

    member: str
    kid: str
    index: Annotated[int, msgspec.Meta(ge=0)]
    reason: str


class Mark(msgspec.Struct, forbid_unknown_fields=True):
    """A trust mark for a member, for a number of days."""

    member: str
    mark: str
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 365


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """A new version of the charter, with its signatures."""

    charter: dict[str, Any]


@operation("circle.status")
def status(_: Nothing) -> dict[str, Any]:
    """Members, keys, how fresh each anchor's log is, and what could not be accepted."""
    mine, now = circle(), clock.unix()
    found, followed = mine.state.directory, follow.follower()
    keys = list(found.keys.values())
    return {
        "circle": found.charter.circle,
        "version": found.charter.version,
        "member": mine.member,
        "members": [
            {
                "id": member.id,
                "title": msgspec.to_builtins(member.node.title),
                "issuer": member.issuer,
                "address": member.node.address,
                "expires": member.exp,
                "keys": [each.key.kid for each in keys if each.member == member.id and each.use == "tc1"],
                "revoked": [each.key.kid for each in keys if each.member == member.id and each.revocation],
                "witnessed": mine.state.witnessed.get(member.id, 0),
                "log": followed.followed[member.id].size if followed and member.id in followed.followed else 0,
                "error": followed.followed[member.id].error if followed and member.id in followed.followed else "",
            }
            for member in list(found.members.values())
        ],
        "ignored": [
            {"owner": each.owner, "index": each.index, "reason": each.reason.text("en")} for each in mine.state.ignored
        ],
        "now": now,
    }


@operation("circle.announce")
def announce(_: Nothing) -> dict[str, Any]:
    """An anchor publishes its own keys (done once, when the circle begins)."""
    services.announce_own_keys()
    return {"size": ledger.public_log().size}


@operation("circle.admit")
def admit(given: Admit) -> dict[str, Any]:
    """Admit a node below this one by its card."""
    return {"statement": services.admit(node=given.card, admits=given.admits)}


@operation("circle.rotate")
def rotate(_: Nothing) -> dict[str, Any]:
    """Announce the promised key now; it signs as soon as every node has had time to hear of it."""
    background.wait(services.rotate())
    return {"kid": circle().home.key("tc1").public.kid}


@operation("circle.revoke")
def revoke(given: Revoke) -> dict[str, Any]:
    """Revoke a key of this node or of a member below it."""
    index = services.revoke(member=given.member, kid=given.kid, index=given.index, reason=given.reason)
    return {"entry": index}


@operation("circle.mark")
def mark(given: Mark) -> dict[str, Any]:
    """Give a member a trust mark."""
    return {"entry": services.mark(member=given.member, mark_id=given.mark, life=given.days * 86_400)}


@operation("circle.publish-charter")
def publish_charter(given: Publish) -> dict[str, Any]:
    """Publish the next version of the charter to all members."""
    return {"entry": services.publish_charter(given.charter)}
