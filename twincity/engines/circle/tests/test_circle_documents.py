"""Documents of the directory and the keys in them: their shapes, and all that does not have one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import CQ, DAY, DJ, NOW, key, keys, mark, revocation, statement, terms
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.keys import from_jwk, to_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey, b64url
from twincity.kernel.problems import Problem

ED = PublicKey("ed25519", bytes(range(32)))
SM = PublicKey("sm2", b"\4" + bytes(range(64)))
ROOT = key("anyone/root")


def refused(token: str, said: str, field: str = "") -> None:
    with pytest.raises(Problem) as caught:
        docs.parse(token)
    assert (caught.value.kind.code, caught.value.field) == ("statement-refused", field), caught.value
    assert said in caught.value.values["reason"]


class TestKeys:
    def test_their_forms(self):
        """RFC 8037 section 2 for Ed25519; SM2 has no registered form."""
        assert to_jwk(ED) == {"kty": "OKP", "crv": "Ed25519", "x": b64url(ED.raw), "kid": ED.kid}
        assert to_jwk(SM) == {
            "kty": "EC",
            "crv": "SM2",
            "x": b64url(bytes(range(32))),
            "y": b64url(bytes(range(32, 64))),
            "kid": SM.kid,
        }

    @given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
    @settings(deadline=None)
    def test_round_trip(self, small, large):
        for found in (PublicKey("ed25519", small), PublicKey("sm2", b"\4" + large)):
            assert from_jwk(to_jwk(found)) == found

    @pytest.mark.parametrize("name", ["kty", "crv", "x", "kid"])
    @pytest.mark.parametrize("value", [None, "", "x", 5, [], "Ed448", "A" * 43])
    def test_nothing_in_one_can_be_changed(self, name, value):
        with pytest.raises(ValueError):
            from_jwk(to_jwk(ED) | {name: value})

    @pytest.mark.parametrize("name", ["kty", "crv", "x", "y", "kid"])
    def test_nothing_in_one_can_be_left_out(self, name):
        with pytest.raises(ValueError):
            from_jwk({key_: value for key_, value in to_jwk(SM).items() if key_ != name})

    @pytest.mark.parametrize("jwk", [None, [], "text", 5, {}])
    def test_what_is_no_key(self, jwk):
        with pytest.raises(ValueError):
            from_jwk(jwk)

    @pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33)])
    def test_a_key_of_another_length_is_none_though_its_name_fits(self, raw):
        odd = PublicKey("ed25519", raw)
        with pytest.raises(ValueError, match="key and kid do not belong together"):
            from_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64url(raw), "kid": odd.kid})


class TestShapes:
    def test_a_member_statement(self):
        typ, found = docs.parse(statement(DJ, node={"admits": 1})[1])
        assert typ == docs.STATEMENT
        assert isinstance(found, docs.Statement)
        assert (found.iss, found.sub, found.iat, found.exp) == (CQ, DJ, NOW, NOW + 30 * DAY)
        assert found.root == key(f"{DJ}/root").public
        assert (found.node.division, found.node.jurisdiction, found.node.admits) == ("500231", "500000", 1)
        assert found.node.title.en == f"Member {DJ}"

    def test_the_payload_of_a_member_statement_is_read_back(self):
        node = docs.NodeMetadata(title=docs.LocalText("垫江", "Dianjiang"), division="500231", address="https://dj")
        payload = docs.statement_payload(issuer=CQ, subject=DJ, root=ED, node=node, now=NOW)
        _, found = docs.parse(jws.sign(payload, ROOT, typ=docs.STATEMENT))
        assert (found.node, found.root, found.exp - found.iat) == (node, ED, docs.STATEMENT_LIFE)

    def test_a_key_statement(self):
        typ, found = docs.parse(keys(DJ)[1])
        assert typ == docs.KEYS
        assert isinstance(found, docs.KeyStatement)
        assert [entry.use for entry in found.keys] == ["log", "witness", "tc1"]
        assert found.keys[2].public == key(f"{DJ}/tc1").public
        assert (found.keys[2].nbf, found.keys[2].exp) == (NOW, NOW + docs.KEY_LIFE)
        assert found.next == key(f"{DJ}/tc1-2").public.commitment

    def test_a_mark_and_a_revocation(self):
        assert docs.parse(mark(CQ, DJ)[1]) == (
            docs.TRUST_MARK,
            docs.TrustMark(CQ, DJ, "grade-3", NOW, NOW + 365 * DAY),
        )
        kid = key(f"{DJ}/tc1").public.kid
        assert docs.parse(revocation(CQ, DJ)[1]) == (
            docs.REVOCATION,
            docs.Revocation(CQ, DJ, kid, f"{DJ}/exchange", 10, NOW, "lost"),
        )

    def test_what_a_reader_does_not_know_is_passed_over(self):
        """Except in the metadata of a node, where it could widen something."""
        for entry in (statement(DJ, colour="red"), keys(DJ, colour="red"), mark(CQ, DJ, colour="red")):
            docs.parse(entry[1])
        refused(statement(DJ, node={"colour": "red"})[1], "unknown field `colour`")


class TestRefused:
    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "{}", "bnVsbA.e30."])
    def test_what_is_no_document(self, token):
        refused(token, "malformed" if token != "e30.e30.e30" else "type '' is not a directory document")

    @pytest.mark.parametrize("typ", ["", "JWT", "tc-charter+json", "ENTITY-STATEMENT+JWT", None, 5, [], {}])
    def test_other_types(self, typ):
        head = b64url(docs.msgspec.json.encode({"alg": "EdDSA", "kid": "x", "typ": typ}))
        refused(f"{head}.e30.AA", "is not a directory document")

    @pytest.mark.parametrize(("iat", "exp"), [(NOW, NOW), (NOW, NOW - 1), (NOW, NOW + 30 * DAY + 1)])
    def test_a_statement_lives_up_to_30_days(self, iat, exp):
        refused(statement(DJ, iat=iat, exp=exp)[1], "a statement lives at most 30 days", "exp")

    def test_it_may_live_a_second_or_all_of_them(self):
        for exp in (NOW + 1, NOW + 30 * DAY):
            docs.parse(statement(DJ, exp=exp)[1])

    @pytest.mark.parametrize(
        "changes",
        [
            {"jwks": {}},
            {"jwks": {"keys": []}},
            {"jwks": {"keys": [{}]}},
            {"jwks": {"keys": [to_jwk(ED) | {"kid": "x"}]}},
            {"jwks": {"keys": "x"}},
            {"metadata": {}},
            {"metadata": {"federation_entity": {}}},
            {"metadata": {"twincity_node": {}}},
            {"iat": "now"},
            {"iat": True},
            {"sub": None},
            {"node": {"title": "Dianjiang"}},
            {"node": {"admits": "1"}},
            {"node": {"roles": "anchor"}},
            {"node": {"division": 500231}},
        ],
    )
    def test_a_statement_of_another_shape(self, changes):
        payload = {name: value for name, value in changes.items() if name != "iat"}
        refused(statement(DJ, **payload)[1] if payload else with_payload(**changes), "malformed")

    def test_floats_are_no_times(self):
        refused(with_payload(exp=NOW + 1.5), "Expected `int`, got `float`")

    @pytest.mark.parametrize(
        ("entries", "said", "field"),
        [
            (terms(DJ), "a key for each of tc1, log and witness is needed", "keys"),
            (terms(DJ, "tc1")[1:], "a key for each of tc1, log and witness is needed", "keys"),
            ([], "a key for each of tc1, log and witness is needed", "keys"),
            ([*terms(DJ, "tc1"), docs.term(ED, "tls", NOW)], f"use and term of key {ED.kid}", "keys"),
            ([*terms(DJ), docs.term(ED, "tc1", NOW, 0)], f"use and term of key {ED.kid}", "keys"),
            ([*terms(DJ), docs.term(ED, "tc1", NOW, -1)], f"use and term of key {ED.kid}", "keys"),
            ([*terms(DJ), docs.term(ED, "tc1", NOW) | {"jwk": {}}], "malformed", ""),
            ([*terms(DJ), docs.term(ED, "tc1", NOW) | {"jwk": to_jwk(ED) | {"kid": "x"}}], "malformed", ""),
            ([*terms(DJ), docs.term(ED, "tc1", NOW) | {"nbf": "now"}], "malformed", ""),
            ([*terms(DJ), {}], "malformed", ""),
        ],
    )
    def test_a_key_statement_of_another_shape(self, entries, said, field):
        refused(keys(DJ, keys=entries)[1], said, field)

    @pytest.mark.parametrize("name", ["iss", "iat", "seq", "keys", "next"])
    def test_a_key_statement_with_something_left_out(self, name):
        payload = jws.payload(keys(DJ)[1])
        del payload[name]
        refused(jws.sign(payload, ROOT, typ=docs.KEYS), f"missing required field `{name}`")

    @pytest.mark.parametrize("name", ["iss", "sub", "kid", "origin", "index", "at", "reason"])
    def test_a_revocation_with_something_left_out(self, name):
        payload = jws.payload(revocation(CQ, DJ)[1])
        del payload[name]
        refused(jws.sign(payload, ROOT, typ=docs.REVOCATION), f"missing required field `{name}`")


def with_payload(**changes: Any) -> str:
    """A statement with values that canonical JSON would not write."""
    payload = jws.payload(statement(DJ)[1]) | changes
    head = b64url(docs.msgspec.json.encode({"alg": "EdDSA", "kid": "x", "typ": docs.STATEMENT}))
    return f"{head}.{b64url(docs.msgspec.json.encode(payload))}.AA"
