"""Machine doors of the circle: who a node is, its keys past and present, and key statements from below."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from twincity.engines.circle import facade, services
from twincity.engines.circle.membership import signing
from twincity.engines.circle.tests.opened import OTHER, opened
from twincity.engines.circle.trust.keys import from_jwk, to_jwk
from twincity.kernel import clock, doors, jws
from twincity.kernel.home import Config, Home
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

ME, COUNTY = "cq.test", "dianjiang.cq.test"


def make(folder, name: str, division: str) -> Home:
    config = Config(id=name, title=LocalText(name, name), division=division, address=f"http://{name}")
    return Home.create(folder / name, config)


@pytest.fixture
def mine(tmp_path):
    with opened(make(tmp_path, ME, "500000"), tmp_path) as made:
        yield made


@pytest.fixture
def county(mine, tmp_path) -> Home:
    home = make(tmp_path, COUNTY, "500231")
    services.admit(node=facade.card(home))
    return home


def ask(path: str, method: str = "GET", body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body from the door at a path."""
    found = doors.match(path)
    assert found is not None
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"method": method, "headers": [(b"content-length", str(len(body)).encode())] if body else []}
    asyncio.run(found[0].app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def verified(token: bytes, home: Home, typ: str) -> dict[str, Any]:
    root = home.key("root").public
    return jws.verify(token.decode(), {root.kid: root}.get, typ=typ)


@pytest.mark.parametrize(
    "path", ["/.well-known/twincity", "/.well-known/openid-federation", "/circle/historical-keys", "/circle/keys"]
)
def test_a_node_without_a_circle_says_so(path):
    with pytest.raises(Problem) as caught:
        ask(path)
    assert caught.value.kind.code == "unavailable"


def test_who_this_node_is(mine):
    status, headers, body = ask("/.well-known/twincity")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert orjson.loads(body) == {
        "id": ME,
        "title": {"zh-Hans": ME, "en": ME},
        "address": f"http://{ME}",
        "protocols": ["tc1"],
        "circle": "test-circle",
        "charter": facade.charter_chain(),
        "logs": [f"{ME}/public", f"{ME}/exchange"],
    }


def test_what_an_anchor_says_of_itself(mine):
    status, headers, body = ask("/.well-known/openid-federation")
    assert (status, headers["content-type"]) == (200, "application/entity-statement+jwt")
    told = verified(body, mine.home, "entity-statement+jwt")
    assert (told["iss"], told["sub"]) == (ME, ME)
    assert told["exp"] - told["iat"] == 86_400
    assert abs(told["iat"] - clock.unix()) < 60
    assert told["jwks"] == {"keys": [to_jwk(mine.home.key("root").public)]}
    assert "authority_hints" not in told


def test_a_member_names_its_issuer(mine, monkeypatch):
    """As OpenID Federation 1.0 section 3 has it for those who are not trust anchors."""
    monkeypatch.setattr(facade.directory().members[ME], "issuer", "above.test")
    told = verified(ask("/.well-known/openid-federation")[2], mine.home, "entity-statement+jwt")
    assert told["authority_hints"] == ["above.test"]


def test_all_keys_past_and_present(mine, county):
    kid = county.key("tc1").public.kid
    services.revoke(member=COUNTY, kid=kid, index=4, reason="lost")
    status, headers, body = ask("/circle/historical-keys")
    assert (status, headers["content-type"]) == (200, "application/jwk-set+jwt")
    told = verified(body, mine.home, "jwk-set+jwt")
    assert told["iss"] == ME
    listed = {each["kid"]: each for each in told["keys"]}
    assert set(listed) == set(facade.directory().keys)
    for record in facade.directory().keys.values():
        shown = listed[record.key.kid]
        assert (shown["use"], shown["member"], shown["nbf"], shown["exp"]) == (
            record.use,
            record.member,
            record.nbf,
            record.exp,
        )
        assert from_jwk(shown) == record.key
        assert ("revoked" in shown) == (record.key.kid == kid)
    assert listed[kid]["revoked"] == {
        "iss": ME,
        "sub": COUNTY,
        "kid": kid,
        "origin": f"{COUNTY}/exchange",
        "index": 4,
        "at": listed[kid]["revoked"]["at"],
        "reason": "lost",
    }


class TestKeysFromBelow:
    def rotation(self, county: Home) -> str:
        return signing.next_statement(county, COUNTY, facade.directory().members[COUNTY].keys)

    def test_they_are_entered(self, mine, county):
        token = self.rotation(county)
        status, _, body = ask("/circle/keys", "POST", token.encode())
        assert status == 200
        index = orjson.loads(body)["index"]
        assert index == services.ledger.public_log().size - 1
        assert facade.directory().members[COUNTY].keys.seq == 2

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_only_by_post(self, mine, method):
        with pytest.raises(Problem) as caught:
            ask("/circle/keys", method)
        assert (caught.value.kind.code, caught.value.field) == ("method-not-allowed", "method")

    @pytest.mark.parametrize("body", [b"", b"x", b"\xff\xff", b"a.b.c"])
    def test_what_is_no_statement(self, mine, body):
        with pytest.raises(Problem, match="statement-refused"):
            ask("/circle/keys", "POST", body)

    def test_too_large_a_one(self, mine):
        with pytest.raises(Problem, match="too-large"):
            ask("/circle/keys", "POST", b"x" * 65_537)

    def test_of_somebody_else(self, mine):
        token = signing.first_statement(mine.other, OTHER)
        with pytest.raises(Problem) as caught:
            ask("/circle/keys", "POST", token.encode())
        assert caught.value.field == "iss"


class TestFacade:
    """What other engines are told of the circle."""

    def test_documents_that_vouch_for_members_fold_into_their_keys(self, mine, county):
        services.mark(member=COUNTY, mark_id="m", life=1000)
        found = facade.directory_over(facade.charter_chain())
        for owner, token in facade.vouching_documents([COUNTY]):
            found.apply(owner, token)
        assert found.members.keys() == facade.directory().members.keys()
        assert found.keys == facade.directory().keys

    def test_and_no_others(self, mine, county):
        owners = facade.vouching_documents([])
        assert {owner for owner, _ in owners} == {ME, OTHER}
        assert all(COUNTY not in str(jws.payload(token)) for _, token in owners)

    def test_keys_of_a_member_without_revoked_ones(self, mine, county):
        kid = county.key("tc1").public.kid
        assert facade.keys_of(COUNTY) == {kid: county.key("tc1").public}
        services.revoke(member=COUNTY, kid=kid, index=0, reason="x")
        assert facade.keys_of(COUNTY) == {}
        assert facade.keys_of("nobody.test") == {}

    def test_published_documents_are_read_back_by_their_owner_alone(self, mine):
        facade.publish(typ="tc-dataset+jwt", payload={"name": "d"})
        token = services.ledger.public_log().record(services.ledger.public_log().size - 1).data.decode()
        assert facade.read_published(ME, token, "tc-dataset+jwt") == {"name": "d"}
        for owner, typ in ((OTHER, "tc-dataset+jwt"), (ME, "tc-service+jwt"), ("nobody.test", "tc-dataset+jwt")):
            with pytest.raises(Problem, match="statement-refused"):
                facade.read_published(owner, token, typ)

    def test_logs_of_strangers_have_no_keys(self, mine):
        assert facade.log_keys(f"{OTHER}/public")
        assert facade.log_keys("nobody.test/public") == ()

    def test_who_this_node_is(self, mine):
        assert facade.member_id() == ME
        assert facade.is_open()
        assert facade.signer().kid == mine.home.key("tc1").public.kid


def test_before_a_circle_is_joined(tmp_path):
    home = make(tmp_path, ME, "500000")
    assert facade.open_circle(home, None) is False
    assert not facade.is_open()
    assert facade.log_keys(f"{ME}/public") == ()
    with pytest.raises(RuntimeError, match="the circle is not open in this process"):
        facade.directory()
