"""SM2 against the example of the standard, an independent verifier, malformed input and many threads."""

from __future__ import annotations

import ctypes
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.kernel import libcrypto, sm2
from twincity.kernel.keys import PrivateKey, PublicKey, suite
from twincity.kernel.libcrypto import KeyFormatError, Sm2Key, UnavailableError

SUITE = sm2.SUITE
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
N = sm2.ORDER

# GB/T 32918.5-2017 annex A.2: signature on the recommended curve, identity 1234567812345678.
EXAMPLE_PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
EXAMPLE_PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
EXAMPLE_MESSAGE = b"message digest"
EXAMPLE_DIGEST = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
EXAMPLE_SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)

RAW_POINTS = st.binary(min_size=64, max_size=64).map(lambda raw: b"\x04" + raw)
Point = tuple[int, int] | None


def _add(one: Point, two: Point) -> Point:
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = 3 * (x1 * x1 - 1) * pow(2 * y1, -1, P) % P  # a = -3
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def _times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


def _holds(public: bytes, digest: bytes, signature: bytes) -> bool:
    """GB/T 32918.2 section 7.1, step by step and by textbook arithmetic."""
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    found = _add(_times(s, G), _times(t, (int.from_bytes(public[1:33]), int.from_bytes(public[33:]))))
    return found is not None and (int.from_bytes(digest) + found[0]) % N == r


def test_the_example_of_the_standard() -> None:
    assert SUITE.public(EXAMPLE_PRIVATE) == EXAMPLE_PUBLIC
    assert sm2.digest(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE) == EXAMPLE_DIGEST
    assert SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, EXAMPLE_SIGNATURE)
    assert _holds(EXAMPLE_PUBLIC, EXAMPLE_DIGEST, EXAMPLE_SIGNATURE)


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=200), st.integers(1, N - 2))
def test_signatures_hold_for_an_independent_verifier(message: bytes, scalar: int) -> None:
    private = scalar.to_bytes(32)
    public = SUITE.public(private)
    assert public == b"\x04" + b"".join(part.to_bytes(32) for part in _times(scalar, G) or ())
    signature = SUITE.sign(private, message)
    assert len(signature) == 64
    assert _holds(public, sm2.digest(public, message), signature)
    assert SUITE.verify(public, message, signature)
    assert not SUITE.verify(public, message + b"\0", signature)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 511))
def test_any_changed_bit_is_refused(bit: int) -> None:
    changed = (int.from_bytes(EXAMPLE_SIGNATURE) ^ (1 << bit)).to_bytes(64)
    assert not SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, changed)


def test_a_signature_has_one_spelling() -> None:
    r, s = EXAMPLE_SIGNATURE[:32], EXAMPLE_SIGNATURE[32:]
    for other in (r + b"\0" + s, EXAMPLE_SIGNATURE + b"\0", EXAMPLE_SIGNATURE[:-1]):
        assert not SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, other)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=70) | RAW_POINTS, st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_garbage_is_refused_without_error(public: bytes, signature: bytes) -> None:
    assert not SUITE.verify(public, EXAMPLE_MESSAGE, EXAMPLE_SIGNATURE)
    assert not SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, signature)


@pytest.mark.parametrize("value", [0, N, N + 1, 2**256 - 1])
def test_parts_out_of_range_are_refused(value: int) -> None:
    part = value.to_bytes(32)
    for wrong in (part + EXAMPLE_SIGNATURE[32:], EXAMPLE_SIGNATURE[:32] + part, part + part):
        assert not SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, wrong)
    assert not SUITE.verify(EXAMPLE_PUBLIC, EXAMPLE_MESSAGE, EXAMPLE_SIGNATURE[:32] + (N - 1).to_bytes(32))


@pytest.mark.parametrize(
    "public",
    [
        b"",
        b"\0" * 65,
        b"\x04" + bytes(64),
        EXAMPLE_PUBLIC[:-1] + b"\x12",
        b"\x02" + EXAMPLE_PUBLIC[1:33],
        b"\x06" + EXAMPLE_PUBLIC[1:],
        b"\x07" + EXAMPLE_PUBLIC[1:],  # the hybrid form, which libcrypto itself would take
        EXAMPLE_PUBLIC + b"\0",
        b"\x04" + P.to_bytes(32) + EXAMPLE_PUBLIC[33:],
    ],
)
def test_what_is_no_point_of_the_curve_verifies_nothing(public: bytes) -> None:
    assert not SUITE.verify(public, EXAMPLE_MESSAGE, EXAMPLE_SIGNATURE)
    assert not PublicKey("sm2", public).verify(EXAMPLE_MESSAGE, EXAMPLE_SIGNATURE)


