"""Writes of the circle: joining, admitting, announcing keys, revoking, publishing. Each ends in a public log."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog

from twincity.engines.circle.membership import follow, signing, state
from twincity.engines.circle.membership.holder import circle
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust import directory as rules
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.errors import refuse, refuse_charter
from twincity.engines.circle.trust.keys import from_jwk, to_jwk
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, jws
from twincity.kernel.home import Home
from twincity.kernel.keys import PublicKey
from twincity.kernel.locale_text import LocalText

ISSUER_PATIENCE = 5.0
"""Seconds to wait for the issuer's node."""
CHARTER_LIFE = 3 * 365 * 86_400


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a node hands to an anchor to be admitted, or to its partners to draw up a charter."""

    id: str
    title: LocalText
    division: str
    address: str
    root: dict[str, str]
    keys: str
    """The node's first key statement, signed by its root key."""


def card(home: Home) -> Card:
    """The card of a node."""
    config = home.config
    return Card(
        id=config.id,
        title=config.title,
        division=config.division,
        address=config.address,
        root=to_jwk(home.key("root").public),
        keys=signing.first_statement(home, config.id),
    )


def draft_charter(
    *, circle_name: str, threshold: int, cards: list[Card], previous: charters.Charter | None
) -> dict[str, Any]:
    """An unsigned charter over the nodes of the cards; the successor of ``previous`` if there is one."""
    now = clock.unix()
    anchors = []
    for each in cards:
        _, statement = docs.parse(each.keys)
        if not isinstance(statement, docs.KeyStatement):
            raise refuse("a card carries a key statement", field="keys")
        by_use = {entry.use: entry.jwk for entry in statement.keys}
        anchors.append(
            charters.Anchor(
                each.id, each.title, each.division, each.address, each.root, by_use["log"], by_use["witness"]
            )
        )
    draft = charters.Charter(
        circle=circle_name,
        version=previous.version + 1 if previous else 1,
        threshold=threshold,
        issued=now,
        expires=now + CHARTER_LIFE,
        anchors=tuple(anchors),
    )
    document = jws.sign_general(msgspec.to_builtins(draft), [], typ=charters.TYPE)
    charters.read(document)
    return document


def sign_charter(home: Home, document: dict[str, Any]) -> dict[str, Any]:
    """Add this anchor's signature, made with its root key."""
    charters.read(document)
    return jws.add_signature(document, home.key("root"), typ=charters.TYPE)


def adopt_charter(home: Home, document: dict[str, Any]) -> charters.Charter:
    """Take a charter as this node's own: the first one by the operator's word, later ones by their signatures.

    Raises:
        Problem: ``charter-refused``.
    """
    chain = state.load_chain(home)
    if chain:  # whose last version may have ended: then the new one is what the node has been waiting for
        adopted = charters.verify_next(charters.verify_chain(chain, 0), document)
    else:
        adopted = charters.verify_first(document)
    if adopted.expires <= clock.unix():
        raise refuse_charter("expires: it has ended")
    state.save_chain(home, [*chain, document])
    return adopted


def publish_charter(document: dict[str, Any]) -> int:
    """Publish a new version of the charter, so that every member takes it over; index in the public log."""
    charters.verify_next(circle().state.directory.charter, document)
    return ledger.append_public(canonical.encode(document))


def publish(*, typ: str, payload: dict[str, Any]) -> int:
    """Sign a document with the node's key and publish it; index in the public log."""
    return ledger.append_public(jws.sign(payload, circle().signer().key, typ=typ).encode())


def publish_all(*, typ: str, payloads: list[bytes]) -> list[int]:
    """Sign and publish some documents of one type, at most 1,000, faster than one by one; their indexes."""
    key = circle().signer().key
    return ledger.append_public_all([jws.sign_encoded(payload, key, typ=typ).encode() for payload in payloads])


def announce_own_keys() -> None:
    """An anchor publishes its own first key statement."""
    mine = circle()
    if mine.is_anchor and mine.me.keys is None:
        ledger.append_public(signing.first_statement(mine.home, mine.member).encode())


def admit(*, node: Card, admits: int = 0, roles: tuple[str, ...] = ("consumer", "provider")) -> str:
    """Admit a node below this one: a member statement for 30 days and its keys enter the public log.

    Raises:
        Problem: ``statement-refused`` when name, territory or key statement break the rules; nothing is published then.
    """
    mine = circle()
    metadata = docs.NodeMetadata(node.title, node.division, node.address, roles, admits)
    rules.check_name(node.id, mine.member)
    rules.check_narrower(metadata, mine.me)
    root = _root(node)
    payload = docs.statement_payload(issuer=mine.member, subject=node.id, root=root, node=metadata, now=clock.unix())
    known = mine.state.directory.members.get(node.id)
    statement = jws.sign(payload, mine.signer().key, typ=docs.STATEMENT)
    if known is None:
        trial = _check_keys(node)
        if trial != node.id:
            raise refuse(f"the keys on the card belong to {trial}", field="keys")
    ledger.append_public(statement.encode())
    if known is None or known.keys is None:
        ledger.append_public(node.keys.encode())
    return statement


