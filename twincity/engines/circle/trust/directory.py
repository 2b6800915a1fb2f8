"""The directory: members, keys, marks and revocations, folded from the public logs of those who may admit.

The fold is pure and deterministic: two nodes that hold the same logs hold the same directory. A member's id is a name
below its issuer's (``dianjiang.cq.example`` is admitted by ``cq.example``), so that no two issuers can ever claim the
same member and the chain of issuers is read off the name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.charter import Charter
from twincity.engines.circle.trust.errors import (
    KEY_OUT_OF_TIME,
    KEY_REVOKED,
    MEMBER_EXPIRED,
    UNKNOWN_KEY,
    UNKNOWN_MEMBER,
    refuse,
)
from twincity.engines.circle.trust.keys import from_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey
from twincity.kernel.problems import Problem

SKEW = 30
"""Seconds by which clocks of two nodes may differ."""


@dataclass(slots=True)
class KeyRecord:
    """A key with its owner, its use and all that was said about it; kept for ever, so that old evidence verifies."""

    member: str
    key: PublicKey
    use: str
    nbf: int
    exp: int
    statement: str
    """The key statement it came from."""
    longest: int
    """The latest end that was ever announced: to shorten a term does not take back what was signed."""
    revocation: docs.Revocation | None = None
    revocation_token: str = ""


@dataclass(slots=True)
class Member:
    """One member: where its node is, who vouches for it, its keys."""

    id: str
    issuer: str
    root: PublicKey
    node: docs.NodeMetadata
    exp: int
    statement: str = ""
    """The token of the statement; empty for an anchor, whom the charter vouches for."""
    keys: docs.KeyStatement | None = None
    marks: dict[str, docs.TrustMark] = field(default_factory=dict)
    former: tuple[PublicKey, ...] = ()
    """Root keys that earlier charters or statements gave it: entries of its time bear their signatures."""

    def roots(self) -> dict[str, PublicKey]:
        """The root key and those before it, by kid."""
        return {key.kid: key for key in (*self.former, self.root)}

    def renewed(self, root: PublicKey, node: docs.NodeMetadata, exp: int) -> Member:
        """The same member as a newer charter or statement has it."""
        former = self.former if root == self.root else (*self.former, self.root)
        return replace(self, root=root, node=node, exp=exp, former=former)

    def marks_at(self, now: int) -> tuple[str, ...]:
        """Names ``ISSUER/MARK`` of the trust marks that have not ended."""
        return tuple(name for name, mark in self.marks.items() if now < mark.exp)


class Directory:
    """State of the fold. :meth:`apply` takes the entries of each log in their order."""

    def __init__(self, charter: Charter, earlier: Sequence[Charter] = ()) -> None:
        """Begin with a charter, and the versions before it in their order."""
        self.charter = charter
        self.members: dict[str, Member] = {}
        self.keys: dict[str, KeyRecord] = {}
        self.version = 0
        """Rises with each change; what depends on the directory compares it."""
        for version in (*earlier, charter):
            self.adopt(version)

    def adopt(self, charter: Charter) -> None:
        """Take over the anchors of a charter (already verified)."""
        self.charter = charter
        for anchor in charter.anchors:
            node = docs.NodeMetadata(anchor.title, anchor.division, anchor.address, ("anchor",), admits=4)
            known = self.members.get(anchor.id)
            as_new = Member(anchor.id, "", from_jwk(anchor.root), node, charter.expires)
            self.members[anchor.id] = known.renewed(as_new.root, node, as_new.exp) if known else as_new
        gone = [m.id for m in self.members.values() if not m.issuer and charter.anchor(m.id) is None]
        for name in gone:
            del self.members[name]
        self.version += 1

    def apply(self, owner: str, token: str) -> None:
        """Fold one document found in the public log of ``owner``.

        Raises:
            Problem: ``statement-refused``; the directory is then as before.
        """
        typ, document = docs.parse(token)
        if isinstance(document, docs.Statement):
            self._statement(owner, token, document)
        elif isinstance(document, docs.KeyStatement):
            self._key_statement(owner, token, document)
        elif isinstance(document, docs.TrustMark):
            self._mark(owner, token, document, typ)
        else:
            self._revocation(owner, token, document)
        self.version += 1

    def member(self, name: str, now: int) -> Member:
        """A member whose statement, and those of all its issuers up to an anchor, are in date.

        Raises:
            Problem: ``unknown-member`` or ``member-expired``.
        """
        links = self.chain(name)
        if not links or links[-1].issuer:  # the latter when its anchor has left the charter
            raise Problem(UNKNOWN_MEMBER, field="member", member=name)
        for link in links:
            if link.exp <= now - SKEW:
                raise Problem(MEMBER_EXPIRED, field="member", member=link.id)
        return links[0]

    def chain(self, name: str) -> list[Member]:
        """The member, its issuer, and so on up to its anchor."""
        links: list[Member] = []
        while name and name in self.members:
            links.append(self.members[name])
            name = self.members[name].issuer
        return links

    def anchor_of(self, name: str) -> str:
        """Id of the anchor at the top of a member's chain."""
        links = self.chain(name)
        return links[-1].id if links else ""

    def signing_key(self, kid: str, now: int) -> KeyRecord:
        """The tc1 key of that name, usable now.

        Raises:
            Problem: ``unknown-key``, ``key-revoked``, ``key-out-of-time``, ``unknown-member``, ``member-expired``.
        """
        record = self.keys.get(kid)
        if record is None or record.use != "tc1":
            raise Problem(UNKNOWN_KEY, field="keyid", kid=kid)
        if record.revocation is not None:
            raise Problem(KEY_REVOKED, field="keyid", kid=kid, reason=record.revocation.reason)
        if not record.nbf - SKEW <= now < record.exp + SKEW:
            raise Problem(KEY_OUT_OF_TIME, field="keyid", kid=kid)
        self.member(record.member, now)
        return record

    def key_for(self, name: str, use: str) -> PublicKey | None:
        """The newest key of a member for a use; log and witness keys never change."""
        member = self.members.get(name)
        if member is None:
            return None
        anchor = self.charter.anchor(name)
        if anchor is not None and use in {"log", "witness"}:
            return from_jwk(anchor.log if use == "log" else anchor.witness)
        terms = [entry for entry in member.keys.keys if entry.use == use] if member.keys else []
        return max(terms, key=lambda entry: entry.nbf).public if terms else None

    def issuers(self) -> list[str]:
        """Ids of all members that may admit others: the logs that make up the directory."""
        return [member.id for member in self.members.values() if member.node.admits > 0]

    # -- the four kinds of document ----------------------------------------------------------------------------------

    def _statement(self, owner: str, token: str, document: docs.Statement) -> None:
        issuer = self._issuer(owner, document.iss)
        check_name(document.sub, issuer.id)
        check_narrower(document.node, issuer)
        self._signed(token, issuer.id, docs.STATEMENT)
        known = self.members.get(document.sub)
        if known is None:
            known = Member(document.sub, issuer.id, document.root, document.node, document.exp, token)
        elif jws.payload(known.statement)["iat"] > document.iat:
            raise refuse("older than the statement that is known", field="iat")
        renewed = known.renewed(document.root, document.node, document.exp)
        self.members[document.sub] = replace(renewed, statement=token)

    def _key_statement(self, owner: str, token: str, document: docs.KeyStatement) -> None:
        member = self.members.get(document.iss)
        if member is None or owner != (member.issuer or member.id):
            raise refuse("the keys of a member belong in the log of its issuer", field="iss")
        _verify(token, member.roots().get, docs.KEYS)
        check_succession(member.keys, document)
        for entry in document.keys:
            key = entry.public
            taken = self.keys.get(key.kid)
            if taken and taken.member != member.id:
                raise refuse(f"key {key.kid} belongs to {taken.member}", field="keys")
        for entry in document.keys:
            self._keep(member.id, entry, token)
        member.keys = document

    def _keep(self, member: str, entry: docs.KeyTerm, token: str) -> None:
        key = entry.public
        known = self.keys.get(key.kid)
        fresh = KeyRecord(member, key, entry.use, entry.nbf, entry.exp, token, entry.exp)
        if known:  # a renewed statement may shorten or lengthen a term, never undo a revocation
            fresh.revocation, fresh.revocation_token = known.revocation, known.revocation_token
            fresh.nbf, fresh.longest = min(known.nbf, fresh.nbf), max(known.longest, fresh.exp)
        self.keys[key.kid] = fresh

    def _mark(self, owner: str, token: str, document: docs.TrustMark, typ: str) -> None:
        issuer = self._issuer(owner, document.iss)
        if document.sub not in self.members:
            raise refuse(f"{document.sub} is not a member", field="sub")
        self._signed(token, issuer.id, typ)
        self.members[document.sub].marks[f"{issuer.id}/{document.id}"] = document

    def _revocation(self, owner: str, token: str, document: docs.Revocation) -> None:
        record = self.keys.get(document.kid)
        if record is None or record.member != document.sub:
            raise refuse(f"{document.sub} has no key {document.kid}", field="kid")
        above = [link.id for link in self.chain(document.sub)]
        if owner not in above or document.iss != owner:
            raise refuse("only a member itself or its issuers may revoke its keys", field="iss")
        self._signed(token, owner, docs.REVOCATION, revoking=document.kid)
        known = record.revocation
        # The token decides between two of one index, so that it does not matter which log was read first.
        if known is None or (document.index, token) < (known.index, record.revocation_token):
            record.revocation, record.revocation_token = document, token

    def _issuer(self, owner: str, iss: str) -> Member:
        issuer = self.members.get(iss)
        if issuer is None or iss != owner or issuer.node.admits < 1:
            raise refuse(f"{iss} may not issue in the log of {owner}", field="iss")
        return issuer

    def _signed(self, token: str, signer: str, typ: str, *, revoking: str = "") -> None:
        roots = self.members[signer].roots()

        def find(kid: str) -> PublicKey | None:
            # A document in a log was valid when it was logged: terms of keys do not matter here, revocations do.
            record = self.keys.get(kid)
            if record is None or record.member != signer or record.use != "tc1":
                return roots.get(kid)
            return record.key if record.revocation is None and kid != revoking else None

        _verify(token, find, typ)


