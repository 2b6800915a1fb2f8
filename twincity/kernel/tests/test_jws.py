"""Signed documents: nothing in one can be changed, exchanged or taken for something else."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import canonical, jws
from twincity.kernel.jws import JWSError
from twincity.kernel.keys import PrivateKey, PublicKey, b64url, unb64url

TYP = "test+json"
ALICE, BOB, CAROL = (PrivateKey("ed25519", bytes([place]) * 32) for place in (1, 2, 3))
KNOWN = {key.public.kid: key.public for key in (ALICE, BOB, CAROL)}
PAYLOAD = {"iss": "cq.example", "n": 7, "list": [1, "二", None]}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PAYLOADS = st.dictionaries(st.text("abc", max_size=3), st.integers(0, 9) | st.text(max_size=5), max_size=4)


def key_of(kid: str) -> PublicKey | None:
    return KNOWN.get(kid)


def part(value: Any) -> str:
    return b64url(value if isinstance(value, bytes) else orjson.dumps(value))


def forged(head: Any, *, key: PrivateKey = ALICE, payload: Any = PAYLOAD) -> str:
    """A token with any header at all, properly signed by the key."""
    signed = f"{part(head)}.{part(payload)}"
    return f"{signed}.{b64url(key.sign(signed.encode()))}"


def head(**changes: Any) -> dict[str, Any]:
    return {"alg": "EdDSA", "kid": ALICE.public.kid, "typ": TYP} | changes


def refused(token: str, said: str) -> None:
    with pytest.raises(JWSError) as caught:
        jws.verify(token, key_of, typ=TYP)
    assert str(caught.value) == said


class TestCompact:
    @given(PAYLOADS)
    @settings(deadline=None)
    def test_round_trip(self, payload):
        token = jws.sign(payload, ALICE, typ=TYP)
        assert jws.verify(token, key_of, typ=TYP) == jws.payload(token) == payload
        assert jws.header(token) == head()

    def test_example_of_rfc_8037(self):
        """RFC 8037 appendix A.4: its header has no kid and no typ, so only the signing is compared."""
        key = PrivateKey("ed25519", unb64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        assert b64url(key.sign(signed.encode())) == expected

    def test_the_payload_travels_as_canonical_json(self):
        body = jws.sign(PAYLOAD, ALICE, typ=TYP).split(".")[1]
        assert unb64url(body) == canonical.encode(PAYLOAD)

    def test_no_character_of_a_token_can_be_exchanged_for_another(self):
        token = jws.sign({"n": 1}, ALICE, typ=TYP)
        for place, old in enumerate(token):
            for new in {"A", "-", "z", ".", "=", "é", chr(ord(old) ^ 1)} - {old}:
                with pytest.raises(JWSError):
                    jws.verify(token[:place] + new + token[place + 1 :], key_of, typ=TYP)

    @given(st.integers(0, 2), st.integers(0, 10_000), st.integers(0, 7))
    @settings(deadline=None)
    def test_no_bit_of_header_payload_or_signature_can_be_flipped(self, which, place, bit):
        parts = [bytearray(unb64url(each)) for each in jws.sign(PAYLOAD, ALICE, typ=TYP).split(".")]
        parts[which][place % len(parts[which])] ^= 1 << bit
        with pytest.raises(JWSError):
            jws.verify(".".join(b64url(bytes(each)) for each in parts), key_of, typ=TYP)

    @pytest.mark.parametrize("cut", [1, 10, 43, 86])
    def test_a_token_cannot_be_cut_or_grown(self, cut):
        token = jws.sign(PAYLOAD, ALICE, typ=TYP)
        for broken in (token[:-cut], token + "A" * cut, token[cut:]):
            with pytest.raises(JWSError):
                jws.verify(broken, key_of, typ=TYP)

    def test_parts_of_two_tokens_cannot_be_mixed(self):
        one, other = (jws.sign({"n": n}, ALICE, typ=TYP).split(".") for n in (1, 2))
        refused(f"{one[0]}.{other[1]}.{one[2]}", "signature does not hold")
        refused(f"{one[0]}.{one[1]}.{other[2]}", "signature does not hold")

    def test_a_document_of_one_type_is_not_taken_for_another(self):
        refused(jws.sign(PAYLOAD, ALICE, typ="other+json"), "not a test+json")

    def test_an_unknown_kid(self):
        refused(jws.sign(PAYLOAD, PrivateKey.generate(), typ=TYP), "signed by an unknown key")

    def test_a_kid_that_leads_to_another_key(self):
        token = jws.sign(PAYLOAD, ALICE, typ=TYP)
        with pytest.raises(JWSError, match="signed by an unknown key"):
            jws.verify(token, lambda _: BOB.public, typ=TYP)

    def test_the_key_decides_the_algorithm_not_the_token(self):
        for alg in ("none", "HS256", "ES256", "SM2-SM3", "EDDSA", "", None, 1, [], ["EdDSA"], {}):
            refused(forged(head(alg=alg)), "signed by an unknown key")

    def test_a_public_key_does_not_serve_as_a_secret(self):
        """The classic confusion: HMAC with the public key as its secret."""
        signed = f"{part(head(alg='HS256'))}.{part(PAYLOAD)}"
        mac = b64url(__import__("hmac").digest(ALICE.public.raw, signed.encode(), "sha256"))
        refused(f"{signed}.{mac}", "signed by an unknown key")

    @pytest.mark.parametrize("kid", [None, 5, [], {}, "", "x"])
    def test_a_kid_that_names_nothing(self, kid):
        refused(forged(head(kid=kid)), "signed by an unknown key")

    @pytest.mark.parametrize(
        "given",
        [
            head() | {"crit": ["exp"], "exp": 1},
            head() | {"jwk": {"kty": "OKP"}},
            {"alg": "EdDSA", "typ": TYP},
            {"kid": "x", "typ": TYP},
            head(typ=None),
            head(typ=[TYP]),
            {},
        ],
    )
    def test_a_header_is_exactly_these_three(self, given):
        refused(forged(given), "not a test+json")

    @pytest.mark.parametrize("payload", [[], 1, "text", None, True])
    def test_a_payload_is_an_object(self, payload):
        refused(forged(head(), payload=payload), "not a JSON object")

    def test_a_payload_that_is_no_json(self):
        refused(forged(head(), payload=b"{"), "not base64url JSON")

    @pytest.mark.parametrize(
        ("token", "said"),
        [
            ("", "not a compact JWS"),
            ("a.b", "not a compact JWS"),
            ("a.b.c.d", "not a compact JWS"),
            ("..", "not base64url JSON"),
            ("bnVsbA.e30.", "not a JSON object"),
            (f"{part(head())}.e30.A", "signature is not base64url"),
            (f"{part(head())}.e30.", "signature does not hold"),
            ("x" * (jws.MAX_LENGTH + 1), "too long"),
        ],
    )
    def test_what_is_no_token(self, token, said):
        refused(token, said)

    def test_reading_without_verifying_refuses_what_is_malformed(self):
        for token in ("", "e30", "W10.W10.", "e30.e30", "a.b.c.d"):
            with pytest.raises(JWSError):
                jws.payload(token)
        for token in ("", "W10.e30.", "é.e30."):
            with pytest.raises(JWSError):
                jws.header(token)

    def test_sm2_signs_under_its_own_name(self):
        try:
            key = PrivateKey.generate("sm2")
        except RuntimeError as error:
            pytest.skip(f"sm2: {error}")
        token = jws.sign(PAYLOAD, key, typ=TYP)
        assert jws.header(token)["alg"] == "SM2-SM3"
        assert jws.verify(token, {key.public.kid: key.public}.get, typ=TYP) == PAYLOAD
        claimed = forged(head(kid=key.public.kid), key=key)
        with pytest.raises(JWSError, match="signed by an unknown key"):
            jws.verify(claimed, {key.public.kid: key.public}.get, typ=TYP)


class TestGeneral:
    def kids(self, document: Any, typ: str = TYP) -> set[str]:
        return jws.verify_general(document, key_of, typ=typ)[1]

    @given(PAYLOADS, st.lists(st.sampled_from([ALICE, BOB, CAROL]), unique=True))
    @settings(deadline=None)
    def test_each_signature_counts(self, payload, keys):
        document = jws.sign_general(payload, keys, typ=TYP)
        assert jws.verify_general(document, key_of, typ=TYP) == (payload, {key.public.kid for key in keys})

    def test_signing_twice_gives_one_signature(self):
        document = jws.sign_general(PAYLOAD, [ALICE, BOB, ALICE], typ=TYP)
        assert len(document["signatures"]) == 2
        assert self.kids(document) == {ALICE.public.kid, BOB.public.kid}

    def test_adding_a_signature_leaves_the_document_as_it_was(self):
        document = jws.sign_general(PAYLOAD, [ALICE], typ=TYP)
        before = orjson.dumps(document)
        jws.add_signature(document, BOB, typ=TYP)
        assert orjson.dumps(document) == before

    def test_the_same_signature_many_times_counts_once(self):
        document = jws.sign_general(PAYLOAD, [ALICE], typ=TYP)
        document["signatures"] *= 5
        assert self.kids(document) == {ALICE.public.kid}

    def test_a_bad_signature_spoils_none_of_the_others(self):
        document = jws.sign_general(PAYLOAD, [ALICE, BOB, CAROL], typ=TYP)
        document["signatures"][1]["signature"] = b64url(bytes(64))
        assert self.kids(document) == {ALICE.public.kid, CAROL.public.kid}

    def test_another_payload_leaves_no_signature(self):
        document = jws.sign_general(PAYLOAD, [ALICE, BOB], typ=TYP)
        document["payload"] = part(PAYLOAD | {"n": 8})
        assert jws.verify_general(document, key_of, typ=TYP) == (PAYLOAD | {"n": 8}, set())

    def test_signatures_of_another_type_do_not_count(self):
        assert self.kids(jws.sign_general(PAYLOAD, [ALICE], typ="other+json")) == set()

    def test_a_signature_does_not_count_for_another_key(self):
        document = jws.sign_general(PAYLOAD, [ALICE, BOB], typ=TYP)
        one, other = document["signatures"]
        one["protected"], other["protected"] = other["protected"], one["protected"]
        assert self.kids(document) == set()

    @pytest.mark.parametrize("broken", [None, 5, [], {}, "", "A", "é", "AAA=", base64.b64encode(bytes(64)).decode()])
    def test_a_signature_that_is_none_does_not_count_and_breaks_nothing(self, broken):
        document = jws.sign_general(PAYLOAD, [ALICE, BOB], typ=TYP)
        document["signatures"][0]["signature"] = broken
        assert self.kids(document) == {BOB.public.kid}
        document["signatures"][1]["protected"] = broken
        assert self.kids(document) == set()

    @pytest.mark.parametrize("alg", [[], {}, None, "none", "SM2-SM3"])
    def test_another_algorithm_does_not_count(self, alg):
        protected = part(head(alg=alg))
        body = part(PAYLOAD)
        signature = b64url(ALICE.sign(f"{protected}.{body}".encode()))
        document = {"payload": body, "signatures": [{"protected": protected, "signature": signature}]}
        assert self.kids(document) == set()

    @pytest.mark.parametrize(
        "document",
        [
            None,
            [],
            "text",
            5,
            {},
            {"payload": "e30"},
            {"signatures": []},
            {"payload": 5, "signatures": []},
            {"payload": "W10", "signatures": []},
            {"payload": "e30", "signatures": 5},
            {"payload": "e30", "signatures": {"a": 1}},
            {"payload": "e30", "signatures": ["text"]},
            {"payload": "e30", "signatures": [{}]},
            {"payload": "e30", "signatures": [None]},
        ],
    )
    def test_what_is_no_general_jws(self, document):
        with pytest.raises(JWSError):
            jws.verify_general(document, key_of, typ=TYP)
