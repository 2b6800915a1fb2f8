"""Somebody signs in at 四川 with an account of 重庆: the browser, both nodes, and everything that may go wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from twincity.apps.visitors import rules
from twincity.kernel import clock
from twincity.kernel.keys import PrivateKey
from twincity.node.demo.stage import Stage
from twincity.node.demo.visitors import Person, visit
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
PASSWORD = "seven green tractors"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["visitors"]) as found:
        for name in ("wang", "li"):
            given = {"username": name, "password": PASSWORD, "roles": ["official"]}
            found["cq"].operate("identity.account", given)
        yield found


@pytest.fixture
def wang() -> Person:
    return Person("wang", PASSWORD)


def sent_home(person: Person, circle: Circle) -> str:
    """The address at the home node to which 四川 sends the browser."""
    page = person.get(circle["sc"].address + "/accounts/circle/")
    answer = person.submit(page, "/accounts/circle/start/", member=CHONGQING.id)
    assert answer.status == 302
    return answer.location


def agreed(person: Person, circle: Circle, **shown: str) -> str:
    """The address at 四川 to which the home node sends the browser back, with the code."""
    person.sign_in(circle["cq"].address)
    page = person.get(sent_home(person, circle))
    assert SICHUAN.title.zh in page.text
    return person.submit(page, "/accounts/circle/authorize/", action="agree", **shown).location


def me(person: Person, circle: Circle) -> str:
    """The person's own page at 四川, empty when not signed in."""
    page = person.get(circle["sc"].address + "/me/")
    return page.text if page.status == 200 else ""


def refused(person: Person, address: str) -> bool:
    page = person.get(address)
    return page.status == 403 and "sign-in-refused" in page.text


def test_signed_in_with_nothing_but_what_was_agreed_to(circle: Circle, wang: Person) -> None:
    address = agreed(wang, circle)
    assert set(parse_qs(urlsplit(address).query)) == {"code", "state", "iss"}
    assert "wang" not in address
    assert wang.get(address).status == 302
    page = me(wang, circle)
    assert CHONGQING.id in page
    assert "wang" not in page
    assert "经办人" not in page
    assert wang.get(circle["sc"].address + "/accounts/2fa/").status == 403
    assert wang.get(circle["sc"].address + "/accounts/password/change/").status == 403


def test_name_and_roles_are_shown_if_wished_and_count_only_by_policy(circle: Circle) -> None:
    li = Person("li", PASSWORD)
    rule = {"member": CHONGQING.id, "there": "official", "here": "auditor"}
    circle["sc"].operate("visitors.role", rule)
    try:
        li.get(agreed(li, circle, name="on", roles="official"))
        assert "审计员" in me(li, circle)
    finally:
        circle["sc"].operate("visitors.role", rule | {"remove": True})
    assert "审计员" not in me(li, circle)


def test_the_same_person_is_the_same_visitor_again(circle: Circle, wang: Person) -> None:
    again = Person("wang", PASSWORD)
    names = []
    for person in (wang, again):
        person.get(agreed(person, circle))
        names += re.findall(r"v-[0-9a-f]{40}@", me(person, circle))[:1]
    assert len(names) == 2
    assert names[0] == names[1]


def test_a_code_works_once_and_only_in_the_browser_that_asked(circle: Circle, wang: Person) -> None:
    thief = Person("thief", "")
    address = agreed(wang, circle)
    assert refused(thief, address)
    sent_home(thief, circle)  # has a request of its own under way, with another state
    assert refused(thief, address)
    assert wang.get(address).status == 302
    assert me(wang, circle)
    assert not me(thief, circle)
    assert refused(wang, address)


def test_a_stolen_code_put_into_the_thief_s_own_answer_is_refused_and_spoils_it(circle: Circle, wang: Person) -> None:
    thief = Person("thief", "")
    address = agreed(wang, circle)
    state = parse_qs(urlsplit(thief_request(thief, circle)).query)["state"][0]
    mine = parse_qs(urlsplit(address).query) | {"state": [state]}
    assert refused(thief, f"{circle['sc'].address}/accounts/circle/return/?{urlencode(mine, doseq=True)}")
    assert refused(wang, address)


