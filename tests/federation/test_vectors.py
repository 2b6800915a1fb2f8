"""The vectors of tc1: ``make`` reproduces them, our code keeps to them, and FEDERATION.md alone suffices to check them.

The last part holds a second reading of the specification against them, which imports nothing of ours.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey, VerifyKey

from tests.federation import reading
from tests.support import ROOT
from twincity.engines.circle.facade import directory_over
from twincity.engines.circle.trust.charter import verify_chain, verify_next
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.keys import from_jwk, to_jwk
from twincity.engines.exchange import rules
from twincity.engines.exchange.agreement import documents as agreements
from twincity.engines.exchange.agreement import moves
from twincity.engines.exchange.agreement.terms import Terms, check_narrower, compile_grant
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.engines.exchange.wire.headers import identifier
from twincity.engines.ledger.log import entries
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.policy import Policy, Witness
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.witness_wire import AddCheckpoint
from twincity.kernel import canonical, chunks, merkle
from twincity.kernel.batches import verify_batched
from twincity.kernel.keys import PublicKey
from twincity.kernel.libcrypto import UnavailableError
from twincity.kernel.notes import VerifierKey
from twincity.kernel.problems import Problem
from twincity.kernel.sm2 import sm3
from twincity.kernel.tc1 import message
from twincity.kernel.tc1.errors import MALFORMED
from twincity.kernel.tc1.replay import ReplayGuard
from vectors import make

FOLDER = ROOT / "vectors"
FILES = {name: json.loads((FOLDER / name).read_text("utf-8")) for name in make.FILES}
TC1 = FILES["tc1.json"]


def each(cases: list[dict[str, Any]]) -> Any:
    """One test for each case, under its name."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in cases])


def outcome(work: Callable[[], object], told: Callable[[Any], str] = str) -> str:
    """``ok``, or what is told of the refusal: of a problem its code unless said otherwise."""
    try:
        work()
    except Problem as problem:
        return problem.kind.code if told is str else told(problem)
    except (chunks.StreamError, reading.RefusedError) as error:
        return told(error)
    return "ok"


def need_sm3() -> None:
    try:
        sm3()
    except UnavailableError as error:
        pytest.skip(str(error))


def folded(charter: list[Any], given: list[dict[str, str]]) -> Directory:
    found = directory_over(charter)
    for entry in given:
        found.apply(entry["owner"], entry["token"])
    return found


@pytest.fixture(scope="module")
def known() -> Directory:
    """The members whose messages are in ``tc1.json``."""
    return folded(TC1["charter"], TC1["entries"])


# -- the files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", make.FILES)
def test_make_reproduces_every_file_byte_for_byte(name):
    if name in {"keys.json", "batches.json"}:
        need_sm3()
    assert make.render(name) == (FOLDER / name).read_bytes()


def test_every_file_warns_that_its_keys_are_known():
    assert {value["warning"] for value in FILES.values()} == {FILES["keys.json"]["warning"]}


# -- our code ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES["keys.json"]["keys"])
def test_names_of_keys(name):
    shown = FILES["keys.json"]["keys"][name]
    key = PublicKey(shown["suite"], bytes.fromhex(shown["public"]))
    assert (key.kid, key.commitment, to_jwk(key)) == (shown["kid"], shown["commitment"], shown["jwk"])
    assert from_jwk(shown["jwk"]) == key


@each(FILES["canonical.json"]["encode"])
def test_canonical_json(case):
    data = bytes.fromhex(case["bytes_hex"])
    assert canonical.encode(case["value"]) == data
    assert canonical.decode(data) == case["value"]


@each(FILES["canonical.json"]["refuse"])
def test_what_is_not_canonical_is_refused(case):
    with pytest.raises(canonical.CanonicalError):
        canonical.decode(case["text"].encode())


@each(FILES["charter.json"]["cases"])
def test_charter_chains(case):
    found = outcome(lambda: verify_chain(case["chain"], case["now"]), lambda problem: problem.rule)
    assert found == case["expect"]


