"""Consent across three live nodes: home in Sichuan, data in Chongqing, used by Dianjiang."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from tests.federation import consenting as c
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, live_circle
from twincity.node.testkit.live import OperationRefusedError
from twincity.node.testkit.visitor import Visitor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as found:
        c.prepare(found)
        yield found


@pytest.fixture(scope="module")
def zhang(circle: Circle) -> Visitor:
    return c.citizen(circle, "zhang")


@pytest.fixture
def given(circle: Circle, zhang: Visitor) -> str:
    consent = c.give(circle, zhang)
    for name in ("cq", "dj"):
        c.until(lambda name=name: c.known(circle[name], consent) == "given")
    return consent


def test_only_the_person_s_own_fields_that_were_consented_to_cross_the_border(circle: Circle, given: str) -> None:
    answer = c.use(circle, given)
    assert answer["outcome"] == "ok", answer
    assert c.rows(answer) == [{"name": "name of zhang", "born": 1900 + sum(b"zhang") % 100}]


def test_without_consent_nothing_crosses(circle: Circle) -> None:
    assert c.use(circle, "")["outcome"] == "consent-missing"
    assert c.use(circle, "never-given")["outcome"] == "consent-missing"


def test_a_withdrawal_is_effective_everywhere_at_once(circle: Circle, zhang: Visitor, given: str) -> None:
    assert c.use(circle, given)["outcome"] == "ok"
    c.withdraw(zhang, given)
    c.until(lambda: c.known(circle["cq"], given) == "withdrawn", 5)
    c.until(lambda: c.known(circle["dj"], given) == "withdrawn", 5)
    with pytest.raises(OperationRefusedError, match="consent-withdrawn"):
        c.use(circle, given)  # the consumer does not even send it
    page = c.until(lambda: "Not yet" not in (text := zhang.get(f"/mine/consents/{given}/")[1]) and text)
    assert "Withdrawn" in page


def test_the_citizen_sees_every_use_with_its_proof_and_nobody_else_does(
    circle: Circle, zhang: Visitor, given: str
) -> None:
    message = c.use(circle, given)["message"]
    refused = c.use(circle, given, purpose="welfare.other", path="/card")["message"]
    page = c.until(lambda: message in (text := asked(zhang)) and text)
    assert "Dianjiang County" in page
    lines = {line.rsplit(",", 1)[1].strip(): line for line in page.splitlines() if line.count(",") > 8}
    assert "ok,True" in lines[message]
    assert DIANJIANG.id in lines[message]
    assert refused not in lines  # no grant: the provider never asked whose data it was about
    other = c.citizen(circle, "wang")
    assert message not in asked(other)
    assert other.get(f"/mine/consents/{given}/")[0] == 404


def asked(visitor: Visitor) -> str:
    """The list of accesses after asking again, and the same as a table."""
    visitor.post("/mine/accesses/", {})
    return visitor.get("/mine/accesses/")[1] + visitor.get("/mine/accesses/all.csv")[1]


def test_ledgers_hold_the_pseudonym_and_no_name(circle: Circle, given: str) -> None:
    answer = c.use(circle, given)
    proof = c.until(lambda: evidence(circle, answer["message"]))
    assert proof["holds"], proof["checks"]
    bundle = json.loads(base64.b64decode(proof["bundle"]))
    records = [json.loads(base64.b64decode(each["record"])) for each in bundle["records"]]
    assert {each["consent"] for each in records} == {given}
    assert len({each["subject"] for each in records}) == 1
    assert all("zhang" not in json.dumps(each) for each in records)


def evidence(circle: Circle, message: str) -> dict[str, object] | None:
    try:
        found: dict[str, object] = circle["dj"].operate("exchange.prove", {"message": message})
    except OperationRefusedError:
        return None
    return found


def test_a_use_on_another_legal_basis_is_seen_too_and_the_ledger_names_nobody(circle: Circle, zhang: Visitor) -> None:
    grant = {"id": "law", "subject": f"member:{SICHUAN.id}", "service": "probe", "purposes": ["audit"]}
    circle["cq"].operate("exchange.grant", {"grants": [grant | {"methods": ["GET", "POST"]}]})
    token = circle["sc"].operate("identity.system", {"name": "audit", "purposes": ["audit"]})["token"]
    headers = {"authorization": f"Bearer {token}", "tc-purpose": "audit", "content-type": "application/json"}
    path, body = f"/call/{CHONGQING.id}/probe/person", b'{"person": "zhang"}'
    c.until(lambda: circle["sc"].request("POST", path, headers, body)[0] == 200)
    page = c.until(lambda: "Another legal basis" in (text := asked(zhang)) and text)
    assert f"{SICHUAN.id},{CHONGQING.id},probe,audit,,,ok,True" in page
    for wrong in ("/person?person=zhang", "/person"):
        assert circle["sc"].request("GET", path.replace("/person", wrong), headers, None)[0] == 403


def test_what_is_no_row_must_keep_to_what_was_consented_to(circle: Circle, given: str) -> None:
    answer = c.use(circle, given, "/card")
    assert answer["outcome"] == "consent-narrower"
    assert json.loads(answer["body"])["field"] in {"person", "grade"}


def test_nobody_else_may_use_a_consent(circle: Circle, given: str) -> None:
    grant = {"id": "sc", "subject": f"member:{SICHUAN.id}", "service": "probe", "purposes": ["welfare"]}
    circle["cq"].operate("exchange.grant", {"grants": [grant | {"consent": c.AGREEMENT}]})
    answer = c.use(circle, given, by="sc")
    assert (answer["outcome"], json.loads(answer["body"])["field"]) == ("consent-narrower", "recipient")


def test_the_caller_may_not_name_the_person(circle: Circle, given: str) -> None:
    answer = c.use(circle, given, query="person=wang")
    assert answer["outcome"] == "unknown-parameter"


def test_why_explains_consent(circle: Circle, given: str) -> None:
    facts = {"member": DIANJIANG.id, "service": "probe", "path": "/person", "purpose": c.PURPOSE}
    refused = circle["cq"].operate("exchange.why", facts)
    assert not refused["allowed"]
    assert refused["steps"][-1]["condition"] == "consent"
    assert circle["cq"].operate("exchange.why", facts | {"consent": given})["allowed"]


def test_the_asking_office_learns_of_the_consent_by_its_own_case(circle: Circle, given: str) -> None:
    shown = circle["dj"].operate("consent.show", {"consent": given})
    assert shown["case"] == "C-1"
