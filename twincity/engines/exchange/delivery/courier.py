"""The courier bundle: messages and acknowledgements in a file, for where the network does not reach.

A file of age (age-encryption.org/v1) to the receiver's keys that the directory holds already: the recipient type
``ssh-ed25519`` takes a signing key, so no further key has to be made known, and a bundle that was lost is unreadable
once that key has been rotated away. Inside is a manifest (JWS) by the sender's tc1 key over the digest of what is
carried. Each message and each acknowledgement in it bears its own signature besides, as it would on the wire.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Sequence

import msgspec

from twincity.engines.exchange.delivery.envelope import Ack, Envelope
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey, PublicKey
from twincity.kernel.problems import Problem, define

TYPE = "twincity-courier+jwt"
FORMAT = "twincity courier bundle 1"
LIMIT = 5 * 1024 * 1024
"""Bytes of a file; in base64 it still passes the operator's door. What does not fit goes into the next bundle."""
UNREADABLE = define(
    "courier-unreadable",
    422,
    zh="信使包无法读取, 可能不是发给本节点的, 或已损坏: {reason}",
    en="The courier bundle cannot be read; it may be for another node, or damaged: {reason}",
)
REFUSED = define("courier-refused", 422, zh="信使包不予接受: {reason}", en="The courier bundle is refused: {reason}")
NO_KEY = define(
    "courier-no-key", 409, zh="{member} 没有可用于加密的密钥", en="{member} has no key that a bundle could be sealed to"
)


Finder = Callable[[str], Callable[[str], PublicKey | None]]
"""Gives for a member the look-up of its keys by name."""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message and the number of the one of its lane that is still on its way before it, 0 for none."""

    after: int
    message: Envelope

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError("after is 0 or more")


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is carried: acknowledgements for messages of the receiver's, and messages to it in their order."""

    acks: list[Ack]
    messages: list[Item]


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The inside of a file; ``load`` is JSON in the very bytes that the manifest speaks of."""

    format: str
    manifest: str
    load: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sends what to whom; ``iat`` and ``exp`` in seconds since 1970."""

    id: str
    iss: str
    aud: str
    iat: int
    exp: int
    sha256: str
    """Of the load, in hex."""


def write(load: bytes, manifest: Manifest, key: PrivateKey, recipients: Sequence[PublicKey]) -> bytes:
    """The file.

    Args:
        load: JSON of a :class:`Load`.
        manifest: without regard to its ``sha256``.
        key: of the sender.
        recipients: keys of the receiver; those that are not Ed25519 are left out.

    Raises:
        Problem: ``courier-no-key``.
    """
    import pyrage  # noqa: PLC0415  seldom needed

    to = [pyrage.ssh.Recipient.from_str(_ssh_public(each)) for each in recipients if each.suite == "ed25519"]
    if not to:
        raise Problem(NO_KEY, field="to", member=manifest.aud)
    payload = msgspec.to_builtins(manifest) | {"sha256": hashlib.sha256(load).hexdigest()}
    inside = Bundle(FORMAT, jws.sign(payload, key, typ=TYPE), load.decode())
    return bytes(pyrage.encrypt(msgspec.json.encode(inside), to))


def read(data: bytes, keys: Sequence[PrivateKey], *, own: str, now: int, find: Finder) -> tuple[Manifest, Load]:
    """What a file carries, its manifest checked.

    Args:
        data: the file.
        keys: the receiver's, of which one opens it.
        own: the receiver.
        now: seconds since 1970.
        find: keys of members.

    Raises:
        Problem: ``courier-unreadable`` for what was cut, changed or sealed to others; ``courier-refused`` for what its
            sender did not sign so, or for another receiver or time.
    """
    inside = _open(data, keys)
    manifest = _manifest(inside, find)
    if manifest.aud != own:
        raise Problem(REFUSED, field="aud", reason=f"it is for {manifest.aud}")
    if not manifest.iat - 300 <= now < manifest.exp:
        raise Problem(REFUSED, field="exp", reason="its time has passed or not begun")
    load = inside.load.encode()
    if hashlib.sha256(load).hexdigest() != manifest.sha256:
        raise Problem(REFUSED, field="sha256", reason="the load is not what the manifest says")
    try:
        return manifest, msgspec.json.decode(load, type=Load)
    except msgspec.DecodeError as error:
        raise Problem(REFUSED, field="load", reason=str(error)) from error


def _open(data: bytes, keys: Sequence[PrivateKey]) -> Bundle:
    import pyrage  # noqa: PLC0415  seldom needed

    if len(data) > LIMIT:
        raise Problem(UNREADABLE, field="file", reason=f"larger than {LIMIT} bytes")
    identities = [pyrage.ssh.Identity.from_buffer(_ssh_private(key)) for key in keys if key.suite == "ed25519"]
    try:
        inside = msgspec.json.decode(pyrage.decrypt(data, identities), type=Bundle)
    except (pyrage.DecryptError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(UNREADABLE, field="file", reason=str(error)) from error
    if inside.format != FORMAT:
        raise Problem(UNREADABLE, field="format", reason="another format")
    return inside


def _manifest(inside: Bundle, find: Finder) -> Manifest:
    try:
        claimed = msgspec.convert(jws.payload(inside.manifest), Manifest)
        return msgspec.convert(jws.verify(inside.manifest, find(claimed.iss), typ=TYPE), Manifest)
    except (jws.JWSError, msgspec.ValidationError) as error:
        raise Problem(REFUSED, field="manifest", reason=str(error)) from error


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _ssh_public(key: PublicKey) -> str:
    """An Ed25519 key in the form of RFC 8709 section 4."""
    blob = _string(b"ssh-ed25519") + _string(key.raw)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def _ssh_private(key: PrivateKey) -> bytes:
    """An Ed25519 key in OpenSSH's file format (PROTOCOL.key), unencrypted; it only passes through memory."""
    public = _string(b"ssh-ed25519") + _string(key.public.raw)
    secret = bytes(8) + public + _string(key.raw + key.public.raw) + _string(b"")
    secret += bytes(range(1, 9))[: -len(secret) % 8]
    blob = b"openssh-key-v1\0" + _string(b"none") * 2 + _string(b"") + struct.pack(">I", 1)
    text = base64.encodebytes(blob + _string(public) + _string(secret)).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text}-----END OPENSSH PRIVATE KEY-----\n".encode()
