"""Evidence under attack: thousands of seeded changes to a bundle, and none makes it prove anything else.

A changed bundle either fails, or says what the original said: the same records at the same places under witnessed
checkpoints, the same agreement, the same bodies or fewer. What is left to change without being noticed is what nobody
reads: blanks of the file, the order of independent documents, signatures of strangers.
"""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from twincity.engines.circle.tests.world import CQ, DJ, LS, SC, first, keys, mark, revocation, statement
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import Bundle
from twincity.engines.exchange.evidence.verify import verify
from twincity.engines.exchange.tests.evidence_world import (
    DOCUMENTS,
    Book,
    Exchange,
    b64,
    books,
    bundle,
    decided,
    requested,
)
from twincity.engines.exchange.wire import records
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.proofs import LogProof
from twincity.kernel.keys import b64url, unb64url
from twincity.kernel.merkle import leaf_hash
from twincity.kernel.problems import Problem

ORIGINAL = bundle()
FILE = bundles.write(ORIGINAL)
OTHER = bundle(Exchange("message-2", place=6, path="/units/500231/towns", response_body=b"[]"))
OURS, THEIRS = books(Exchange())
Mutation = Callable[[random.Random], bytes]
Value = Any


def meaning(found: Bundle) -> Value:
    """What a bundle says, without what nobody reads; bodies, which may be left out, and documents, to which their
    issuers may add, apart."""
    return {
        "charter": [document["payload"] for document in found.charter],
        "records": sorted(
            (
                each.origin,
                each.index,
                each.salt,
                each.record,
                LogProof.parse(each.proof.encode()).signed.checkpoint.text,
            )
            for each in found.records
        ),
        "agreement": (found.request, found.decision),
    }


def says_no_more(found: Bundle) -> bool:
    bodies = (found.request_body, ORIGINAL.request_body), (found.response_body, ORIGINAL.response_body)
    documents = all(each in found.documents for each in ORIGINAL.documents)
    same = documents and meaning(found) == meaning(ORIGINAL)
    return same and all(ours in {None, theirs} for ours, theirs in bodies)


def verdict(data: bytes) -> str:
    """``bundle-unreadable``, ``detected`` or ``same``; a failure of the test when it holds and says something else."""
    try:
        found = bundles.read(data)
    except Problem as problem:
        return problem.kind.code
    if not verify(found).holds:
        return "detected"
    assert says_no_more(found), data
    return "same"


# -- damage to the file --------------------------------------------------------------------------------------------


def bit(how: random.Random) -> bytes:
    data = bytearray(FILE)
    data[how.randrange(len(data))] ^= 1 << how.randrange(8)
    return bytes(data)


def byte(how: random.Random) -> bytes:
    """One byte is replaced, left out or put in."""
    place, new = how.randrange(len(FILE)), how.choice(b'0123456789abcdefABCDEF+/=_-.,:;"{}[] \n\\').to_bytes()
    return FILE[:place] + how.choice([new, b"", FILE[place : place + 1] + new]) + FILE[place + 1 :]


def stretch(how: random.Random) -> bytes:
    """A stretch is left out, repeated, or moved elsewhere."""
    start, size, to = how.randrange(len(FILE)), how.randrange(1, 400), how.randrange(len(FILE))
    part, rest = FILE[start : start + size], FILE[:start] + FILE[start + size :]
    return how.choice([rest, FILE[:to] + part + FILE[to:], rest[:to] + part + rest[to:]])


# -- changes to what it holds --------------------------------------------------------------------------------------


def edited(change: Callable[[random.Random, Value], None]) -> Mutation:
    """A mutation of the parsed file, written again."""

    def mutation(how: random.Random) -> bytes:
        value = orjson.loads(FILE)
        change(how, value)
        return orjson.dumps(value)

    return mutation