def check_name(subject: str, issuer: str) -> None:
    """A member's name is one label below its issuer's, of small letters, digits and inner hyphens.

    Raises:
        Problem: ``statement-refused``.
    """
    label = subject.removesuffix("." + issuer)
    plain = label.replace("-", "")
    written = plain.isascii() and plain.isalnum() and label == label.lower()
    if label == subject or not written or label[0] == "-" or label[-1] == "-":
        raise refuse(f"{subject} is not a name one label below {issuer}", field="sub")


def check_narrower(node: docs.NodeMetadata, issuer: Member) -> None:
    """Metadata policy: a member gets no more than its issuer has: territory, levels it may admit below itself.

    Raises:
        Problem: ``statement-refused``.
    """
    if not node.division.startswith(_prefix(issuer.node.division)):
        raise refuse(f"{node.division} lies outside {issuer.node.division}", field="division")
    if not 0 <= node.admits < issuer.node.admits:
        raise refuse(f"may admit fewer than {issuer.node.admits} levels", field="admits")
    if "anchor" in node.roles:
        raise refuse("only the charter makes anchors", field="roles")


def check_succession(old: docs.KeyStatement | None, new: docs.KeyStatement) -> None:
    """Key pre-commitment: a tc1 key that was not there before must be the one whose hash was promised.

    Raises:
        Problem: ``statement-refused``.
    """
    if old is None:
        if new.seq != 1:
            raise refuse("the first key statement has seq 1", field="seq")
        return
    if new.seq != old.seq + 1:
        raise refuse(f"seq {new.seq} does not follow {old.seq}", field="seq")
    before = {(entry.public.kid, entry.use) for entry in old.keys}
    for entry in new.keys:
        if (entry.public.kid, entry.use) in before:
            continue
        if entry.use != "tc1":
            raise refuse(f"the {entry.use} key of a node never changes", field="keys")
        if entry.public.commitment != old.next:
            raise refuse("the new key is not the one that was promised", field="next")


def _prefix(division: str) -> str:
    # 500000 covers 50…, 511600 covers 5116…, 500231 only itself (GB/T 2260: pairs of digits, zeros to the right).
    text = division
    while len(text) > 2 and text.endswith("00"):
        text = text[:-2]
    return text


def _verify(token: str, find: Callable[[str], PublicKey | None], typ: str) -> None:
    try:
        jws.verify(token, find, typ=typ)
    except jws.JWSError as error:
        raise refuse(str(error)) from error
