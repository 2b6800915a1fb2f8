"""Pure rules: roles, names, purposes, tokens, pseudonyms."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.identity import rules
from twincity.engines.identity.rules import Role
from twincity.kernel.keys import unb64url
from twincity.kernel.problems import Problem

words = st.text(min_size=1, max_size=40)


def refused(call, code):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.kind.code == code
    return caught.value


def test_roles_are_known_by_name():
    assert rules.clean_roles(["operator", "auditor", "operator"]) == {Role.OPERATOR, Role.AUDITOR}


def test_an_unknown_role_is_refused_by_name():
    problem = refused(lambda: rules.clean_roles(["operator", "king"]), "unknown-role")
    assert problem.values == {"role": "king"}


@given(words)
def test_a_user_name_has_one_spelling(name):
    once = rules.clean_username(name)
    assert rules.clean_username(once) == once


def test_width_case_and_blanks_do_not_make_another_user():
    assert rules.clean_username(" Ｗａｎｇ ") == rules.clean_username("wang") == "wang"


def test_purposes_are_sorted_once_each():
    assert rules.clean_purposes(["b", "a", "b"]) == ["a", "b"]


@pytest.mark.parametrize("purposes", [[], [""], ["two words"], ["line\nbreak"], ["x" * 81]])
def test_purposes_must_be_words(purposes):
    assert refused(lambda: rules.clean_purposes(purposes), "invalid").field == "purposes"


@pytest.mark.parametrize("uri", ["https://a.example/x", "urn:oid:1.2", "did:web:a.example", "88.100.1/甲"])
def test_identifiers_are_absolute(uri):
    if ":" in uri:
        assert rules.clean_identifier(uri) == uri
    else:
        refused(lambda: rules.clean_identifier(uri), "invalid")


@pytest.mark.parametrize("uri", ["", "https:", "a b:c", "//host/x", "urn:x\n"])
def test_other_texts_are_no_identifiers(uri):
    assert refused(lambda: rules.clean_identifier(uri), "invalid").field == "identifier"


def test_tokens_are_recognisable_and_never_the_same():
    tokens = {rules.new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(token.startswith("tcs_") and len(unb64url(token[4:])) == 32 for token in tokens)


def test_a_token_is_kept_as_its_sha256():
    assert rules.token_digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(words, words, words)
def test_a_pseudonym_is_stable_and_of_one_length(secret, person, purpose):
    name = rules.pseudonym(secret, person, purpose)
    assert name == rules.pseudonym(secret, person, purpose)
    assert len(unb64url(name)) == 32


@given(words, words, words, words)
def test_another_person_purpose_or_secret_gives_another_name(secret, person, purpose, other):
    name = rules.pseudonym(secret, person, purpose)
    assert (rules.pseudonym(secret, other, purpose) == name) is (other == person)
    assert (rules.pseudonym(secret, person, other) == name) is (other == purpose)
    assert (rules.pseudonym(other, person, purpose) == name) is (other == secret)


def test_a_pseudonym_is_hmac_under_a_key_of_hkdf():
    """HKDF written out for one block (RFC 5869 sections 2.2 and 2.3): another program can recompute the name."""
    extracted = hmac.digest(bytes(32), b"secret", "sha256")
    key = hmac.digest(extracted, "pseudonym\0统计".encode() + b"\x01", hashlib.sha256)
    expected = hmac.digest(key, "张三".encode(), "sha256")
    assert unb64url(rules.pseudonym("secret", "张三", "统计")) == expected


def test_keys_for_different_uses_differ():
    assert rules.derive("secret", "a") != rules.derive("secret", "b")
