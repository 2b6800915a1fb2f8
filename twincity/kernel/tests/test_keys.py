"""Keys: names that never change, RFC 8032's vectors, one spelling of base64url, private keys that stay private."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import keys
from twincity.kernel.keys import PrivateKey, PublicKey, b64url, unb64url

# RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
L = 2**252 + 27742317777372353535851937790883648493
"""Order of the group of Ed25519 (RFC 8032 section 5.1)."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module", params=["ed25519", "sm2"])
def private(request) -> PrivateKey:
    try:
        return PrivateKey.generate(request.param)
    except RuntimeError as error:
        pytest.skip(f"{request.param}: {error}")


class TestSuites:
    @pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
    def test_vectors_of_rfc_8032(self, seed, public, message, signature):
        key = PrivateKey("ed25519", bytes.fromhex(seed))
        assert key.public.raw.hex() == public
        assert key.sign(bytes.fromhex(message)).hex() == signature
        assert key.public.verify(bytes.fromhex(message), bytes.fromhex(signature))

    def test_what_was_signed_verifies_under_that_key_alone(self, private):
        signature = private.sign(b"message")
        assert private.public.verify(b"message", signature)
        assert not private.public.verify(b"massage", signature)
        assert not PrivateKey.generate(private.suite).public.verify(b"message", signature)

    def test_no_bit_of_a_signature_can_be_flipped(self, private):
        signature = private.sign(b"message")
        for place in range(len(signature) * 8):
            broken = bytearray(signature)
            broken[place // 8] ^= 1 << place % 8
            assert not private.public.verify(b"message", bytes(broken)), place

    @pytest.mark.parametrize("size", [0, 1, 63, 65, 128])
    def test_a_signature_of_another_length_does_not_hold(self, private, size):
        signature = (private.sign(b"") * 2)[:size]
        assert not private.public.verify(b"", signature)

    def test_ed25519_signatures_cannot_be_rewritten(self):
        """RFC 8032 section 5.1.7: S + L would verify too, were S not required to be below L."""
        key = PrivateKey("ed25519", bytes(range(32)))
        signature = key.sign(b"message")
        s = int.from_bytes(signature[32:], "little")
        again = signature[:32] + (s + L).to_bytes(32, "little")
        assert key.public.verify(b"message", signature)
        assert not key.public.verify(b"message", again)

    @pytest.mark.parametrize("raw", [b"", bytes(31), bytes(32), b"\1" + bytes(31), bytes(33), b"\xff" * 32])
    def test_a_public_key_that_is_none_verifies_nothing(self, raw):
        assert not PublicKey("ed25519", raw).verify(b"message", PrivateKey.generate().sign(b"message"))

    def test_an_unknown_suite_verifies_nothing_and_signs_nothing(self):
        assert not PublicKey("rsa", bytes(32)).verify(b"", bytes(64))
        with pytest.raises(KeyError):
            keys.suite("rsa")
        with pytest.raises(KeyError):
            PrivateKey.generate("rsa")

    def test_two_keys_are_never_the_same(self):
        assert len({PrivateKey.generate().raw for _ in range(100)}) == 100


class TestNames:
    def test_the_kid_and_the_commitment_are_stable(self):
        """They stand in documents that outlive any release: these values may never change."""
        key = PublicKey("ed25519", bytes(range(32)))
        assert key.kid == "bJqY5gBV5NFOXVkda3wRBA"
        assert key.commitment == hashlib.sha256(b"ed25519\0" + bytes(range(32))).hexdigest()
        assert PublicKey("sm2", b"\4" + bytes(range(64))).kid == "sd-mauOV_MqU6SbCSrYU5g"

    @given(st.binary(min_size=32, max_size=65))
    @settings(deadline=None)
    def test_the_kid_is_the_beginning_of_the_commitment(self, raw):
        key = PublicKey("ed25519", raw)
        assert unb64url(key.kid).hex() == key.commitment[:32]
        assert len(key.kid) == 22

    def test_the_suite_is_part_of_the_name(self):
        one, other = PublicKey("ed25519", bytes(65)), PublicKey("sm2", bytes(65))
        assert one.kid != other.kid
        assert one.commitment != other.commitment

    def test_a_private_key_never_shows_itself(self):
        key = PrivateKey.generate()
        for text in (repr(key), str(key), f"{key}", repr([key]), repr({"key": key})):
            assert key.raw.hex() not in text
            assert repr(key.raw) not in text
            assert b64url(key.raw) not in text
        assert repr(key) == "PrivateKey(ed25519, …)"


class TestBase64Url:
    @pytest.mark.parametrize(
        # RFC 4648 section 10, without padding.
        ("raw", "text"),
        [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foobar", "Zm9vYmFy"), (b"\xfb\xff", "-_8")],
    )
    def test_vectors(self, raw, text):
        assert b64url(raw) == text
        assert unb64url(text) == raw

    @given(st.binary(max_size=70))
    @settings(deadline=None)
    def test_round_trip(self, raw):
        assert unb64url(b64url(raw)) == raw

    @given(st.text(ALPHABET + "=+/ \n.é", max_size=9))
    @settings(deadline=None)
    def test_only_the_one_spelling_is_read(self, text):
        try:
            raw = unb64url(text)
        except ValueError:
            return
        assert b64url(raw) == text

    @pytest.mark.parametrize("text", ["A", "AB=", "AB==", "AA\n", " AA", "A+/A", "Zh", "Zm9", "Z!g", "é", "AAAAA"])
    def test_other_spellings_are_refused(self, text):
        with pytest.raises(ValueError):
            unb64url(text)
