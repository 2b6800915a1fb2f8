"""This node's own keys: which one signs now, the statement that announces them, rotation with pre-commitment."""

from __future__ import annotations

from dataclasses import dataclass, field

from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import Directory
from twincity.kernel import clock, jws
from twincity.kernel.batches import BatchSigner
from twincity.kernel.home import Home
from twincity.kernel.keys import PrivateKey

SETTLE = 10
"""Seconds between announcing a key and signing with it, so that every node that is up has heard of it."""
OVERLAP = 86_400
"""Seconds for which the key before stays valid."""
LASTING = 20 * 365 * 86_400
"""Term of log and witness keys: they are the identity of the logs and do not rotate."""


@dataclass
class Signer:
    """The key that signs now. Suites whose signatures are dear sign batches; the others sign at once."""

    key: PrivateKey
    kid: str
    batched: bool = False
    _batches: BatchSigner | None = field(default=None, repr=False)

    @classmethod
    def of(cls, key: PrivateKey) -> Signer:
        return cls(key, key.public.kid, batched=key.suite == "sm2")

    async def sign(self, base: bytes) -> bytes:
        """Signature over a base, in the form of the key's suite."""
        if not self.batched:
            return self.key.sign(base)
        if self._batches is None:
            self._batches = BatchSigner(self.key)
        return await self._batches.sign(base)


class Keyring:
    """Chooses the signer: the newest own tc1 key that the directory knows and whose term has begun."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.reload()

    def reload(self) -> None:
        """Read the key files again, after a rotation."""
        names = [name for name in ("tc1", "tc1-old") if (self.home.path / "keys" / f"{name}.key").exists()]
        self._signers = [Signer.of(self.home.key(name)) for name in names]
        self._chosen: tuple[int, int, Signer] | None = None

    def signer(self, directory: Directory) -> Signer:
        """The signer for now; chosen once a second at most."""
        now = clock.unix()
        if self._chosen and self._chosen[:2] == (now, directory.version):
            return self._chosen[2]
        signer = next((each for each in self._signers if _usable(directory, each.kid, now)), self._signers[-1])
        self._chosen = (now, directory.version, signer)
        return signer


def _usable(directory: Directory, kid: str, now: int) -> bool:
    record = directory.keys.get(kid)
    return record is not None and record.nbf <= now < record.exp and record.revocation is None


def first_statement(home: Home, member: str) -> str:
    """The key statement of a new node, signed by its root key."""
    now = clock.unix()
    keys = [docs.term(home.key(use).public, use, now, LASTING) for use in ("log", "witness")]
    keys.append(docs.term(home.key("tc1").public, "tc1", now))
    return _sign(home, member, seq=1, now=now, keys=keys)


def next_statement(home: Home, member: str, known: docs.KeyStatement) -> str:
    """Announce the promised key and promise the one after it; the files are in place before anybody hears of it.

    Calling it again before the directory has the new statement announces the same key once more.
    """
    now = clock.unix()
    announced = {entry.public.kid for entry in known.keys}
    if home.key("tc1").public.kid in announced:
        home.add_key("tc1", home.key("tc1"), name="tc1-old")
        home.add_key("tc1", home.key("tc1-next"))
        home.add_key("tc1", PrivateKey.generate(home.key("tc1").suite), name="tc1-next")
    lasting = [docs.term(home.key(use).public, use, _since(known, use), LASTING) for use in ("log", "witness")]
    old, new = home.key("tc1-old").public, home.key("tc1").public
    rotating = [
        docs.term(old, "tc1", _since(known, "tc1"), now + OVERLAP - _since(known, "tc1")),
        docs.term(new, "tc1", now + SETTLE),
    ]
    return _sign(home, member, seq=known.seq + 1, now=now, keys=[*lasting, *rotating])


def due(known: docs.KeyStatement, now: int) -> bool:
    """Whether two thirds of the newest tc1 key's life are over."""
    newest = max((entry for entry in known.keys if entry.use == "tc1"), key=lambda entry: entry.nbf)
    return now > newest.nbf + (newest.exp - newest.nbf) * 2 // 3


def _since(known: docs.KeyStatement, use: str) -> int:
    return max(entry.nbf for entry in known.keys if entry.use == use)


def _sign(home: Home, member: str, *, seq: int, now: int, keys: list[dict[str, object]]) -> str:
    payload = {"iss": member, "iat": now, "seq": seq, "keys": keys, "next": home.key("tc1-next").public.commitment}
    return jws.sign(payload, home.key("root"), typ=docs.KEYS)
