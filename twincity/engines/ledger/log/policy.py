"""When a checkpoint may be believed: signed by its log, and cosigned by enough witnesses.

A policy asks for ``threshold`` witnesses out of those it knows. With ``home`` set, at least one of them must belong to
another jurisdiction than the log: a province alone cannot rewrite what the other one has seen. (The policy files of
c2sp.org/tlog-policy cannot say this, because there a witness counts in one group only.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.kernel.notes import Algorithm, NoteError, VerifierKey


class PolicyError(ValueError):
    """The checkpoint lacks what the policy asks for."""


class Witness(NamedTuple):
    """A witness's cosignature key, and the jurisdiction it belongs to."""

    key: VerifierKey
    jurisdiction: str = ""


class Cosigner(NamedTuple):
    """A witness that has vouched for a checkpoint, as of a time in Unix seconds."""

    witness: Witness
    timestamp: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, known witnesses, and how many of these must have cosigned.

    A log's keys bear its origin as name; there may be several while keys rotate.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...] = ()
    threshold: int = 0
    home: str = ""

    def __post_init__(self) -> None:
        names = {witness.key.name for witness in self.witnesses}
        if any(witness.key.algorithm is not Algorithm.COSIGNATURE for witness in self.witnesses):
            raise PolicyError("a witness needs a cosignature key")
        if len({witness.key.public for witness in self.witnesses}) < len(self.witnesses):
            raise PolicyError("two witnesses share a key")
        if not 0 <= self.threshold <= len(names):
            raise PolicyError(f"{self.threshold} of {len(names)} witnesses cannot be asked for")

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read a policy file: JSON with ``logs`` (vkeys), ``witnesses`` ({key, jurisdiction}), ``threshold``, ``home``.

        Raises:
            PolicyError: when it is malformed.
        """
        try:
            value: dict[str, Any] = json.loads(text)
            logs = tuple(map(VerifierKey.parse, value.pop("logs")))
            witnesses = tuple(
                Witness(VerifierKey.parse(each["key"]), each.get("jurisdiction", ""))
                for each in value.pop("witnesses", [])
            )
            return cls(logs, witnesses, **value)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PolicyError(f"not a policy: {error}") from error

    def render(self) -> str:
        """The policy as a file."""
        witnesses = [{"key": each.key.vkey, "jurisdiction": each.jurisdiction} for each in self.witnesses]
        value = {"logs": [key.vkey for key in self.logs], "witnesses": witnesses}
        return json.dumps(value | {"threshold": self.threshold, "home": self.home}, indent=2, ensure_ascii=False) + "\n"

    def check(self, signed: SignedCheckpoint) -> list[Cosigner]:
        """The witnesses that have cosigned, once their number and jurisdictions suffice.

        Raises:
            PolicyError: when the log's signature or a cosignature is missing or does not hold.
        """
        try:
            signed.require_log(self.logs)
            cosigners = self.cosigners(signed)
        except NoteError as error:
            raise PolicyError(str(error)) from error
        names = {cosigner.witness.key.name for cosigner in cosigners}
        if len(names) < self.threshold:
            raise PolicyError(f"cosigned by {len(names)} known witnesses, {self.threshold} are needed")
        if self.home and all(cosigner.witness.jurisdiction == self.home for cosigner in cosigners):
            raise PolicyError(f"no witness outside {self.home} has cosigned")
        return cosigners

    def cosigners(self, signed: SignedCheckpoint) -> list[Cosigner]:
        """The known witnesses that have cosigned, be they enough or not.

        Raises:
            NoteError: when a cosignature of one of them does not hold.
        """
        known = {witness.key: witness for witness in self.witnesses}
        return [Cosigner(known[found.key], found.timestamp) for found in signed.signers(tuple(known))]
