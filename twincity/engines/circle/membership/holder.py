"""The circle of this process: state, keys and place of this node in it."""

from __future__ import annotations

from dataclasses import dataclass

from twincity.engines.circle.membership.signing import Keyring, Signer
from twincity.engines.circle.membership.state import CircleState, load_chain, verified
from twincity.engines.circle.trust.directory import Directory, Member
from twincity.engines.circle.trust.witnessing import log_keys, policy
from twincity.engines.ledger import facade as ledger
from twincity.kernel.home import Home
from twincity.kernel.notes import VerifierKey


@dataclass
class Circle:
    """What this node knows, and who it is."""

    home: Home
    state: CircleState
    keyring: Keyring

    @property
    def member(self) -> str:
        """This node's id."""
        return self.home.config.id

    @property
    def me(self) -> Member:
        """This node's own entry in the directory.

        Raises:
            KeyError: when it has not been admitted yet.
        """
        return self.state.directory.members[self.member]

    @property
    def is_anchor(self) -> bool:
        return self.state.directory.charter.anchor(self.member) is not None

    def signer(self) -> Signer:
        """The key that signs now."""
        return self.keyring.signer(self.state.directory)

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Keys of the log named ``MEMBER/public`` or ``MEMBER/exchange``; none for a log outside the circle."""
        return log_keys(self.state.directory, origin)

    def policy(self, owner: str, name: str) -> ledger.Policy:
        """Which cosignatures count for a member's log."""
        return policy(self.state.directory, owner, name)


_circle: Circle | None = None


def open_circle(home: Home) -> Circle:
    """Read the charter and make the circle of this process; the logs are replayed into it afterwards.

    Raises:
        Problem: ``charter-refused`` when the node has no valid charter.
    """
    global _circle  # noqa: PLW0603  one node, one circle
    chain = load_chain(home)
    *earlier, charter = verified(chain)
    _circle = Circle(home, CircleState(home, chain, Directory(charter, earlier)), Keyring(home))
    return _circle


def circle() -> Circle:
    """The circle of this process.

    Raises:
        RuntimeError: when it is not open.
    """
    if _circle is None:
        raise RuntimeError("the circle is not open in this process")
    return _circle


def is_open() -> bool:
    """Whether this process has joined a circle."""
    return _circle is not None
