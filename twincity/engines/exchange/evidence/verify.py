"""Offline verification of an evidence bundle.

Nothing is believed but the first charter, whose digest the verifier compares with one it knows. From it follow the
anchors, from them the members' keys and the witnesses, from these the records, and from the records who asked what of
whom, for which purpose, what was answered, and when at the latest it was in both logs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement import documents as agreements
from twincity.engines.exchange.evidence.bundle import Bundle, Proven
from twincity.engines.exchange.wire import records
from twincity.engines.ledger import facade as ledger
from twincity.kernel.keys import PublicKey
from twincity.kernel.notes import unb64
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    name: str
    holds: bool
    zh: str
    en: str


@dataclass
class Report:
    """All checks; the bundle proves its exchange when every one holds."""

    checks: list[Check] = field(default_factory=list)
    record: records.Record | None = None

    @property
    def holds(self) -> bool:
        return bool(self.checks) and all(check.holds for check in self.checks)

    def failed(self) -> list[Check]:
        """Checks that do not hold."""
        return [check for check in self.checks if not check.holds]


Step = tuple[str, str, Callable[[], bool]]
"""Name of a check, what it is about, and the check itself."""
_STRING = re.compile(r'"[^"]*"')
_TEXT = {
    "charter": ("章程及其签名链成立", "the charter and its chain of signatures hold"),
    "pinned": ("章程与所信任的摘要一致", "the charter is the one the verifier trusts"),
    "directory": ("成员声明与密钥声明成立", "member and key statements hold"),
    "records": ("双方各有一份记录", "there is one record of each side"),
    "logged": ("{} 的记录在其账本中, 并经另一辖区见证", "the record of {} is in its log and witnessed elsewhere"),
    "same": ("双方记录的请求与应答相同", "both records hold the same request and answer"),
    "request": ("请求由消费方密钥签名", "the request is signed by the consumer's key"),
    "response": ("应答由提供方密钥签名", "the answer is signed by the provider's key"),
    "bound": ("应答绑定于该请求", "the answer is bound to this request"),
    "facts": ("记录所述与签名内容一致", "the records say what was signed"),
    "receipt": ("回执所承诺的位置正是记录所在", "the receipt promised the place where the record is"),
    "agreement": ("数字合约由双方签名", "the agreement is signed by both sides"),
    "bodies": ("所附正文与摘要一致", "the bodies enclosed have the signed digests"),
}


def charter_digest(chain: list[dict[str, object]]) -> str:
    """SHA-256 of the payload of the first charter: what parties compare out of band, and what a verifier pins."""
    return hashlib.sha256(str(chain[0]["payload"]).encode()).hexdigest()


def verify(bundle: Bundle, *, pinned: str = "") -> Report:
    """Check a bundle. ``pinned`` is the digest of the trusted first charter; without it the report says so by omission.

    Never raises for anything a bundle may hold: whatever is wrong becomes a check that fails.
    """
    report = Report()
    for name, about, step in _Found(bundle, report).steps(pinned):
        zh, en = _TEXT[name]
        report.checks.append(Check(name, _holds(step), zh.format(about), en.format(about)))
    return report


def _holds(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except (Problem, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        return False


class _Found:
    """What has been established so far; each method is one check."""

    def __init__(self, bundle: Bundle, report: Report) -> None:
        self.bundle = bundle
        self.report = report
        self.known: circle.Directory | None = None
        self.provider: records.Record | None = None
        self.consumer: records.Record | None = None
        self.places: dict[str, Proven] = {}

    def steps(self, pinned: str) -> Iterator[Step]:
        """The checks in their order; the last ones depend on what the first have found."""
        bundle = self.bundle
        yield "charter", "", self.charter
        if pinned:
            yield "pinned", "", lambda: charter_digest(bundle.charter) == pinned
        yield "directory", "", self.directory
        yield "records", "", self.sides
        for each in bundle.records:
            yield "logged", each.owner, partial(self.logged, each)
        for name in ("same", "request", "response", "bound", "facts", "receipt"):
            yield name, "", getattr(self, name)
        named = self.provider.agreement if self.provider else ""
        if named or bundle.request or bundle.decision:
            yield "agreement", "", self.agreement
        if bundle.request_body is not None or bundle.response_body is not None:
            yield "bodies", "", self.bodies

    def charter(self) -> bool:
        self.known = circle.directory_over(self.bundle.charter)
        return True

    def directory(self) -> bool:
        known = self._known()
        for each in self.bundle.documents:
            known.apply(each.owner, each.token)
        return bool(self.bundle.documents)

    def sides(self) -> bool:
        for each in self.bundle.records:
            record = records.decode(each.data())
            if records.encode(record) != each.data():
                return False
            self.places[record.side] = each
            if record.side == "provider":
                self.provider = record
            else:
                self.consumer = record
        self.report.record = self.provider
        parties = len(self.bundle.records) == 2 and self.provider and self.consumer
        return bool(parties) and self._owner("provider") != self._owner("consumer")

    def logged(self, each: Proven) -> bool:
        owner, _, name = each.origin.rpartition("/")
        policy = circle.policy_for(self._known(), owner, name)
        proof = ledger.LogProof.parse(each.proof.encode())
        proof.verify_private(unb64(each.salt), each.data(), policy)
        # Notes may carry signatures of strangers; a bundle has no room for bytes that nobody can check.
        known = {(key.name, key.key_id) for key in (*policy.logs, *(each.key for each in policy.witnesses))}
        if any((line.name, line.key_id) not in known for line in proof.signed.note.signatures):
            return False
        return proof.index == each.index and name == "exchange" and proof.signed.checkpoint.origin == each.origin

    def same(self) -> bool:
        provider, consumer = self._sides()
        both = (provider.req, provider.res, provider.id) == (consumer.req, consumer.res, consumer.id)
        return both and provider.peer == self._owner("consumer") and consumer.peer == self._owner("provider")

    def request(self) -> bool:
        provider, _ = self._sides()
        return self._signed(provider.req, "consumer")

    def response(self) -> bool:
        provider, _ = self._sides()
        return provider.res is not None and self._signed(provider.res, "provider")

    def bound(self) -> bool:
        provider, _ = self._sides()
        if provider.res is None:
            return False
        asked, answered = lines(provider.req.base), lines(provider.res.base)
        signature = f"tc1=:{provider.req.sig}:"
        digest = asked['"content-digest"']
        return answered['"signature";req'] == signature and answered['"content-digest";req'] == digest

    def facts(self) -> bool:
        provider, consumer = self._sides()
        asked, answered = lines(provider.req.base), lines(provider.res.base if provider.res else "")
        target = asked['"@target-uri"'].partition("?")[0]
        return all(
            (record.method, record.purpose, record.id)
            == (asked['"@method"'], asked['"tc-purpose"'], asked['"tc-message-id"'])
            and target.endswith(f"/tc1/{record.service}{record.path}")
            and str(record.status) == answered['"@status"']
            and record.system == asked.get('"tc-system"', "")
            and record.case == asked.get('"tc-case"', "")
            and record.consent == asked.get('"tc-consent"', "")
            for record in (provider, consumer)
        )

    def receipt(self) -> bool:
        provider, _ = self._sides()
        promised = lines(provider.res.base if provider.res else "").get('"tc-receipt"')
        place = self.places["provider"]
        return promised is None or promised == f'"{place.origin}";index={place.index}'

    def agreement(self) -> bool:
        provider, _ = self._sides()
        decision = agreements.read_decision(self.bundle.decision, self._keys("provider"))
        asked = agreements.read_request(self.bundle.request, self._keys("consumer"))
        parties = (self._owner("provider"), self._owner("consumer"))
        return (
            decision.request == self.bundle.request
            and (asked.provider, asked.consumer) == parties
            and decision.terms.service == provider.service
            and decision.id == provider.agreement
        )

    def bodies(self) -> bool:
        provider, _ = self._sides()
        parts = ((self.bundle.request_body, provider.req), (self.bundle.response_body, provider.res))
        for text, part in parts:
            if text is not None:
                message.check_digest(lines(part.base if part else "")['"content-digest"'], unb64(text))
        return True

    def _known(self) -> circle.Directory:
        if self.known is None:
            raise LookupError("no charter")
        return self.known

    def _sides(self) -> tuple[records.Record, records.Record]:
        if self.provider is None or self.consumer is None:
            raise LookupError("a side is missing")
        return self.provider, self.consumer

    def _owner(self, side: str) -> str:
        return self.places[side].owner

    def _signed(self, part: records.SignedPart, side: str) -> bool:
        """By a key of that side, in its term when it signed, and not revoked before the place of the record."""
        record = self._known().keys[part.kid]
        created = _created(part.base)
        signed = message.Signed(part.kid, created, created, "", part.base.encode(), unb64(part.sig), (), "")
        revoked = record.revocation
        lives = revoked is None or (
            revoked.origin == self.places[side].origin and self.places[side].index < revoked.index
        )
        in_term = record.nbf - message.LIFE <= created < record.longest + message.LIFE
        owned = record.member == self._owner(side) and record.use == "tc1"
        return owned and in_term and lives and message.signature_holds(signed, record.key)

    def _keys(self, side: str) -> Callable[[str], PublicKey | None]:
        owner = self._owner(side)
        found = self._known().keys.items()
        return {kid: each.key for kid, each in found if each.member == owner and each.use == "tc1"}.get


def _created(base: str) -> int:
    # Strings are the signer's to choose: a nonce may well read ;created=1.
    parameters = _STRING.sub('""', lines(base)['"@signature-params"'])
    return int(parameters.partition(";created=")[2].partition(";")[0])


def lines(base: str) -> dict[str, str]:
    """The lines of a signature base by component identifier."""
    pairs = (line.partition(": ") for line in base.split("\n"))
    return {name: value for name, _, value in pairs}
