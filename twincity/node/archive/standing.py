"""Whether a restored log is the newest there is: what its witnesses have cosigned tells.

A log that goes on from an older state contradicts what others hold of it, and convicts its member of a fork. So a
restored node may only run when no witness has seen more of it than it holds.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass

from twincity.engines.circle import facade as circle
from twincity.engines.ledger import facade as ledger
from twincity.kernel.home import Home

SECONDS = 10


@dataclass(frozen=True)
class Standing:
    """What one anchor has cosigned of one log: None when it could not be asked."""

    anchor: str
    log: str
    held: int
    seen: int | None

    @property
    def behind(self) -> int:
        """Records that the witness has seen and the log does not hold."""
        return max(0, (self.seen or 0) - self.held)


def standing(home: Home) -> list[Standing]:
    """Ask every other anchor of the charter how much it has cosigned of this node's logs."""
    found = []
    for anchor, address in circle.anchor_addresses(home).items():
        for name in ledger.NAMES if anchor != home.config.id else ():
            signed = ledger.SignedCheckpoint.parse((home.logs(name) / "checkpoint").read_bytes())
            found.append(Standing(anchor, name, ledger.held(home.logs(name)), _seen(address, signed)))
    return found


def _seen(address: str, signed: ledger.SignedCheckpoint) -> int | None:
    # From size 0 nothing needs a proof: a witness that has seen more answers 409 with the size (C2SP tlog-witness).
    body = ledger.AddCheckpoint(0, (), signed).encode()
    request = urllib.request.Request(f"{address}/witness/add-checkpoint", body, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return signed.checkpoint.size
    except urllib.error.HTTPError as error:
        with error:
            return ledger.parse_conflict(error.read(100)) if error.code == 409 else None
    except OSError:
        return None