def thief_request(thief: Person, circle: Circle) -> str:
    """The thief's own request, with its state laid open."""
    token = parse_qs(urlsplit(sent_home(thief, circle)).query)["request"][0]
    return "?" + urlencode({"state": rules.jws.payload(token)["state"]})


def test_an_answer_of_another_node_than_was_asked_is_refused(circle: Circle, wang: Person) -> None:
    address = agreed(wang, circle)
    assert refused(wang, address.replace(f"iss={CHONGQING.id}", f"iss={SICHUAN.id}"))


def request(circle: Circle, key: PrivateKey, **changes: object) -> str:
    """Address of the home node's page with a request made by hand."""
    fields = {"iss": SICHUAN.id, "aud": CHONGQING.id, "now": clock.unix()} | changes
    token = rules.ask(key, state=rules.secret(), challenge=rules.secret(), **fields)
    return f"{circle['cq'].address}/accounts/circle/authorize/?{urlencode({'request': token})}"


def test_requests_of_strangers_for_others_or_out_of_time_are_refused(circle: Circle, wang: Person) -> None:
    wang.sign_in(circle["cq"].address)
    key = circle["sc"].home.key("tc1")
    assert wang.get(request(circle, key)).status == 200
    assert refused(wang, request(circle, PrivateKey.generate()))
    assert refused(wang, request(circle, circle["cq"].home.key("tc1")))
    assert refused(wang, request(circle, key, aud="nobody.example"))
    assert refused(wang, request(circle, key, now=clock.unix() - 3600))
    assert refused(wang, request(circle, key, now=clock.unix() + 3600))
    assert refused(wang, f"{circle['cq'].address}/accounts/circle/authorize/?request=x")


def test_who_refuses_is_not_signed_in(circle: Circle, wang: Person) -> None:
    wang.sign_in(circle["cq"].address)
    page = wang.get(sent_home(wang, circle))
    back = wang.submit(page, "/accounts/circle/authorize/", action="refuse").location
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]
    wang.get(back)
    assert not me(wang, circle)


def test_a_form_without_its_token_is_refused(circle: Circle, wang: Person) -> None:
    wang.sign_in(circle["cq"].address)
    address = sent_home(wang, circle)
    token = parse_qs(urlsplit(address).query)["request"][0]
    answer = wang.post(f"{circle['cq'].address}/accounts/circle/authorize/", {"request": token, "action": "agree"})
    assert answer.status == 403


def test_nobody_is_led_anywhere_but_to_a_page_of_this_node(circle: Circle, wang: Person) -> None:
    page = wang.get(circle["sc"].address + "/accounts/circle/?next=https://evil.example/")
    wang.sign_in(circle["cq"].address)
    answer = wang.submit(page, "/accounts/circle/start/", member=CHONGQING.id, next="https://evil.example/")
    home = wang.get(answer.location)
    back = wang.submit(home, "/accounts/circle/authorize/", action="agree").location
    assert wang.get(back).location == "/"


def test_no_code_token_or_name_is_written_to_a_log(circle: Circle, wang: Person) -> None:
    address = agreed(wang, circle, name="on")
    wang.get(address)
    code = parse_qs(urlsplit(address).query)["code"][0]
    for node in circle.values():
        text = node.log_file.read_text("utf-8", "replace")
        assert code not in text
        assert "wang" not in text


def test_the_demo_s_step_holds(circle: Circle, tmp_path: Path) -> None:
    visit(Stage(tmp_path, circle))


def test_a_revoked_key_takes_its_visitors_along(circle: Circle, wang: Person) -> None:
    wang.get(agreed(wang, circle))
    assert me(wang, circle)
    kid = circle["cq"].home.key("tc1").public.kid
    circle["cq"].operate("circle.revoke", {"member": CHONGQING.id, "kid": kid, "index": 0, "reason": "lost"})
    end = time.monotonic() + PATIENCE
    while me(wang, circle):
        assert time.monotonic() < end
        time.sleep(0.1)
