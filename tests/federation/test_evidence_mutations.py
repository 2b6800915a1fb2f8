"""Ten thousand ways to spoil a real evidence bundle; every one must be noticed."""

from __future__ import annotations

import base64
import copy
import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.kernel import clock
from twincity.kernel.problems import Problem
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, live_circle
from twincity.node.testkit.live import OperationRefusedError

FLIPS = 8_000
EDITS = 2_500
PURPOSE = "planning.belt"
Bundle = dict[str, Any]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Bundle]:
    """The bundles of two exchanges between the same nodes under the same agreement."""
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        reason = {"zh-Hans": "规划", "en": "planning"}
        terms = {"service": "probe", "purpose": PURPOSE, "reason": reason, "not_after": clock.unix() + 86_400}
        asked = circle["dj"].operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})["id"]
        wait(lambda: [each for each in circle["sc"].operate("exchange.agreements") if each["id"] == asked])
        circle["sc"].operate("exchange.decide", {"agreement": asked, "state": "active", "by": "steward"})
        call = {"provider": SICHUAN.id, "service": "probe", "path": "/echo", "purpose": PURPOSE}
        names = [circle["dj"].operate("exchange.call", call | {"query": f"text={n}"})["message"] for n in "ab"]
        found = [wait(lambda name=name: collect(circle["dj"], name)) for name in names]
        return found[0], found[1]


def wait(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def collect(node: Any, name: str) -> Bundle | None:
    try:
        found = node.operate("exchange.prove", {"message": name})
    except OperationRefusedError:
        return None
    return json.loads(base64.b64decode(found["bundle"])) if found["holds"] else None


def holds(value: Bundle | bytes, pinned: str) -> bool:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    try:
        return verify(bundles.read(data), pinned=pinned).holds
    except Problem:
        return False


def test_the_bundles_hold_before_they_are_spoilt(pair: tuple[Bundle, Bundle]) -> None:
    for bundle in pair:
        assert bundle["request"]
        assert bundle["decision"]
        assert holds(bundle, charter_digest(bundle["charter"]))


def test_every_flipped_bit_is_noticed(pair: tuple[Bundle, Bundle]) -> None:
    bundle, _ = pair
    pinned = charter_digest(bundle["charter"])
    data = json.dumps(bundle, separators=(",", ":"), sort_keys=True).encode()
    source, survivors = random.Random(20261122), []
    for _ in range(FLIPS):
        spoilt = bytearray(data)
        place, bit = source.randrange(len(data)), 1 << source.randrange(8)
        spoilt[place] ^= bit
        if holds(bytes(spoilt), pinned):
            survivors.append((place, bit, data[max(0, place - 30) : place + 10]))
    assert survivors == []


def test_every_dropped_swapped_or_foreign_part_is_noticed(pair: tuple[Bundle, Bundle]) -> None:
    bundle, other = pair
    pinned = charter_digest(bundle["charter"])
    source, done = random.Random(7), 0
    while done < EDITS:
        spoilt = copy.deepcopy(bundle)
        edit = source.choice(_EDITS)
        edit(spoilt, other, source)
        if spoilt == bundle:
            continue
        done += 1
        assert not holds(spoilt, pinned), edit.__name__


def _drop_record(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    bundle["records"].pop(source.randrange(2))


def _swap_sides(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    field = source.choice(["record", "salt", "proof", "origin", "index"])
    first, second = bundle["records"]
    first[field], second[field] = second[field], first[field]


def _take_from_the_other(bundle: Bundle, other: Bundle, source: random.Random) -> None:
    """A part of another, itself perfectly valid, exchange of the same parties."""
    field = source.choice(["record", "salt", "index"])
    place = source.randrange(2)
    by_origin = {each["origin"]: each for each in other["records"]}
    bundle["records"][place][field] = by_origin[bundle["records"][place]["origin"]][field]


def _whole_record_of_the_other(bundle: Bundle, other: Bundle, source: random.Random) -> None:
    place = source.randrange(2)
    by_origin = {each["origin"]: each for each in other["records"]}
    bundle["records"][place] = copy.deepcopy(by_origin[bundle["records"][place]["origin"]])


def _proof_line(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    """Remove, repeat or move a line of an inclusion proof or of its checkpoint.

    Signature lines come below: their order means nothing, and one more cosignature than is needed may be missing.
    """
    record = source.choice(bundle["records"])
    lines = record["proof"].split("\n")
    place = source.randrange(next(n for n, line in enumerate(lines) if line.startswith("— ")))
    kind = source.randrange(3)
    if kind == 0:
        lines.pop(place)
    elif kind == 1:
        lines.insert(place, lines[place])
    else:
        lines[place], lines[place - 1] = lines[place - 1], lines[place]
    record["proof"] = "\n".join(lines)


def _needed_signature(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    """Remove the log's own signature, or the cosignature of the other province."""
    record = source.choice(bundle["records"])
    elsewhere = SICHUAN.id if record["origin"].startswith(DIANJIANG.id) else CHONGQING.id
    name = source.choice([record["origin"], f"{elsewhere}/witness"])
    lines = [line for line in record["proof"].split("\n") if not line.startswith(f"— {name} ")]
    record["proof"] = "\n".join(lines)


def _index(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    source.choice(bundle["records"])["index"] += source.choice([-2, -1, 1, 2, 1000])


def _edit_record(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    """Change one member of a record and encode it again properly."""
    part = source.choice(bundle["records"])
    record = json.loads(base64.b64decode(part["record"]))
    name = source.choice([key for key, value in record.items() if isinstance(value, str | int)])
    value = record[name]
    record[name] = value + "x" if isinstance(value, str) else int(value) + 1
    part["record"] = base64.b64encode(json.dumps(record, separators=(",", ":"), sort_keys=True).encode()).decode()


def _drop_key_statement(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    """Without the documents that vouch for a party or a witness nothing can be shown."""
    needed = [
        each
        for each in bundle["documents"]
        if '"tc-keys+jwt"' in base64.urlsafe_b64decode(each["token"].split(".")[0] + "==").decode()
        and json.loads(base64.urlsafe_b64decode(each["token"].split(".")[1] + "=="))["iss"] != CHONGQING.id
    ]
    bundle["documents"].remove(source.choice(needed))


def _drop_documents(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    bundle["documents"] = []


def _forge_agreement(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    field = source.choice(["request", "decision"])
    bundle[field] = source.choice(["", bundle["decision" if field == "request" else "request"]])


def _charter(bundle: Bundle, _: Bundle, source: random.Random) -> None:
    document = bundle["charter"][0]
    if source.randrange(2):
        document["signatures"].pop(source.randrange(len(document["signatures"])))
    else:
        document["signatures"][0] = document["signatures"][1]


_EDITS = [
    _drop_record,
    _swap_sides,
    _take_from_the_other,
    _whole_record_of_the_other,
    _proof_line,
    _needed_signature,
    _index,
    _edit_record,
    _drop_key_statement,
    _drop_documents,
    _forge_agreement,
    _charter,
]
