"""A log written by Tessera, read by our code (sample log of transparency-dev/tessera, Apache-2.0)."""

from __future__ import annotations

import json

import pytest

from tests.support import shared
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.tests.helpers import open_log
from twincity.engines.ledger.log.tiles import TileReader, folder
from twincity.engines.ledger.verifier.files import tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel import merkle
from twincity.kernel.keys import PrivateKey
from twincity.kernel.notes import Signer, VerifierKey


@pytest.fixture(scope="module")
def sample():
    root = shared("data/suites/exchange/transparency")
    about = json.loads((root / "tessera_log_key.json").read_text())
    entries = [entry.encode() for entry in about["entries_in_order"]]
    return root / "tessera-log", Policy((VerifierKey.parse(about["vkey"]),)), entries


@pytest.mark.parametrize("size", range(16))
def test_every_checkpoint_is_signed_and_has_the_root_of_its_entries(sample, size):
    root, policy, entries = sample
    signed = SignedCheckpoint.parse((root / f"checkpoint.{size}").read_bytes())
    policy.check(signed)
    assert signed.checkpoint.size == size
    assert signed.checkpoint.root == merkle.root(map(merkle.leaf_hash, entries[:size]))
    assert TileReader(folder(root), size).root(size) == signed.checkpoint.root


def test_entries_and_proofs_come_from_its_tiles(sample):
    root, policy, entries = sample
    reader = TileReader(folder(root), 15)
    assert reader.entries(0) == entries
    signed = SignedCheckpoint.parse((root / "checkpoint").read_bytes())
    for index, entry in enumerate(entries):
        proof = LogProof(index, tuple(reader.inclusion(index, 15)), signed)
        assert LogProof.parse(proof.encode()).verify_public(entry, policy).place == index


def test_the_whole_log_verifies_and_can_be_mirrored(sample, tmp_path):
    root, policy, _ = sample
    assert verify_log(folder(root), tile_paths(root), policy).signed.checkpoint.size == 15
    mirror = Mirror(tmp_path, folder(root), origin=policy.logs[0].name, keys=policy.logs)
    mirror.update()
    assert verify_log(folder(tmp_path), tile_paths(tmp_path), policy).signed == mirror.latest


def test_our_log_of_the_same_entries_has_the_same_files(sample, tmp_path):
    root, policy, entries = sample
    signer = Signer.of(policy.logs[0].name, PrivateKey.generate())
    log = open_log(tmp_path, origin=policy.logs[0].name, signer=signer)
    for entry in entries:
        log.append_wait(lambda _, entry=entry: entry)
        log.tick()
    log.close()
    ours, theirs = (sorted(tile_paths(place)) for place in (tmp_path, root))
    assert ours == theirs
    for path in ours:
        assert (tmp_path / path).read_bytes() == (root / path).read_bytes()
