"""The rules of the sign-in across nodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.visitors import rules
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey

KEY = PrivateKey.generate()
NOW = 1_800_000_000
CHALLENGE = rules.digest("verifier")
members = st.sampled_from(["cq.example", "sc.example", "*"])
roles = st.sampled_from(["official", "operator", "auditor", "steward"])


def find(kid):
    return KEY.public if kid == KEY.public.kid else None


def read(token, **changes):
    return rules.read_asking(token, find, **({"aud": "cq.example", "now": NOW, "skew": 30} | changes))


def asked(**changes):
    given = {"iss": "sc.example", "aud": "cq.example", "state": rules.secret(), "challenge": CHALLENGE, "now": NOW}
    return rules.ask(KEY, **(given | changes))


def test_a_request_is_read_as_it_was_made():
    found = read(asked())
    assert (found.iss, found.aud, found.challenge) == ("sc.example", "cq.example", CHALLENGE)


@pytest.mark.parametrize("seconds", [-31, rules.ASKED_SECONDS + 31])
def test_it_has_a_time(seconds):
    with pytest.raises(ValueError, match="out of time"):
        read(asked(), now=NOW + seconds)


def test_a_long_life_is_not_for_the_asker_to_choose():
    token = jws.sign(
        {
            "iss": "sc.example",
            "aud": "cq.example",
            "iat": NOW,
            "exp": NOW + 86_400,
            "state": CHALLENGE,
            "challenge": CHALLENGE,
        },
        KEY,
        typ=rules.TYP,
    )
    with pytest.raises(ValueError, match="out of time"):
        read(token)


@pytest.mark.parametrize("changes", [{"state": "short"}, {"challenge": "!" * 43}, {"iss": 5}])
def test_its_parts_have_a_form(changes):
    with pytest.raises(ValueError, match=r"\w"):
        read(asked(**changes))


def test_a_return_address_cannot_be_smuggled_in():
    payload = jws.payload(asked()) | {"return": "https://evil.example/"}
    with pytest.raises(ValueError, match="return"):
        read(jws.sign(payload, KEY, typ=rules.TYP))


def test_another_kind_of_document_is_no_request():
    with pytest.raises(ValueError, match="not a"):
        read(jws.sign(jws.payload(asked()), KEY, typ="entity-statement+jwt"))


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_only_the_verifier_fits(text):
    assert rules.fits(text, rules.digest(text))
    assert rules.fits(text, CHALLENGE) == (text == "verifier")


@given(st.lists(st.tuples(members, roles, roles), max_size=5), st.sets(roles))
def test_a_role_at_home_gives_only_what_the_policy_names(policy, held):
    found = rules.local_roles(policy, "cq.example", held)
    assert found == {here for who, there, here in policy if who != "sc.example" and there in held}
    assert rules.local_roles([], "cq.example", held) == frozenset()