@each(FILES["directory.json"]["cases"])
def test_folding_a_directory(case):
    given = FILES["directory.json"]
    found = folded(case.get("chain", given["charter"]), given["beginnings"][case["after"]])
    for entry in case["entries"]:
        before = copy.deepcopy((found.members, found.keys))
        assert outcome(lambda entry=entry: found.apply(entry["owner"], entry["token"])) == entry["expect"]
        assert (before == (found.members, found.keys)) == (entry["expect"] != "ok")
    if "adopts" in case:
        found.adopt(verify_next(found.charter, case["adopts"]))
    for use in case["uses"]:
        assert outcome(lambda use=use: found.signing_key(use["kid"], use["at"])) == use["expect"]


@each(TC1["requests"])
def test_requests_as_a_provider_meets_them(case, known):
    request, guard = case["request"], ReplayGuard()

    def accept() -> None:
        headers = request["headers"]
        signed = message.read_request(
            method=request["method"], target=request["target"], headers=headers, now=case["now"]
        )
        key = known.signing_key(signed.kid, case["now"])
        message.check_digest(headers["content-digest"], bytes.fromhex(request["body_hex"]))
        message.check_signature(signed, key.key)
        guard.check(signed.kid, signed.nonce, case["now"])
        for name in ("tc-message-id", "tc-system", "tc-case", "tc-purpose"):
            identifier(headers, name)
        if not headers["tc-message-id"]:
            raise Problem(MALFORMED)
        assert signed.base.decode() == request["base"]

    if case.get("twice"):
        accept()
    assert outcome(accept) == case["expect"]


@each(TC1["responses"])
def test_responses_as_a_consumer_meets_them(case, known):
    response, request = case["response"], case["request"]

    def accept() -> None:
        signed = message.read_response(
            status=response["status"], headers=response["headers"], request=request["headers"]
        )
        record = known.signing_key(signed.kid, case["now"])
        message.check_signature(signed, record.key)
        message.check_digest(response["headers"]["content-digest"], bytes.fromhex(response["body_hex"]))
        if record.member != TC1["provider"]:
            raise reading.RefusedError("another-member")

    assert outcome(accept) == case["expect"]