def places(value: Value, at: tuple[Value, ...] = ()) -> list[tuple[Value, ...]]:
    """Ways to every member of a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for name, each in inner for way in [(*at, name), *places(each, (*at, name))]]


def within(value: Value, way: tuple[Value, ...]) -> Value:
    for name in way:
        value = value[name]
    return value


def drop(how: random.Random, value: Value) -> None:
    way = how.choice(places(value))
    del within(value, way[:-1])[way[-1]]


def empty(how: random.Random, value: Value) -> None:
    way = how.choice(places(value))
    within(value, way[:-1])[way[-1]] = how.choice([None, "", 0, -1, [], {}, True, 2**53, "x", [[]], {"x": {}}])


def exchange_two(how: random.Random, value: Value) -> None:
    """Two members of one kind change places: tokens, proofs, salts, signatures, sides."""
    ways = places(value)
    one = how.choice(ways)
    other = how.choice([way for way in ways if way[-1] == one[-1] or type(way[-1]) is type(one[-1])])
    kept = within(value, one), within(value, other)
    within(value, one[:-1])[one[-1]] = kept[1]
    if other[: len(one)] != one:
        within(value, other[:-1])[other[-1]] = kept[0]


def reorder(how: random.Random, value: Value) -> None:
    how.shuffle(value[how.choice(["documents", "records"])])


def swap_sides(how: random.Random, value: Value) -> None:
    one, other = value["records"]
    for name in how.sample(["origin", "index", "salt", "record", "proof"], how.randrange(1, 5)):
        one[name], other[name] = other[name], one[name]


def borrow(how: random.Random, value: Value) -> None:
    """A part comes from the bundle of another exchange between the same members."""
    other = orjson.loads(bundles.write(OTHER))
    ways = [way for way in places(value) if way[0] in {"records", "request_body", "response_body"}]
    way = how.choice([way for way in ways if within(value, way) != within(other, way) and way != ("records",)])
    within(value, way[:-1])[way[-1]] = within(other, way)


def text_bit(how: random.Random, value: Value) -> None:
    """One bit inside a text is flipped where the text is base64: below the spelling."""
    way = how.choice([way for way in places(value) if way[-1] in {"salt", "record", "request_body", "response_body"}])
    raw = bytearray(base64.b64decode(within(value, way)))
    raw[how.randrange(len(raw))] ^= 1 << how.randrange(8)
    within(value, way[:-1])[way[-1]] = b64(bytes(raw))


def token_bit(how: random.Random, value: Value) -> None:
    """One bit of a header, payload or signature of a signed document."""
    holder, name = how.choice(
        [(value, "request"), (value, "decision"), *((each, "token") for each in value["documents"])]
        + [(each, part) for each in value["charter"][0]["signatures"] for part in ("protected", "signature")]
        + [(value["charter"][0], "payload")]
    )
    parts = holder[name].split(".")
    which = how.randrange(len(parts))
    raw = bytearray(unb64url(parts[which]))
    raw[how.randrange(len(raw))] ^= 1 << how.randrange(8)
    parts[which] = b64url(bytes(raw))
    holder[name] = ".".join(parts)


def proof_bit(how: random.Random, value: Value) -> None:
    """One bit of an index, a path, a checkpoint or a signature in a proof, below the spelling where it is base64."""
    each = how.choice(value["records"])
    split = each["proof"].split("\n")
    place = how.randrange(len(split))
    head, blank, last = split[place].rpartition(" ")
    try:
        raw = bytearray(base64.b64decode(last, validate=True))
        raw[how.randrange(len(raw))] ^= 1 << how.randrange(8)
        split[place] = head + blank + b64(bytes(raw))
    except (ValueError, IndexError):
        split[place] = split[place][:-1] + how.choice("0123456789x")
    each["proof"] = "\n".join(split)


def proof_line(how: random.Random, value: Value) -> None:
    """A line of a proof is left out, repeated or moved; signatures, hashes, the checkpoint's own."""
    each = how.choice(value["records"])
    split = each["proof"].split("\n")
    line = split.pop(how.randrange(len(split)))
    if how.random() < 0.5:
        split.insert(how.randrange(len(split)), line)
        if how.random() < 0.3:
            split.append(line)
    each["proof"] = "\n".join(split)


def lie(how: random.Random, value: Value) -> None:
    """A record says something else, in its one form, at its place in the log."""
    each = how.choice(value["records"])
    said = json.loads(base64.b64decode(each["record"]))
    name = how.choice(list(said))
    old = said[name]
    said[name] = old + 1 if isinstance(old, int) else old + "x" if isinstance(old, str) else old | {"kid": "x"}
    each["record"] = b64(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))


def history(how: random.Random, value: Value) -> None:
    """Older checkpoints, split views, missing and homely witnesses, other keys of the log."""
    side = how.randrange(2)
    book, place, abroad, home = ((OURS, 2, SC, CQ), (THEIRS, 4, CQ, SC))[side]
    fork = Book(book.owner, [*[b"other"] * place, book.entries[place], *[b"more"] * how.randrange(4)])
    each = value["records"][side]
    kind = how.choice(
        ["older", "fork", "fork with the true cosignature", "no witness", "homely witness", "other signer"]
    )
    if kind == "older":
        note = book.checkpoint([abroad], size=how.randrange(1, place + 1)).note.encode().decode()
        each["proof"] = each["proof"].partition("\n\n")[0] + "\n\n" + note
    elif kind.startswith("fork"):
        cosigned = book.checkpoint([abroad]).note.signatures[1].line if "true" in kind else ""
        each |= {"salt": b64(fork.salts[place]), "proof": fork.proof(place, how.choice([[], [home]])) + cosigned}
    elif kind == "other signer":
        each["proof"] = book.proof(place, [abroad], signer=how.choice([f"{abroad}/log", "stranger", f"{DJ}/tc1"]))
    else:
        each["proof"] = book.proof(place, [] if kind == "no witness" else [home])


