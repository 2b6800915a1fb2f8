"""More than ten thousand seeded attacks on a log's files, proofs and checkpoints: every one is noticed.

Two kinds of attacker: one who can change files but has no key, and a log that rewrites its history and signs it again
with its own key, against whom its witnesses, its mirrors and the cosignatures stand.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.entries import bundle, commit
from twincity.engines.ledger.log.errors import LogError
from twincity.engines.ledger.log.evidence import ForkedLogError
from twincity.engines.ledger.log.layout import ENTRIES, Tile, tiles
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.tests.helpers import KNOWN, ORIGIN, SIGNER, WITNESSES, fetcher
from twincity.engines.ledger.log.tiles import TileReader
from twincity.engines.ledger.log.tree import TileTree
from twincity.engines.ledger.log.witness import Witness
from twincity.engines.ledger.log.witness_store import FileStore
from twincity.engines.ledger.log.witness_wire import AddCheckpoint
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel.merkle import leaf_hash
from twincity.kernel.notes import Note

ALL_OF_THREE = Policy((SIGNER.key,), KNOWN, threshold=3, home="500000")
SIZES = (3, 9, 17)
SALTS = [bytes([number]) * 16 for number in range(SIZES[-1])]
RECORDS = [b"%d exchanged at 2026-11-%02dT08:00:00Z" % (number, number + 1) for number in range(SIZES[-1])]


def sign(checkpoint: Checkpoint, cosigners=WITNESSES, at=1_790_000_000) -> SignedCheckpoint:
    text = checkpoint.text
    cosignatures = [signer.signature(text, timestamp=at) for signer in cosigners]
    return SignedCheckpoint(checkpoint, Note(text).signed(SIGNER.signature(text), *cosignatures))


def build(entries, sizes=(), cosigners=WITNESSES):
    """Files of a log that has published checkpoints of these sizes and then of all entries."""
    files: dict[str, bytes] = {}
    tree = TileTree(lambda tile, data: files.update({tile.path: data}))
    at = 0
    for size in (*sizes, len(entries)):
        tree.extend(entries[at:size], list(map(leaf_hash, entries[at:size])))
        files |= {tile.path: data for tile, data in tree.snapshot().partial}
        at = size
    files["checkpoint"] = sign(Checkpoint(ORIGIN, tree.size, tree.root()), cosigners).note.encode()
    return files


COMMITMENTS = [commit(salt, record) for salt, record in zip(SALTS, RECORDS, strict=True)]
GOOD = build(COMMITMENTS, SIZES[:2])


def check_files(files):
    paths = [path for path in files if path != "checkpoint"]
    return verify_log(fetcher(files), paths, ALL_OF_THREE, COMMITMENTS)


def mutate(data: bytes, rng: Random) -> bytes:
    """Some other bytes: a flipped bit, a lost, doubled, moved or foreign piece, a shorter or longer end."""
    at, to = sorted(rng.sample(range(len(data) + 1), 2))
    changed = rng.choice(
        [
            lambda: data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            lambda: data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            lambda: data[:at],
            lambda: data[:at] + data[to:],
            lambda: data + data[at:to],
            lambda: data[:at] + data[at:to] * 2 + data[to:],
            lambda: data[to:] + data[:to],
            lambda: data[:at] + data[at:to][::-1] + data[to:],
            lambda: data[:at] + rng.randbytes(to - at) + data[to:],
            lambda: data + b"\n",
            lambda: b"",
        ]
    )()
    return mutate(data, rng) if changed == data or only_strangers_join(data, changed) else changed


def only_strangers_join(data: bytes, changed: bytes) -> bool:
    """Signature lines by unknown keys must be passed over (c2sp.org/signed-note), so adding some harms nobody."""
    kept = iter(data.splitlines())
    wanted = next(kept, None)
    for line in changed.splitlines():
        if line == wanted:
            wanted = next(kept, None)
        elif not line.startswith("— ".encode()):
            return False
    return wanted is None and changed.endswith(b"\n")


def test_the_untouched_log_verifies():
    report = check_files(GOOD)
    assert (report.signed.checkpoint.size, len(report.cosigners), report.beyond) == (17, 3, 0)


def test_5000_changed_files_are_noticed():
    rng, names = Random(1), sorted(GOOD)
    for _ in range(5000):
        name = rng.choice(names)
        with pytest.raises((LogError, ValueError)):
            check_files({**GOOD, name: mutate(GOOD[name], rng)})


FORMER = {f"tile/{level}/000.p/{width}" for level in ("0", "entries") for width in SIZES[:2]}


@pytest.mark.parametrize("name", sorted(set(GOOD) - FORMER))
def test_lost_files_are_noticed(name):
    with pytest.raises((LogError, OSError)):
        check_files({path: data for path, data in GOOD.items() if path != name})


def test_exchanged_and_foreign_files_are_noticed():
    names = sorted(GOOD)
    for one in names:
        for two in names:
            if one != two:
                with pytest.raises((LogError, ValueError)):
                    check_files({**GOOD, one: GOOD[two]})
    for name in ("tile/0/x", "tile/2/000.p/1x", "tile/notes.txt"):
        with pytest.raises(LogError):
            check_files({**GOOD, name: b"x"})


def proof_of(index: int) -> LogProof:
    reader = TileReader(fetcher(GOOD), SIZES[-1])
    return LogProof(index, tuple(reader.inclusion(index, SIZES[-1])), SignedCheckpoint.parse(GOOD["checkpoint"]))


def test_3000_changed_proof_files_are_noticed():
    rng = Random(2)
    files = [proof_of(index).encode() for index in range(SIZES[-1])]
    for index, file in enumerate(files):
        LogProof.parse(file).verify_private(SALTS[index], RECORDS[index], ALL_OF_THREE)
    for _ in range(3000):
        index = rng.randrange(SIZES[-1])
        with pytest.raises(ValueError):
            LogProof.parse(mutate(files[index], rng)).verify_private(SALTS[index], RECORDS[index], ALL_OF_THREE)


def test_2000_changed_records_are_noticed():
    rng = Random(3)
    proofs = [proof_of(index) for index in range(SIZES[-1])]
    leaf_only = Policy((SIGNER.key,))
    for _ in range(2000):
        index = rng.randrange(SIZES[-1])
        salt, record = SALTS[index], RECORDS[index]
        if rng.random() < 0.3:
            salt = mutate(salt, rng)
        else:
            record = mutate(record, rng)
        with pytest.raises(ValueError):
            proofs[index].verify_private(salt, record, leaf_only)


def test_back_dated_checkpoints_are_noticed():
    """Neither the time of a cosignature nor the tree it was given for can be exchanged afterwards."""
    signed = SignedCheckpoint.parse(GOOD["checkpoint"])
    rng = Random(4)
    for _ in range(300):
        place = rng.randrange(1, 4)
        line = signed.note.signatures[place]
        raw = rng.randrange(1, 1_790_000_000).to_bytes(8, "big") + line.raw[8:]
        lines = [*signed.note.signatures]
        lines[place] = replace(line, raw=raw)
        with pytest.raises(ValueError, match="does not hold"):
            ALL_OF_THREE.check(replace(signed, note=replace(signed.note, signatures=tuple(lines))))
    older = Checkpoint(ORIGIN, 9, TileReader(fetcher(GOOD), 17).root(9))
    moved = Note(older.text, signed.note.signatures)
    with pytest.raises(ValueError, match="does not hold"):
        ALL_OF_THREE.check(SignedCheckpoint(older, moved))


def rewrite(rng: Random) -> list[bytes]:
    """Another history than the one that was witnessed, of any length."""
    entries, at = list(COMMITMENTS), rng.randrange(SIZES[-1])
    rng.choice(
        [
            lambda: entries.__setitem__(at, rng.randbytes(32)),
            lambda: entries.pop(at),
            lambda: entries.insert(at, rng.randbytes(32)),
            lambda: entries.insert(at, entries[at - 1]),
            lambda: entries.insert(at, entries.pop()),
            lambda: entries.__setitem__(slice(at, None), rng.sample(entries[at:], len(entries) - at)),
        ]
    )()
    entries += [rng.randbytes(32) for _ in range(rng.choice([0, 0, 1, 5, 300]))]
    if entries[: SIZES[-1]] == COMMITMENTS[: len(entries)]:
        return rewrite(rng)
    return entries


def test_1000_histories_rewritten_by_the_log_itself_are_noticed(tmp_path):
    """A log that holds its key can sign anything, but nobody who has seen the truth will follow."""
    rng = Random(5)
    found = []
    witness = Witness(FileStore(tmp_path / "witness"), WITNESSES[1], lambda _: [SIGNER.key], found.append)
    mirror = Mirror(tmp_path / "mirror", fetcher(GOOD), origin=ORIGIN, keys=[SIGNER.key])
    witness.add_checkpoint(AddCheckpoint(0, (), SignedCheckpoint.parse(GOOD["checkpoint"])))
    truth = mirror.update().checkpoint
    for _ in range(1000):
        entries = rewrite(rng)
        # The log's own province may help it; the neighbour's witness has seen the truth and does not.
        files = build(entries, cosigners=WITNESSES[:1])
        signed = SignedCheckpoint.parse(files["checkpoint"])
        with pytest.raises(ValueError):
            ALL_OF_THREE.check(signed)
        size = signed.checkpoint.size
        reader = TileReader(fetcher(files), size)
        path = tuple(reader.consistency(truth.size, size)) if size >= truth.size else ()
        assert witness.handle(AddCheckpoint(truth.size, path, signed).encode()).status in {400, 422}
        mirror._fetch = fetcher(files)
        with pytest.raises(ForkedLogError) as fork:
            mirror.update()
        fork.value.evidence.verify((SIGNER.key,))
        assert mirror.size == truth.size
    assert found
    assert witness.handle(AddCheckpoint(17, (), SignedCheckpoint.parse(GOOD["checkpoint"])).encode()).status == 200


def test_histories_shown_to_one_reader_only_are_noticed():
    """A split view: two readers compare what they were shown, without trusting anyone."""
    rng = Random(6)
    for _ in range(300):
        files = build(rewrite(rng), cosigners=WITNESSES[:1])
        one, two = SignedCheckpoint.parse(GOOD["checkpoint"]), SignedCheckpoint.parse(files["checkpoint"])
        first, second = sorted((one, two), key=lambda each: each.checkpoint.size)
        source = fetcher(GOOD if second is one else files)
        prefix = TileReader(source, second.checkpoint.size).root(first.checkpoint.size)
        assert prefix != first.checkpoint.root


def test_tiles_of_the_log_are_those_that_are_checked():
    assert {tile.path for tile in tiles(17)} | FORMER | {"checkpoint"} == set(GOOD)
    assert GOOD[Tile(ENTRIES, 0, 17).path] == bundle(COMMITMENTS)
