"""The few functions of the system's OpenSSL libcrypto (3.0 or later) that SM2 needs, through ctypes.

Why not a package: those that offer SM2 are four to thirty times slower or tied to one author's release habits, while
libcrypto is on every machine that runs Python's own ``ssl`` and gets its security fixes from the system. Calls leave
the interpreter lock, so threads sign in parallel.
"""

from __future__ import annotations

import ctypes
import functools
import weakref
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from ctypes.util import find_library
from typing import Any

# Versioned names come first: loading an unversioned libcrypto kills the process on macOS, and a name that Python
# itself has loaded costs nothing. find_library may start a compiler, so it comes last.
_NAMES = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_OLDEST = 0x30000000
_MAX_SIGNATURE = 80  # DER of two 32-byte integers takes 72 at most
_MAX_POINT = 65
_KEY, _CONTEXT, _DER = c_void_p, c_void_p, POINTER(c_char_p)
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "ERR_clear_error": (None, []),
    "d2i_PUBKEY": (_KEY, [c_void_p, _DER, c_long]),
    "d2i_AutoPrivateKey": (_KEY, [c_void_p, _DER, c_long]),
    "EVP_PKEY_is_a": (c_int, [_KEY, c_char_p]),
    "EVP_PKEY_get_octet_string_param": (c_int, [_KEY, c_char_p, c_char_p, c_size_t, POINTER(c_size_t)]),
    "EVP_PKEY_free": (None, [_KEY]),
    "EVP_PKEY_CTX_new_from_name": (_CONTEXT, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_new_from_pkey": (_CONTEXT, [c_void_p, _KEY, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [_CONTEXT]),
    "EVP_PKEY_sign_init": (c_int, [_CONTEXT]),
    "EVP_PKEY_sign": (c_int, [_CONTEXT, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_PKEY_verify_init": (c_int, [_CONTEXT]),
    "EVP_PKEY_verify": (c_int, [_CONTEXT, c_char_p, c_size_t, c_char_p, c_size_t]),
}


class UnavailableError(RuntimeError):
    """This machine's OpenSSL cannot do SM2 or SM3; the message says what is missing."""


class KeyFormatError(ValueError):
    """The bytes are no SM2 key."""


@functools.cache
def library() -> ctypes.CDLL:
    """The bound library, loaded at the first call.

    Raises:
        UnavailableError: when there is none, only an older one, or one without SM2.
    """
    for found in filter(None, map(_load, _names())):
        kind = found.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        if kind is None:
            found.ERR_clear_error()
            raise UnavailableError("this OpenSSL libcrypto was built or configured without SM2")
        found.EVP_PKEY_CTX_free(kind)
        return found
    raise UnavailableError("no OpenSSL libcrypto 3.0 or later found; install OpenSSL 3 or use another suite")


def _names() -> Iterator[str]:
    yield from _NAMES
    anywhere = find_library("crypto")
    if anywhere is not None:
        yield anywhere


def _load(name: str) -> ctypes.CDLL | None:
    try:
        found = ctypes.CDLL(name)
        found.OpenSSL_version_num.restype = c_ulong
        if found.OpenSSL_version_num() < _OLDEST:
            return None
        for function, (result, arguments) in _FUNCTIONS.items():
            bound = getattr(found, function)
            bound.restype, bound.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return found


class Sm2Key:
    """An SM2 key inside libcrypto, freed with this object; safe to use from several threads at once."""

    def __init__(self, der: bytes, *, private: bool) -> None:
        """Read a PKCS#8 private or SubjectPublicKeyInfo public key (RFC 5958, RFC 5280).

        Raises:
            KeyFormatError: for anything but a key on the SM2 curve; a point off the curve included.
            UnavailableError: when libcrypto is missing.
        """
        self._lib = library()
        read = self._lib.d2i_AutoPrivateKey if private else self._lib.d2i_PUBKEY
        self._key: int | None = read(None, byref(c_char_p(der)), len(der))
        if self._key is None:
            self._lib.ERR_clear_error()
            raise KeyFormatError("not an SM2 key")
        # Not at exit: a thread may still be signing then, and the process is about to give all memory back anyway.
        weakref.finalize(self, self._lib.EVP_PKEY_free, self._key).atexit = False
        if self._lib.EVP_PKEY_is_a(self._key, b"SM2") != 1:
            raise KeyFormatError("a key of another kind than SM2")

    def public(self) -> bytes:
        """The public point, 65 bytes: 04 ‖ x ‖ y."""
        point, length = ctypes.create_string_buffer(_MAX_POINT), c_size_t()
        if self._lib.EVP_PKEY_get_octet_string_param(self._key, b"pub", point, _MAX_POINT, byref(length)) != 1:
            self._lib.ERR_clear_error()
            raise KeyFormatError("libcrypto does not give the public point")
        return point.raw[: length.value]

    def sign(self, digest: bytes) -> bytes:
        """DER signature (GB/T 35276) over the 32-byte digest e = SM3(Z ‖ message).

        Raises:
            UnavailableError: when libcrypto refuses to sign, as it does with a public key.
        """
        made, length = ctypes.create_string_buffer(_MAX_SIGNATURE), c_size_t(_MAX_SIGNATURE)
        context = self._context()
        try:
            done = self._lib.EVP_PKEY_sign_init(context) == 1 and (
                self._lib.EVP_PKEY_sign(context, made, byref(length), digest, len(digest)) == 1
            )
        finally:
            self._lib.EVP_PKEY_CTX_free(context)
        if not done:
            self._lib.ERR_clear_error()
            raise UnavailableError("libcrypto did not sign with SM2")
        return made.raw[: length.value]

    def verify(self, digest: bytes, signature: bytes) -> bool:
        """Whether a DER signature over a digest holds; False for malformed ones."""
        context = self._context()
        try:
            holds = self._lib.EVP_PKEY_verify_init(context) == 1 and (
                self._lib.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest)) == 1
            )
        finally:
            self._lib.EVP_PKEY_CTX_free(context)
        if not holds:
            # The queue belongs to the thread: what stays in it would be blamed on the next user, such as ssl.
            self._lib.ERR_clear_error()
        return holds

    def _context(self) -> int:
        # One context an operation: it must not be shared between threads and costs little beside the curve.
        made: int | None = self._lib.EVP_PKEY_CTX_new_from_pkey(None, self._key, None)
        if made is None:
            self._lib.ERR_clear_error()
            raise UnavailableError("libcrypto gives no context for SM2")
        return made