def revoked(how: random.Random, value: Value) -> None:
    """Somebody's key was revoked at or before the record."""
    issuer, member, place = how.choice([(CQ, DJ, 2), (SC, SC, 4)])
    entry = revocation(issuer, member, signer=f"{issuer}/root", index=how.randrange(place + 1))
    value["documents"].append({"owner": entry[0], "token": entry[1]})


def other_documents(how: random.Random, value: Value) -> None:
    """Documents that are refused, or about others, or that vouch for other keys."""
    entry = how.choice([keys(DJ), keys(LS), statement(DJ, iat=0), (SC, DOCUMENTS[2][1]), mark(SC, LS), (DJ, "junk")])
    value["documents"].insert(how.randrange(len(value["documents"]) + 1), {"owner": entry[0], "token": entry[1]})


def other_agreement(how: random.Random, value: Value) -> None:
    value |= how.choice(
        [
            {"request": requested(iat=1)},
            {"request": ORIGINAL.decision},
            {"request": "", "decision": ""},
            {"decision": decided(requested(iat=1))},
            {"decision": decided(signer=f"{CQ}/tc1")},
            {"decision": ORIGINAL.request},
        ]
    )


def other_charter(how: random.Random, value: Value) -> None:
    value["charter"] = how.choice(
        [
            [],
            [first(CQ)],
            [first(SC)],
            value["charter"] * 2,
            [*value["charter"], first(CQ, SC)],
            [{}],
            [{"payload": ""}],
        ]
    )


MUTATIONS: dict[str, tuple[int, Mutation]] = {
    "bit of the file": (4000, bit),
    "byte of the file": (2000, byte),
    "stretch of the file": (800, stretch),
    "member left out": (700, edited(drop)),
    "member emptied": (700, edited(empty)),
    "two exchanged": (700, edited(exchange_two)),
    "reordered": (60, edited(reorder)),
    "sides swapped": (150, edited(swap_sides)),
    "parts of another exchange": (150, edited(borrow)),
    "bit of a text": (600, edited(text_bit)),
    "bit of a document": (600, edited(token_bit)),
    "bit of a proof": (600, edited(proof_bit)),
    "line of a proof": (400, edited(proof_line)),
    "lie in a record": (150, edited(lie)),
    "another history": (200, edited(history)),
    "revoked key": (40, edited(revoked)),
    "other documents": (100, edited(other_documents)),
    "another charter": (50, edited(other_charter)),
    "another agreement": (40, edited(other_agreement)),
}
"""How often each is tried."""
ALWAYS = {
    "bit of a text",
    "bit of a document",
    "sides swapped",
    "lie in a record",
    "another history",
    "revoked key",
} | {
    "parts of another exchange",
    "another charter",
    "another agreement",
}
"""What no such change survives; of the others a few are changes to what nobody reads."""


def test_the_original_holds():
    assert verdict(FILE) == "same"
    assert verdict(orjson.dumps(orjson.loads(FILE))) == "same"
    assert verify(OTHER).holds


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_change_makes_it_prove_anything_else(name):
    count, mutation = MUTATIONS[name]
    how = random.Random(name)
    verdicts = Counter(verdict(mutation(how)) for _ in range(count))
    assert sum(verdicts.values()) == count
    if name in ALWAYS:
        assert verdicts["same"] == 0
    else:
        assert verdicts["same"] <= count // 4 or name == "reordered"


def test_more_than_ten_thousand_are_tried():
    assert sum(count for count, _ in MUTATIONS.values()) >= 10_000


def test_what_both_parties_have_signed_besides_is_theirs():
    """A later decision of the same two on the same request holds as well: it is no forgery."""
    value = orjson.loads(FILE) | {"decision": decided(state="ended", iat=1)}
    assert verify(bundles.read(orjson.dumps(value))).holds


def test_every_bit_of_both_records_matters():
    """All of them, one after the other: none may be overlooked by chance."""
    for side, each in enumerate(ORIGINAL.records):
        raw = bytearray(each.data())
        for place in range(len(raw) * 8):
            raw[place // 8] ^= 1 << place % 8
            changed = [*ORIGINAL.records]
            changed[side] = bundles.Proven(each.origin, each.index, each.salt, b64(bytes(raw)), each.proof)
            raw[place // 8] ^= 1 << place % 8
            assert not logged(changed[side]), place
        assert records.encode(records.decode(bytes(raw))) == bytes(raw)


def logged(each: bundles.Proven) -> bool:
    """Whether a record is in its log at all: the check that all others rest on, alone because it is asked so often."""
    book = THEIRS if each.origin == THEIRS.origin else OURS
    return leaf_hash(commit(base64.b64decode(each.salt), each.data())) in book.leaves
