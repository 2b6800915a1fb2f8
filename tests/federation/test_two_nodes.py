"""Live nodes of two provinces: everything that crosses the border, as a partner's node would meet it."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.kernel import clock
from twincity.kernel.keys import PrivateKey, b64url
from twincity.kernel.tc1 import message
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle
from twincity.node.testkit.live import OperationRefusedError

PURPOSE = "planning.belt"
PATIENCE = 20.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as found:
        agreement = ask(found)
        found["sc"].operate("exchange.decide", {"agreement": agreement, "state": "active", "by": "steward"})
        until(lambda: state(found["dj"], agreement) == "active")
        yield found


def ask(circle: Circle, **more: Any) -> str:
    """Dianjiang asks Sichuan for the probe: even rows only, without their squares."""
    terms = {
        "service": "probe",
        "purpose": PURPOSE,
        "reason": {"zh-Hans": "规划", "en": "planning"},
        "methods": ["GET", "POST"],
        "fields": ["n", "parity"],
        "rows": [{"field": "parity", "op": "in", "values": ["even"]}],
        "rate": 6000,
        "not_after": clock.unix() + 86_400,
    } | more
    asked = circle["dj"].operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})
    until(lambda: state(circle["sc"], asked["id"]) == "requested")
    return str(asked["id"])


def state(node: LiveNode, agreement: str) -> str:
    return next((each["state"] for each in node.operate("exchange.agreements") if each["id"] == agreement), "")


def until(condition: Any, patience: float = PATIENCE) -> Any:
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def call(node: LiveNode, path: str = "/rows", query: str = "rows=6", purpose: str = PURPOSE) -> dict[str, Any]:
    given = {"provider": SICHUAN.id, "service": "probe", "path": path, "query": query, "purpose": purpose}
    answer: dict[str, Any] = node.operate("exchange.call", given)
    return answer


def signed(circle: Circle, key: PrivateKey, *, age: int = 0, path: str = "/rows?rows=2") -> dict[str, str]:
    """Headers of a request to Sichuan made by hand."""
    headers = {
        "content-digest": message.content_digest(b""),
        "tc-message-id": b64url(os.urandom(12)),
        "tc-purpose": PURPOSE,
    }
    message.sign_request(
        key,
        method="GET",
        target=f"{circle['sc'].address}/tc1/probe{path}",
        headers=headers,
        now=clock.unix() - age,
        nonce=b64url(os.urandom(16)),
    )
    return headers


def post(circle: Circle, headers: dict[str, str], path: str = "/rows?rows=2") -> tuple[int, str]:
    status, _, body = circle["sc"].get(f"/tc1/probe{path}", headers)
    return status, json.loads(body).get("code", "")


def test_the_grant_s_rows_and_fields_and_no_others_cross_the_border(circle: Circle) -> None:
    answer = call(circle["dj"])
    assert (answer["status"], answer["outcome"]) == (200, "ok")
    assert json.loads(answer["body"]) == {"rows": [{"n": n, "parity": "even"} for n in (0, 2, 4)]}


def test_another_purpose_is_refused_and_explained(circle: Circle) -> None:
    answer = call(circle["dj"], purpose="planning.tax")
    assert (answer["status"], answer["outcome"]) == (403, "grant-missing")
    steps = circle["sc"].operate("exchange.explain", {"message": answer["message"]})["steps"]
    assert [step["condition"] for step in steps if not step["holds"]] == ["purpose"]


def test_another_member_is_refused_and_explained(circle: Circle) -> None:
    answer = call(circle["cq"])
    assert (answer["status"], answer["outcome"]) == (403, "grant-missing")
    facts = {"member": CHONGQING.id, "service": "probe", "path": "/rows", "purpose": PURPOSE}
    why = circle["sc"].operate("exchange.why", facts)
    assert not why["allowed"]
    assert why["steps"][-1]["condition"] == "subject"


def test_unknown_parameters_services_and_members_are_named(circle: Circle) -> None:
    unknown = call(circle["dj"], query="rows=2&colour=red")
    assert unknown["outcome"] == "unknown-parameter"
    assert json.loads(unknown["body"])["field"] == "colour"
    wrong = call(circle["dj"], query="rows=many")
    assert (wrong["outcome"], json.loads(wrong["body"])["field"]) == ("invalid", "rows")
    given = {"provider": SICHUAN.id, "service": "nothing", "path": "/", "purpose": PURPOSE}
    assert circle["dj"].operate("exchange.call", given)["outcome"] == "not-found"
    with pytest.raises(OperationRefusedError, match="unknown-member"):
        circle["dj"].operate("exchange.call", given | {"provider": "nobody.example"})


@pytest.mark.parametrize("path", ["/%72ows", "/rows%2F", "//rows", "/%e4%b8%ad"])
def test_a_path_has_one_spelling_so_that_no_denial_is_spelt_around(circle: Circle, path: str) -> None:
    answer = call(circle["dj"], path=path, query="")
    assert (answer["status"], answer["outcome"]) == (400, "bad-request")
    assert json.loads(answer["body"])["field"] == "path"


def test_signatures_expired_replayed_or_by_strangers_are_refused(circle: Circle) -> None:
    key = circle["dj"].home.key("tc1")
    assert post(circle, signed(circle, key, age=600)) == (401, "signature-expired")
    assert post(circle, signed(circle, key, age=-600)) == (401, "signature-expired")
    assert post(circle, signed(circle, PrivateKey.generate())) == (401, "unknown-key")
    once = signed(circle, key)
    assert post(circle, once) == (200, "")
    assert post(circle, once) == (401, "signature-replayed")
    assert post(circle, signed(circle, key), path="/rows?rows=3") == (401, "signature-invalid")
    assert post(circle, signed(circle, key) | {"tc-case": "x"}) == (401, "signature-uncovered")
    assert post(circle, {"tc-purpose": PURPOSE}) == (401, "signature-missing")
    other = signed(circle, key)
    assert post(circle, other | {"tc-purpose": "planning.tax"}) == (401, "signature-invalid")


def test_both_ledgers_hold_it_and_the_bundle_proves_it(circle: Circle, tmp_path: Path) -> None:
    answer = call(circle["dj"])
    found = until(lambda: proven(circle["dj"], answer["message"]))
    assert [check["name"] for check in found["checks"] if not check["holds"]] == []
    data = base64.b64decode(found["bundle"])
    bundle = bundles.read(data)
    assert {each.origin for each in bundle.records} == {f"{DIANJIANG.id}/exchange", f"{SICHUAN.id}/exchange"}
    assert verify(bundle, pinned=charter_digest(bundle.charter)).holds
    assert not verify(bundle, pinned="0" * 64).holds
    flipped = json.loads(data)
    record = bytearray(base64.b64decode(flipped["records"][0]["record"]))
    record[len(record) // 2] ^= 1
    flipped["records"][0]["record"] = base64.b64encode(record).decode()
    assert not verify(bundles.read(json.dumps(flipped).encode())).holds


def proven(node: LiveNode, name: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = node.operate("exchange.prove", {"message": name})
    except OperationRefusedError as error:
        if error.code in {"not-yet-published", "answer-unproven"}:
            return None
        raise
    return answer


def test_nobody_gets_a_proof_of_what_others_exchanged(circle: Circle) -> None:
    answer = call(circle["dj"])
    stolen = {"provider": SICHUAN.id, "service": "tc.evidence", "purpose": "protocol"}
    got = circle["cq"].operate("exchange.call", stolen | {"path": f"/records/{answer['message']}"})
    assert (got["status"], got["outcome"]) == (404, "not-found")


def test_a_local_system_needs_its_token_and_a_purpose_it_may_use(circle: Circle) -> None:
    token = circle["dj"].operate("identity.system", {"name": "gis", "purposes": ["planning"]})["token"]
    path = f"/call/{SICHUAN.id}/probe/echo?text=hello"
    assert circle["dj"].get(path, {"tc-purpose": PURPOSE})[0] == 401
    good = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE}
    until(lambda: circle["dj"].get(path, good)[0] == 200)
    assert circle["dj"].get(path, good | {"tc-purpose": "tax"})[0] == 403
    assert circle["dj"].get(path, {"authorization": f"Bearer {token}"})[0] == 400
    status, _, body = circle["dj"].request("POST", path.partition("?")[0], good, b'{"text":"\xe4\xb8\xad"}')
    assert (status, json.loads(body)["text"]) == (200, "中")
    status, _, body = circle["dj"].get(f"/call/{SICHUAN.id}/probe/stream?mib=3", good | {"tc-stream": "1"})
    assert (status, len(body)) == (200, 3 * 1024 * 1024)
    assert body == bytes(range(256)) * (len(body) // 256)


def test_terms_may_be_narrowed_never_widened_and_an_end_ends_the_grant(circle: Circle) -> None:
    agreement = ask(circle, purpose="planning.roads")
    terms = next(each["terms"] for each in circle["sc"].operate("exchange.agreements") if each["id"] == agreement)
    wider = terms | {"fields": ["n", "parity", "square"]}
    with pytest.raises(OperationRefusedError, match="terms-wider"):
        decide(circle, agreement, "active", terms=wider)
    decide(circle, agreement, "active", terms=terms | {"fields": ["n"]})
    answer = call(circle["dj"], purpose="planning.roads")
    assert json.loads(answer["body"])["rows"][0] == {"n": 0}
    decide(circle, agreement, "ended")
    assert call(circle["dj"], purpose="planning.roads")["outcome"] == "grant-missing"
    until(lambda: state(circle["dj"], agreement) == "ended")
    with pytest.raises(OperationRefusedError, match="agreement-state"):
        decide(circle, agreement, "active")


def decide(circle: Circle, agreement: str, to: str, **more: Any) -> None:
    circle["sc"].operate("exchange.decide", {"agreement": agreement, "state": to, "by": "steward"} | more)


def test_a_draft_policy_is_tried_on_the_calls_of_the_past(circle: Circle) -> None:
    call(circle["dj"])
    call(circle["cq"])
    draft = {"id": "d", "subject": f"member:{CHONGQING.id}", "service": "probe", "purposes": ["planning"]}
    told = circle["sc"].operate("exchange.simulate", {"grants": [draft]})
    assert told["count_allowed"] >= 1
    assert told["count_refused"] >= 1


def test_a_rotated_key_takes_over_and_a_revoked_one_is_refused_within_five_seconds(circle: Circle) -> None:
    old = circle["dj"].home.key("tc1")
    before = call(circle["dj"])
    announced = circle["dj"].operate("circle.rotate")["kid"]
    until(lambda: call(circle["dj"])["status"] == 200 and circle["dj"].operate("exchange.signer")["kid"] == announced)
    assert post(circle, signed(circle, old)) == (200, "")  # both are good while they overlap
    index = json.loads(circle["dj"].get("/health")[2])["ledger"]["exchange"]
    order = {"member": DIANJIANG.id, "kid": old.public.kid, "index": index, "reason": "lost"}
    with pytest.raises(OperationRefusedError, match="statement-refused"):
        circle["sc"].operate("circle.revoke", order)  # another province may not
    circle["cq"].operate("circle.revoke", order)
    until(lambda: post(circle, signed(circle, old)) == (401, "key-revoked"), 5.0)
    assert call(circle["dj"])["status"] == 200
    found = until(lambda: proven(circle["dj"], before["message"]))
    assert found["holds"], "evidence from before the revocation stays good"


def test_doors_refuse_what_they_do_not_understand(circle: Circle) -> None:
    node = circle["sc"]
    cases = {
        ("GET", "/log/secret/checkpoint"): (404, "not-found"),
        ("GET", "/log/public/tile/../../keys/root.key"): (404, "not-found"),
        ("GET", "/log/public/checkpoint?wait=9999"): (422, "invalid"),
        ("POST", "/log/public/checkpoint"): (405, "method-not-allowed"),
        ("POST", "/operator/circle.status"): (401, "sign-in"),
        ("GET", "/metrics"): (401, "sign-in"),
        ("POST", "/circle/keys"): (422, "statement-refused"),
    }
    for (method, path), (status, code) in cases.items():
        body = b"x" if method == "POST" else None
        got, _, answer = node.request(method, path, {}, body)
        assert (got, json.loads(answer)["code"]) == (status, code), path
    assert node.request("POST", "/witness/add-checkpoint", {}, b"nonsense")[0] == 400


def test_what_a_node_says_of_itself_is_signed(circle: Circle) -> None:
    status, headers, body = circle["dj"].get("/.well-known/openid-federation")
    assert (status, headers["content-type"]) == (200, "application/entity-statement+jwt")
    assert body.count(b".") == 2
    status, _, body = circle["dj"].get("/circle/historical-keys")
    payload = json.loads(base64.urlsafe_b64decode(body.split(b".")[1] + b"=="))
    assert {each["member"] for each in payload["keys"]} == {CHONGQING.id, SICHUAN.id, DIANJIANG.id}
    headers = {"authorization": f"Bearer {circle['sc'].home.secret('operator')}"}
    metrics = circle["sc"].get("/metrics", headers)[2].decode()
    assert 'twincity_exchanges_total{side="provider",service="probe",outcome="ok"}' in metrics
    assert metrics.endswith("# EOF\n")


def test_terms_are_negotiated_until_both_have_signed_the_same(circle: Circle) -> None:
    agreement = ask(circle, purpose="planning.wider", rate=60)
    asked = next(each for each in circle["sc"].operate("exchange.agreements") if each["id"] == agreement)
    wider = asked["terms"] | {"rate": 600, "fields": ["n"]}
    circle["sc"].operate("exchange.counter", {"agreement": agreement, "terms": wider, "by": "steward"})
    until(lambda: state(circle["dj"], agreement) == "offered")
    circle["dj"].operate("exchange.answer", {"agreement": agreement})
    until(lambda: state(circle["dj"], agreement) == "active")
    call = {
        "provider": SICHUAN.id,
        "service": "probe",
        "path": "/rows",
        "query": "rows=4",
        "purpose": "planning.wider",
    }
    answered = circle["dj"].operate("exchange.call", call)
    assert json.loads(answered["body"])["rows"] == [{"n": 0}, {"n": 2}]
    found = until(lambda: proven(circle["dj"], answered["message"]))
    assert found["holds"], found["checks"]
    circle["dj"].operate("exchange.withdraw-request", {"agreement": agreement})
    until(lambda: state(circle["sc"], agreement) == "ended")
    assert circle["dj"].operate("exchange.call", call)["status"] == 403
