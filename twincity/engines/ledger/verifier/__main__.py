"""``python -m twincity.engines.ledger.verifier PATH``: verify a log, a proof or evidence of a fork."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import LogError
from twincity.engines.ledger.log.evidence import Evidence
from twincity.engines.ledger.log.policy import Cosigner, Policy
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel.notes import VerifierKey


def main(arguments: list[str] | None = None) -> int:
    """Verify what the arguments name; 0 when it holds, 1 when it does not."""
    given = _parser().parse_args(arguments)
    try:
        policy = _policy(given)
        lines = _log(given, policy) if given.path.is_dir() else _file(given, policy)
    except (LogError, ValueError, OSError) as error:
        sys.stdout.write(f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in ["verified", *lines]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m twincity.engines.ledger.verifier", description=__doc__)
    parser.add_argument("path", type=Path, help="folder of a log or mirror, .tlog-proof file, or evidence.json")
    parser.add_argument("--policy", type=Path, help="policy file: logs, witnesses, threshold, home")
    parser.add_argument("--key", action="append", default=[], help="vkey of a log, instead of a policy; repeatable")
    parser.add_argument("--entry", type=Path, help="for a proof: file with the record that is said to be logged")
    parser.add_argument("--salt", type=bytes.fromhex, help="for a proof from a private log: the record's salt in hex")
    return parser


def _policy(given: argparse.Namespace) -> Policy:
    if given.policy:
        return Policy.parse(given.policy.read_text("utf-8"))
    if not given.key:
        raise ValueError("name the keys to believe with --policy or --key")
    return Policy(tuple(map(VerifierKey.parse, given.key)))


def _log(given: argparse.Namespace, policy: Policy) -> list[str]:
    report = verify_log(folder(given.path), tile_paths(given.path), policy, journal_entries(given.path))
    beyond = [f"files beyond the checkpoint, not verified: {report.beyond}"] if report.beyond else []
    return [*_about(report.signed, report.cosigners), *beyond]


def _file(given: argparse.Namespace, policy: Policy) -> list[str]:
    data = given.path.read_bytes()
    if data.startswith(b"{"):
        evidence = Evidence.parse(data)
        evidence.verify(policy.logs)
        return [f"FORK: {evidence}"]
    if given.entry is None:
        raise ValueError("a proof is about a record: name its file with --entry")
    proof, record = LogProof.parse(data), given.entry.read_bytes()
    if given.salt is None:
        proven = proof.verify_public(record, policy)
    else:
        proven = proof.verify_private(given.salt, record, policy)
    return [f"record {proven.place}", *_about(proven.signed, proven.cosigners)]


def _about(signed: SignedCheckpoint, cosigners: list[Cosigner]) -> list[str]:
    checkpoint = signed.checkpoint
    vouched = [
        f"witness {each.witness.key.name} {each.witness.jurisdiction} at {each.timestamp}".replace("  ", " ")
        for each in cosigners
    ]
    return [f"log {checkpoint.origin}", f"size {checkpoint.size}", f"root {checkpoint.root.hex()}", *vouched]


if __name__ == "__main__":
    sys.exit(main())
