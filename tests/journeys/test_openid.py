"""One node as OpenID provider of another: nothing but the operator's settings binds them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from twincity.engines.identity import rules
from twincity.node.demo.visitors import Person
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode
from twincity.node.testkit.live import free_port, make_home

pytestmark = pytest.mark.slow
PASSWORD = "seven green tractors"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""The pair of RFC 7636 appendix B."""
APP = "http://127.0.0.1/app"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    folder = tmp_path_factory.mktemp("openid")
    found = Circle()
    port = free_port()
    cq = found["cq"] = LiveNode(CHONGQING, make_home(folder, CHONGQING, apps=[])).start()
    cq.operate("identity.account", {"username": "wang", "password": PASSWORD, "roles": ["official"]})
    cq.operate("identity.account", {"username": "li", "password": PASSWORD, "roles": ["operator"]})
    sc = found["sc"] = LiveNode(SICHUAN, make_home(folder, SICHUAN, apps=[], port=port))
    try:
        for name, accounts in (("linked", "linked"), ("open", "new")):
            back = f"{sc.address}/accounts/oidc/{name}/login/callback/"
            given = {"name": name, "redirect_uris": [back], "scopes": ["profile", "roles"]}
            client = cq.operate("identity.client", given)
            configure(sc, name, accounts, cq.address, client)
        sc.start()
        yield found
    finally:
        found.stop()


def configure(node: LiveNode, name: str, accounts: str, issuer: str, client: dict[str, str]) -> None:
    """What an operator writes into ``node.toml`` and ``keys/``."""
    path: Path = node.home.path
    with (path / "node.toml").open("a") as file:
        file.write(
            f'\n[sign-in.{name}]\ntitle = {{ zh-Hans = "省平台 {name}", en = "Platform {name}" }}\n'
            f'issuer = "{issuer}"\nclient-id = "{client["client_id"]}"\naccounts = "{accounts}"\n'
            'scopes = ["openid", "profile", "roles"]\nclaim = "roles"\nroles = { official = "auditor" }\n'
        )
    (path / "keys" / f"sign-in-{name}").write_text(client["client_secret"])


def sent(person: Person, nodes: Circle, provider: str) -> str:
    """The provider's address to which the entrance of 四川 sends the browser."""
    page = person.get(nodes["sc"].address + "/accounts/login/")
    action = f"/accounts/oidc/{provider}/login/?process=login"
    return person.submit(page, action).location


def through(person: Person, nodes: Circle, provider: str) -> str:
    """Sign in by that provider; where 四川 leads afterwards."""
    address = sent(person, nodes, provider)
    person.sign_in(nodes["cq"].address)
    consent = person.get(address)
    back = person.submit(consent, "/identity/o/authorize", action="grant", scopes=["openid", "profile", "roles"])
    answer = person.get(back.location)
    return answer.location or answer.text


def me(person: Person, nodes: Circle) -> str:
    page = person.get(nodes["sc"].address + "/me/")
    return page.text if page.status == 200 else ""


def test_an_unlinked_subject_gets_no_account_even_under_a_name_that_exists(nodes: Circle) -> None:
    nodes["sc"].operate("identity.account", {"username": "wang", "password": PASSWORD, "roles": ["operator"]})
    wang = Person("wang", PASSWORD)
    assert "没有账号" in through(wang, nodes, "linked")
    assert not me(wang, nodes)


def test_a_linked_subject_signs_in_as_the_account_and_keeps_its_roles(nodes: Circle) -> None:
    wang = Person("wang", PASSWORD)
    nodes["sc"].operate("identity.account", {"username": "chen", "password": PASSWORD, "roles": ["steward"]})
    nodes["sc"].operate(
        "identity.link", {"username": "chen", "provider": "linked", "subject": subject(nodes, wang, "linked")}
    )
    through(wang, nodes, "linked")
    page = me(wang, nodes)
    assert "chen" in page
    assert "数据管理员" in page
    assert "审计员" not in page


def test_where_the_operator_lets_new_accounts_in_roles_come_by_the_mapping_alone(nodes: Circle) -> None:
    wang, li = Person("wang", PASSWORD), Person("li", PASSWORD)
    through(wang, nodes, "open")
    assert "审计员" in me(wang, nodes)
    through(li, nodes, "open")
    page = me(li, nodes)
    assert "li" in page
    assert "运维" not in page


def test_an_answer_belongs_to_the_browser_that_asked(nodes: Circle) -> None:
    wang, thief = Person("wang", PASSWORD), Person("thief", "")
    address = sent(wang, nodes, "open")
    wang.sign_in(nodes["cq"].address)
    back = wang.submit(wang.get(address), "/identity/o/authorize", action="grant", scopes=["openid"]).location
    thief.get(back)
    assert not me(thief, nodes)