@pytest.mark.parametrize(
    "raw", [b"", bytes(32), b"\1" * 31, b"\1" * 33, *((N + less).to_bytes(32) for less in (-1, 0))]
)
def test_scalars_out_of_range_are_no_keys(raw: bytes) -> None:
    with pytest.raises(KeyFormatError):
        SUITE.sign(raw, b"")
    with pytest.raises(KeyFormatError):
        SUITE.public(raw)


@pytest.mark.parametrize("scalar", [1, 2, N - 2])
def test_the_smallest_and_largest_keys_work(scalar: int) -> None:
    private = scalar.to_bytes(32)
    assert SUITE.verify(SUITE.public(private), b"edge", SUITE.sign(private, b"edge"))


def test_keys_of_another_curve_or_form_are_refused() -> None:
    # SubjectPublicKeyInfo with the generator of P-256: a sound key, but not ours.
    header = bytes.fromhex("3059301306072A8648CE3D020106082A8648CE3D03010703420004")
    x = bytes.fromhex("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296")
    y = bytes.fromhex("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")
    with pytest.raises(KeyFormatError, match="another kind"):
        Sm2Key(header + x + y, private=False)
    with pytest.raises(KeyFormatError, match="not an SM2 key"):
        Sm2Key(b"\x30\x00", private=True)


def test_a_public_key_does_not_sign() -> None:
    held = Sm2Key(bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200") + EXAMPLE_PUBLIC, private=False)
    assert held.public() == EXAMPLE_PUBLIC
    with pytest.raises(UnavailableError):
        held.sign(EXAMPLE_DIGEST)


def test_failures_leave_no_error_behind_for_the_thread() -> None:
    peek = ctypes.CDLL(libcrypto.library()._name).ERR_peek_error
    assert not SUITE.verify(b"\x04" + bytes(64), b"", EXAMPLE_SIGNATURE)
    assert peek() == 0
    assert not SUITE.verify(EXAMPLE_PUBLIC, b"", bytes(64))
    assert peek() == 0


def test_the_suite_is_found_by_its_name() -> None:
    assert suite("sm2") is SUITE
    key = PrivateKey.generate("sm2")
    assert key.public.verify(b"message", key.sign(b"message"))
    assert key.sign(b"message") != key.sign(b"message")


def test_many_threads_share_a_key() -> None:
    def work(number: int) -> bool:
        private = (number % 3 + 1).to_bytes(32)
        message = number.to_bytes(4)
        signature = SUITE.sign(private, message)
        return SUITE.verify(SUITE.public(private), message, signature) and not SUITE.verify(
            SUITE.public(private), message + b"!", signature
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def test_held_keys_are_bounded_and_freed() -> None:
    for number in range(1, 40):
        SUITE.public(number.to_bytes(32))
    assert sm2._private.cache_info().currsize == sm2._private.cache_info().maxsize == 32
    watched = weakref.ref(sm2._private((39).to_bytes(32)).held)
    (finalizer,) = [made for made in weakref.finalize._registry if made.peek()[0] is watched()]
    sm2._private.cache_clear()
    gc.collect()
    assert watched() is None
    assert not finalizer.alive


@pytest.fixture
def fresh() -> Any:
    libcrypto.library.cache_clear()
    yield
    libcrypto.library.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_a_machine_without_the_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "_NAMES", ("libnothing-of-the-kind.so",))
    monkeypatch.setattr(libcrypto, "find_library", lambda _: None)
    with pytest.raises(UnavailableError, match="install OpenSSL 3"):
        libcrypto.library()


@pytest.mark.usefixtures("fresh")
def test_a_library_under_another_name_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    name = libcrypto.library()._name
    libcrypto.library.cache_clear()
    monkeypatch.setattr(libcrypto, "_NAMES", ())
    monkeypatch.setattr(libcrypto, "find_library", lambda _: name)
    assert libcrypto.library()._name == name


class Function:
    """Stands for a function of a library: answers one value, whatever it is asked."""

    def __init__(self, answer: int | None) -> None:
        self.answer = answer

    def __call__(self, *_: object) -> int | None:
        return self.answer


class Library:
    """A libcrypto of a chosen version that knows no SM2."""

    def __init__(self, version: int) -> None:
        self.OpenSSL_version_num = Function(version)

    def __getattr__(self, name: str) -> Function:
        return Function(None)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("version", "reason"), [(0x1010106F, "install OpenSSL 3"), (0x30000130, "without SM2")])
def test_a_library_too_old_or_cut_down_says_so(monkeypatch: pytest.MonkeyPatch, version: int, reason: str) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library(version))
    monkeypatch.setattr(libcrypto, "find_library", lambda _: None)
    with pytest.raises(UnavailableError, match=reason):
        libcrypto.library()


def test_a_python_without_sm3_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ValueError(f"unsupported hash type {name}")

    sm2._empty_sm3.cache_clear()
    monkeypatch.setattr(sm2.hashlib, "new", refuse)
    with pytest.raises(UnavailableError, match="SM3"):
        sm2.sm3(b"")
    sm2._empty_sm3.cache_clear()