def renew_statements(now: int) -> int:
    """Renew the statements of own members that have lived two thirds of their life; how many."""
    mine = circle()
    renewed = 0
    for member in list(mine.state.directory.members.values()):
        if member.issuer == mine.member and now > member.exp - docs.STATEMENT_LIFE // 3:
            payload = docs.statement_payload(
                issuer=mine.member, subject=member.id, root=member.root, node=member.node, now=now
            )
            publish(typ=docs.STATEMENT, payload=payload)
            renewed += 1
    return renewed


def accept_keys(token: str) -> int:
    """Publish a key statement that a member below has sent; index in the public log.

    Raises:
        Problem: ``statement-refused``; nothing is published then.
    """
    mine = circle()
    _, statement = docs.parse(token)
    if not isinstance(statement, docs.KeyStatement):
        raise refuse("a key statement is expected")
    member = mine.state.directory.members.get(statement.iss)
    if member is None or member.issuer != mine.member:
        raise refuse(f"{statement.iss} is not admitted by {mine.member}", field="iss")
    if member.keys is not None and jws.payload(token) == jws.payload(
        mine.state.directory.keys[_newest(member)].statement
    ):
        return 0  # the same statement, sent again because the answer was lost
    _verify_with_root(token, member)
    rules.check_succession(member.keys, statement)
    return ledger.append_public(token.encode())


def revoke(*, member: str, kid: str, index: int, reason: str) -> int:
    """Revoke a key of this node or of a member below it, from ``index`` of that member's exchange log on."""
    mine = circle()
    payload = {
        "iss": mine.member,
        "sub": member,
        "kid": kid,
        "origin": f"{member}/exchange",
        "index": index,
        "at": clock.unix(),
        "reason": reason,
    }
    record = mine.state.directory.keys.get(kid)
    if record is None or record.member != member:
        raise refuse(f"{member} has no key {kid}", field="kid")
    if mine.member not in [link.id for link in mine.state.directory.chain(member)]:
        raise refuse(f"{mine.member} does not stand above {member}", field="member")
    # A key cannot revoke itself, and the one that signs now may be the one that is lost.
    key = mine.home.key("root") if member == mine.member else mine.signer().key
    return ledger.append_public(jws.sign(payload, key, typ=docs.REVOCATION).encode())


def mark(*, member: str, mark_id: str, life: int) -> int:
    """Give a member a trust mark for ``life`` seconds."""
    mine, now = circle(), clock.unix()
    payload = {"iss": mine.member, "sub": member, "id": mark_id, "iat": now, "exp": now + life}
    if member not in mine.state.directory.members:
        raise refuse(f"{member} is not a member", field="member")
    return publish(typ=docs.TRUST_MARK, payload=payload)


def next_key_statement() -> str:
    """Make the promised key ready and return the statement that announces it; send it to the issuer next."""
    mine = circle()
    if mine.me.keys is None:
        raise refuse("this node's keys are not in the directory yet", field="keys")
    statement = signing.next_statement(mine.home, mine.member, mine.me.keys)
    mine.keyring.reload()
    return statement


async def rotate() -> None:
    """Announce the promised key: in the own log for an anchor, through the issuer's door for everyone else.

    Raises:
        TransportError: when the issuer cannot be reached; the next run tries again.
    """
    mine, found = circle(), follow.follower()
    statement = await asyncio.to_thread(next_key_statement)
    if mine.is_anchor:
        await asyncio.to_thread(ledger.append_public, statement.encode())
        return
    if found is None:
        return
    issuer = mine.state.directory.members[mine.me.issuer]
    response = await found.client.request(
        "POST", f"{issuer.node.address}/circle/keys", [], statement.encode(), timeout=ISSUER_PATIENCE, max_body=65_536
    )
    if response.status != 200:
        structlog.get_logger().error("keys_refused", status=response.status)
    await follow.refresh()


def _root(node: Card) -> PublicKey:
    try:
        return from_jwk(node.root)
    except ValueError as error:
        raise refuse(f"malformed: {error}", field="root") from error


def _check_keys(node: Card) -> str:
    _, statement = docs.parse(node.keys)
    if not isinstance(statement, docs.KeyStatement):
        raise refuse("a card carries a key statement", field="keys")
    root = _root(node)
    try:
        jws.verify(node.keys, {root.kid: root}.get, typ=docs.KEYS)
    except jws.JWSError as error:
        raise refuse(str(error), field="keys") from error
    rules.check_succession(None, statement)
    return statement.iss


def _verify_with_root(token: str, member: rules.Member) -> None:
    try:
        jws.verify(token, {member.root.kid: member.root}.get, typ=docs.KEYS)
    except jws.JWSError as error:
        raise refuse(str(error)) from error


def _newest(member: rules.Member) -> str:
    terms = member.keys.keys if member.keys else ()
    return next(entry.public.kid for entry in terms if entry.use == "tc1")
