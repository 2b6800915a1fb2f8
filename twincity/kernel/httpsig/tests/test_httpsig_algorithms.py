"""The six algorithms with the published keys: what fits, what does not, and what changed input does."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from twincity.kernel.httpsig.algorithms import ALGORITHMS, Key
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.tests import wire

LENGTHS = {
    "test-key-rsa-pss": 256,
    "test-key-rsa": 256,
    "test-key-ecc-p256": 64,
    "test-key-ecc-p384": 96,
    "test-key-ed25519": 64,
    "test-shared-secret": 32,
}


def public_key(keyid: str) -> Key:
    key = wire.public_key(keyid)
    assert key is not None
    return key


@pytest.mark.parametrize("keyid", LENGTHS)
def test_sign_and_verify(keyid: str):
    public = public_key(keyid)
    signature = wire.private_key(keyid).sign(b"base")
    assert len(signature) == LENGTHS[keyid]
    assert public.verify(b"base", signature)
    assert not public.verify(b"base ", signature)
    for wrong in (
        b"",
        signature[: len(signature) // 2] + b"\0" + signature[len(signature) // 2 :],  # the same r and s to a lax reader
        signature[:-1],
        signature + b"\0",
        bytes(len(signature)),
        signature[:-1] + bytes([signature[-1] ^ 1]),
    ):
        assert not public.verify(b"base", wrong)


UNFIT = [
    (keyid, algorithm)
    for keyid, own in wire.ALGORITHM_OF.items()
    for algorithm in ALGORITHMS
    if algorithm != own
    and not (algorithm.startswith("rsa") and own.startswith("rsa"))  # any RSA key fits both paddings
]


@pytest.mark.parametrize(("keyid", "algorithm"), UNFIT)
def test_keys_of_another_kind_are_refused(keyid: str, algorithm: str):
    for key in (Key(algorithm, public_key(keyid).material), Key(algorithm, wire.private_key(keyid).material)):
        for use in (lambda key=key: key.sign(b"base"), lambda key=key: key.verify(b"base", b"")):
            with pytest.raises(SignatureError) as caught:
                use()
            assert caught.value.code == "wrong-algorithm"


@pytest.mark.parametrize(
    "key",
    [
        Key("none", b"secret"),
        Key("hmac-sha256", b""),
        Key("rsa-pss-sha512", rsa.generate_private_key(65537, 1024)),
    ],
)
def test_unknown_algorithms_and_weak_keys_are_refused(key: Key):
    with pytest.raises(SignatureError) as caught:
        key.sign(b"base")
    assert caught.value.code == "wrong-algorithm"


def test_keys_are_not_printed():
    assert "secret" not in repr(Key("hmac-sha256", b"secret"))