def body(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("case", FILES["streams.json"]["roots"], ids=lambda case: str(case["size"]))
def test_chunk_digests(case):
    digest = chunks.ChunkDigest()
    digest.update(body(case["size"]))
    assert digest.root().hex() == case["root"]
    assert message.chunk_digest(digest.root()) == case["content_digest"]


@each(FILES["streams.json"]["frames"])
def test_frames(case):
    kinds = {
        chunks.TruncatedError: "truncated",
        chunks.OversizedError: "oversized",
        chunks.GarbledError: "garbled",
    }
    decoder = chunks.Decoder(4 * chunks.CHUNK)

    def take() -> None:
        decoder.feed(bytes.fromhex(case["bytes_hex"]))
        decoder.close()

    assert outcome(take, lambda error: kinds[type(error)]) == case["expect"]


def test_a_signed_stream(known):
    given = FILES["streams.json"]["stream"]
    data, trailer = body(given["size"]), given["trailer"].encode()

    async def framed() -> bytes:
        async def source() -> Any:
            yield data

        return b"".join([frame async for frame in chunks.encode(source(), lambda _root, _size: trailer)])

    whole = asyncio.run(framed())
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (given["framed_size"], given["framed_sha256"])
    decoder = chunks.Decoder(given["size"])
    assert b"".join(decoder.feed(whole)) == data
    headers = json.loads(decoder.trailer or b"")
    signed = message.read_response(status=200, headers=headers, request=given["request"]["headers"])
    message.check_signature(signed, known.signing_key(signed.kid, given["now"]).key)
    assert headers["content-digest"] == message.chunk_digest(decoder.digest.root())


@pytest.mark.parametrize("batch", FILES["batches.json"]["batches"], ids=lambda batch: batch["suite"])
def test_batched_signatures(batch):
    if batch["suite"] == "sm2":
        need_sm3()
    key = PublicKey(batch["suite"], bytes.fromhex(batch["public"]))
    texts, signatures = batch["messages"], list(map(bytes.fromhex, batch["signatures"]))
    assert all(verify_batched(key, text.encode(), raw) for text, raw in zip(texts, signatures, strict=True))
    assert not verify_batched(key, texts[0].encode(), signatures[1])


def test_a_request_signed_by_sm2_in_a_batch():
    need_sm3()
    given, shown = FILES["batches.json"]["request"], FILES["keys.json"]["keys"]["sm2.tc1"]
    signed = message.read_request(
        method=given["method"], target=given["target"], headers=given["headers"], now=given["now"]
    )
    assert signed.base.decode() == given["base"]
    message.check_signature(signed, from_jwk(shown["jwk"]))
    other = replace(signed, base=signed.base + b" ")
    assert outcome(lambda: message.check_signature(other, from_jwk(shown["jwk"]))) == "signature-invalid"


def test_agreements(known):
    given = FILES["agreements.json"]
    keys = {kid: record.key for kid, record in known.keys.items()}
    asked = agreements.read_request(given["request"], keys.get)
    decision = agreements.read_decision(given["decision"], keys.get)
    assert asked.terms == msgspec.convert(given["terms"], Terms)
    assert decision.request == given["request"]
    check_narrower(asked.terms, decision.terms)
    grant = compile_grant(decision.terms, agreement=decision.id, consumer=decision.consumer)
    assert grant == msgspec.convert(given["grant"], rules.Grant)


def test_a_negotiation(known):
    """Each document names the one before it that it answers, and its signature holds."""
    steps = FILES["agreements.json"]["negotiation"]
    keys = {kid: record.key for kid, record in known.keys.items()}.get
    readers = [agreements.read_request, agreements.read_offer, agreements.read_request, agreements.read_decision]
    read = [
        reader(step["document"], keys)
        for reader, step in zip([*readers, agreements.read_withdrawal], steps, strict=True)
    ]
    assert [agreements.digest(step["document"]) for step in steps] == [step["digest"] for step in steps]
    assert [read[place].previous for place in (1, 2, 4)] == [steps[place]["digest"] for place in (0, 1, 3)]
    assert (read[3].request, read[3].terms) == (steps[2]["document"], read[1].terms)
    state = "requested"
    acts = [("provider", "offered"), ("consumer", "requested"), ("provider", "active"), ("consumer", "withdrawn")]
    for (role, act), step in zip(acts, steps[1:], strict=True):
        state = moves.after(state, act, role)
        assert state == step["state"]


@each(FILES["agreements.json"]["narrowing"])
def test_terms_are_narrower(case):
    asked = FILES["agreements.json"]["terms"]
    given = msgspec.convert(asked, Terms), msgspec.convert(asked | case["changed"], Terms)
    assert outcome(lambda: check_narrower(*given), lambda problem: problem.field) == case["expect"]


@pytest.mark.parametrize("case", FILES["agreements.json"]["purposes"], ids=str)
def test_purposes(case):
    assert rules.purpose_covered(case["granted"], case["purpose"]) is case["covered"]


@pytest.mark.parametrize("case", FILES["agreements.json"]["paths"], ids=str)
def test_paths(case):
    assert rules.path_matches(case["template"], case["path"]) is case["fits"]


def test_checkpoints_proofs_and_requests_to_witnesses():
    given = FILES["ledger.json"]
    witness = Witness(VerifierKey.parse(given["witness_vkey"]), "500000")
    policy = Policy((VerifierKey.parse(given["log_vkey"]),), (witness,), threshold=1, home="510000")
    signed = SignedCheckpoint.parse(given["checkpoint"].encode())
    assert [cosigner.witness for cosigner in policy.check(signed)] == [witness]
    assert signed.checkpoint.root.hex() == given["roots"][7]
    for text in given["proofs"]:
        proof = LogProof.parse(text.encode())
        record = given["records"][proof.index]
        proof.verify_private(bytes.fromhex(record["salt"]), record["record"].encode(), policy)
    asked = AddCheckpoint.parse(given["add_checkpoint"].encode())
    roots = [bytes.fromhex(root) for root in given["roots"]]
    merkle.verify_consistency(asked.old_size, 7, roots[asked.old_size], roots[7], asked.path)
    first, second = entries.unbundle(bytes.fromhex(given["bundle_hex"]), 2)
    assert (first.hex(), second) == (given["records"][0]["commitment"], b"ab")


def report(whole: dict[str, Any], pinned: str = "") -> Any:
    return verify(bundles.read(json.dumps(whole).encode()), pinned=pinned)


def test_the_evidence_bundle_holds():
    given = FILES["evidence.json"]
    found = report(given["bundle"], given["pinned"])
    assert found.holds
    assert [check.name for check in found.checks if check.name != "pinned"] == given["checks"]
    assert charter_digest(given["bundle"]["charter"]) == given["pinned"] == FILES["charter.json"]["digest_of_first"]


def test_another_charter_than_the_pinned_one_is_not_believed():
    assert [check.name for check in report(FILES["evidence.json"]["bundle"], "0" * 64).failed()] == ["pinned"]


@each(FILES["evidence.json"]["changes"])
def test_a_changed_bundle_fails_where_it_must(case):
    whole = copy.deepcopy(FILES["evidence.json"]["bundle"])
    *steps, last = case["path"].removeprefix("/").split("/")
    place: Any = whole
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = case["value"]
    assert [check.name for check in report(whole).failed()] == case["fails"]


# -- a second reading of FEDERATION.md, without our code ----------------------------------------------------------


@each(TC1["requests"])
def test_the_specification_suffices_for_requests(case):
    used: set[tuple[str, str]] = set()

    def accept() -> None:
        base = reading.accept_request(case["request"], reading.announced(TC1["entries"]), case["now"], used)
        assert base == case["request"]["base"]

    if case.get("twice"):
        accept()
    assert outcome(accept) == case["expect"]


@each(TC1["responses"])
def test_the_specification_suffices_for_responses(case):
    asked, keys = case["request"]["headers"], reading.announced(TC1["entries"])

    def accept() -> None:
        base = reading.accept_response(case["response"], asked, keys, TC1["provider"])
        assert base == case["response"]["base"]

    assert outcome(accept) == case["expect"]


@pytest.mark.parametrize("name", FILES["keys.json"]["keys"])
def test_the_specification_suffices_for_names_of_keys(name):
    shown = FILES["keys.json"]["keys"][name]
    digest = hashlib.sha256(shown["suite"].encode() + b"\0" + bytes.fromhex(shown["public"])).digest()
    assert digest.hex() == shown["commitment"]
    assert base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode() == shown["kid"]
    if shown["suite"] == "ed25519":
        seed = hashlib.sha256(f"twincity test key: {name}".encode()).digest()
        assert bytes(SigningKey(seed).verify_key).hex() == shown["public"]


def test_the_specification_suffices_for_commitments_and_roots():
    given, leaves = FILES["ledger.json"], []
    for record in given["records"]:
        text = b"tc1 commitment\n" + bytes.fromhex(record["salt"]) + record["record"].encode()
        commitment = hashlib.sha256(text).digest()
        leaves.append(hashlib.sha256(b"\0" + commitment).digest())
        assert (commitment.hex(), leaves[-1].hex()) == (record["commitment"], record["leaf"])
    assert [reading.tree(leaves[:size]).hex() for size in range(8)] == given["roots"]


@pytest.mark.parametrize("case", FILES["streams.json"]["roots"], ids=lambda case: str(case["size"]))
def test_the_specification_suffices_for_chunk_digests(case):
    data = body(case["size"])
    parts = [data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20)]
    root = reading.tree([hashlib.sha256(b"\0" + part).digest() for part in parts])
    assert case["content_digest"] == f"tc-chunks=:{base64.b64encode(root).decode()}:"


def test_the_specification_suffices_for_checkpoints():
    text, _, lines = FILES["ledger.json"]["checkpoint"].partition("\n\n")
    keys = FILES["keys.json"]["keys"]
    log, witness = (base64.b64decode(line.split(" ")[2]) for line in lines.splitlines())
    VerifyKey(bytes.fromhex(keys["sc.log"]["public"])).verify(f"{text}\n".encode(), log[4:])
    when = int.from_bytes(witness[4:12])
    vouched = f"cosignature/v1\ntime {when}\n{text}\n".encode()
    VerifyKey(bytes.fromhex(keys["cq.witness"]["public"])).verify(vouched, witness[12:])