def client(nodes: Circle, name: str) -> dict[str, str]:
    """An own system of 重庆, registered anew."""
    given = {"name": name, "redirect_uris": [APP], "scopes": ["profile", "roles"]}
    found: dict[str, str] = nodes["cq"].operate("identity.client", given)
    return found


def asking(nodes: Circle, **changes: str) -> str:
    values = {
        "response_type": "code",
        "scope": "openid roles",
        "redirect_uri": APP,
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return f"{nodes['cq'].address}/identity/o/authorize?{urlencode({k: v for k, v in values.items() if v})}"


def redeemed(nodes: Circle, app: dict[str, str], code: str, verifier: str = VERIFIER) -> tuple[int, dict[str, str]]:
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": APP, "code_verifier": verifier}
    values |= {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    status, _, body = nodes["cq"].request("POST", "/identity/o/api/token", headers, urlencode(values).encode())
    return status, json.loads(body)


def code_for(nodes: Circle, person: Person, app: dict[str, str]) -> str:
    person.sign_in(nodes["cq"].address)
    page = person.get(asking(nodes, client_id=app["client_id"]))
    back = person.submit(page, "/identity/o/authorize", action="grant", scopes=["openid", "roles"]).location
    return parse_qs(urlsplit(back).query)["code"][0]


def subject(nodes: Circle, person: Person, provider: str) -> str:
    """The subject that 重庆 gives a person towards the client that ``provider`` is at 四川."""
    client_id = parse_qs(urlsplit(sent(person, nodes, provider)).query)["client_id"][0]
    return subject_of(nodes, person, client_id)


def subject_of(nodes: Circle, person: Person, client_id: str) -> str:
    """As the provider's rule makes it from the number of the account."""
    number = {"wang": 1, "li": 2}[person.username]
    return rules.pairwise_subject(nodes["cq"].home.secret("django"), number, client_id)


def test_a_client_learns_a_subject_of_its_own_and_what_was_agreed_to(nodes: Circle) -> None:
    wang, app, other = Person("wang", PASSWORD), client(nodes, "planning"), client(nodes, "archive")
    code = code_for(nodes, wang, app)
    status, token = redeemed(nodes, app, code)
    assert status == 200
    claims = json.loads(base64.urlsafe_b64decode(token["id_token"].split(".")[1] + "=="))
    assert claims["iss"] == nodes["cq"].address
    headers = {"authorization": f"Bearer {token['access_token']}"}
    told = json.loads(nodes["cq"].get("/identity/o/api/userinfo", headers)[2])
    assert told == {"sub": claims["sub"], "roles": ["official"]}
    assert redeemed(nodes, app, code)[0] == 400
    _, theirs = redeemed(nodes, other, code_for(nodes, wang, other))
    assert json.loads(base64.urlsafe_b64decode(theirs["id_token"].split(".")[1] + "=="))["sub"] != claims["sub"]


def test_codes_need_their_verifier_and_their_client(nodes: Circle) -> None:
    wang, app, other = Person("wang", PASSWORD), client(nodes, "planning"), client(nodes, "archive")
    assert redeemed(nodes, app, code_for(nodes, wang, app), verifier="x" * 43)[0] == 400
    assert redeemed(nodes, other, code_for(nodes, wang, app))[0] == 400


def test_requests_without_pkce_or_with_another_address_go_nowhere(nodes: Circle) -> None:
    wang, app = Person("wang", PASSWORD), client(nodes, "planning")
    wang.sign_in(nodes["cq"].address)
    assert wang.get(asking(nodes, client_id=app["client_id"], code_challenge="")).status == 400
    assert wang.get(asking(nodes, client_id=app["client_id"], code_challenge_method="plain")).status == 400
    evil = wang.get(asking(nodes, client_id=app["client_id"], redirect_uri="https://evil.example/"))
    assert evil.location == ""
    assert 'value="grant"' not in evil.text


def test_discovery_says_what_is_offered_and_the_key_is_kept(nodes: Circle) -> None:
    node = nodes["cq"]
    told = json.loads(node.get("/.well-known/openid-configuration")[2])
    assert told["issuer"] == node.address
    assert told["response_types_supported"] == ["code"]
    assert told["subject_types_supported"] == ["pairwise"]
    (key,) = json.loads(node.get("/.well-known/jwks.json")[2])["keys"]
    assert key["kty"] == "RSA"
    assert "d" not in key
    path = node.home.path / "keys" / "oidc.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert node.request("POST", "/identity/o/api/device/code", {"accept": "application/json"}, b"")[0] == 404
