"""Tiles: names, widths, and every tree equal to the one computed at once."""

from __future__ import annotations

import random

import pytest

from twincity.engines.ledger.log.entries import bundle, unbundle
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.layout import ENTRIES, Tile, levels, partial, tiles, width
from twincity.engines.ledger.log.tests.helpers import fetcher
from twincity.engines.ledger.log.tiles import TileReader
from twincity.engines.ledger.log.tree import TileTree
from twincity.kernel import merkle

SIZES = [0, 1, 2, 3, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000]


def test_names_of_the_specification():
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Tile(ENTRIES, 0, 112).path == "tile/entries/000.p/112"
    assert Tile(2, 5).path == "tile/2/005"


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(63, 999, 1), Tile(ENTRIES, 1000, 255), Tile(1, 10**9, 17)])
def test_names_are_read_back(tile):
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/012",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/-1/000",
        "tile/0/000/",
        "tile/0/.000.new",
        "checkpoint",
        "tile/0/000\n",
    ],
)
def test_other_names_are_none(path):
    assert Tile.parse(path) is None


def test_widths_of_the_specification():
    assert [tile for tile in partial(70_000) if tile.level != ENTRIES] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles(70_000)) == 273
    assert list(partial(256)) == [Tile(1, 0, 1)]
    assert list(levels(0)) == []
    assert width(0, 1, 256) == 0


def build(size):
    """A tree's files, its leaf hashes, and the tree."""
    files: dict[str, bytes] = {}
    entries = [index.to_bytes(4, "big") for index in range(size)]
    leaves = list(map(merkle.leaf_hash, entries))
    tree = TileTree(lambda tile, data: files.update({tile.path: data}))
    rng, at = random.Random(size), 0
    while at < size:
        step = rng.choice([1, 3, 200, 256, 1000, 5000])
        tree.extend(entries[at : at + step], leaves[at : at + step])
        at += step
    files |= {tile.path: data for tile, data in tree.snapshot().partial}
    return files, leaves, tree


@pytest.fixture(scope="module")
def largest():
    return build(SIZES[-1])


@pytest.mark.parametrize("size", SIZES)
def test_the_tiles_of_a_tree_are_exactly_those_it_needs(size):
    files, leaves, tree = build(size)
    assert set(files) == {tile.path for tile in tiles(size)}
    assert tree.root() == merkle.root(leaves)
    assert TileReader(fetcher(files), size).root(size) == merkle.root(leaves)
    assert all(len(files[tile.path]) == 32 * tile.width for tile in tiles(size) if tile.level >= 0)


def test_every_node_is_that_of_the_plain_tree():
    files, leaves, _ = build(700)
    reader, rows = TileReader(fetcher(files), 700), merkle.levels(leaves)
    for level in range(10):
        for index in range(700 >> level):
            assert reader.node(level, index) == rows[level][index]
        with pytest.raises(IndexError):
            reader.node(level, 700 >> level)


def test_proofs_from_tiles_verify_at_every_published_size(largest):
    files, leaves, _ = largest
    reader, rng = TileReader(fetcher(files), len(leaves)), random.Random(7)
    for _ in range(300):
        size = rng.randint(1, len(leaves))
        index, former = rng.randrange(size), rng.randint(0, size)
        root = reader.root(size)
        merkle.verify_inclusion(leaves[index], index, size, reader.inclusion(index, size), root)
        if former:
            path = reader.consistency(former, size)
            merkle.verify_consistency(former, size, reader.root(former), root, path)
    assert reader.consistency(0, 5) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_loaded_from_its_tiles_goes_on_as_if_it_had_never_stopped(size):
    files, leaves, _ = build(size)
    loaded = TileTree.load(
        size, merkle.root(leaves), fetcher(files), lambda tile, data: files.update({tile.path: data})
    )
    assert loaded.snapshot().root == merkle.root(leaves)
    more = [b"%d" % index for index in range(300)]
    loaded.extend(more, list(map(merkle.leaf_hash, more)))
    assert loaded.root() == merkle.root(leaves + list(map(merkle.leaf_hash, more)))


def test_a_full_tile_stands_in_for_a_partial_one_that_was_removed():
    files, leaves, _ = build(600)
    reader = TileReader(fetcher({path: data for path, data in files.items() if ".p/" not in path}), 300)
    full = {**files, Tile(1, 0).path: files[Tile(1, 0, 2).path].ljust(8192, b"\0")}
    assert TileReader(fetcher(full), 300).root(300) == merkle.root(leaves[:300])
    assert reader.entries(1) == [index.to_bytes(4, "big") for index in range(256, 300)]
    with pytest.raises(CorruptLogError, match="missing"):
        reader.root(300)


def test_malformed_tiles_are_an_error():
    files, _, _ = build(300)
    for path, data in files.items():
        for bad in (data[:-1], data + b"x"):
            reader = TileReader(fetcher({**files, path: bad}), 300)
            with pytest.raises(CorruptLogError):
                _read_all(reader)


def _read_all(reader):
    for level in range(9):
        for index in range(reader.size >> level):
            reader.node(level, index)
    for number in range(-(-reader.size // 256)):
        reader.entries(number)


def test_bundles_are_read_back_whole_or_not_at_all():
    entries = [b"", b"x", b"y" * 65_535]
    assert unbundle(bundle(entries), 3) == entries
    for count in (2, 4):
        with pytest.raises(CorruptLogError):
            unbundle(bundle(entries), count)
    for cut in (1, 2, 3, 65_536):
        with pytest.raises(CorruptLogError):
            unbundle(bundle(entries)[:-cut], 3)


def test_a_grown_reader_sees_the_wider_tiles(largest):
    files, leaves, _ = build(300)
    reader = TileReader(fetcher(files), 300)
    assert reader.root(300) == merkle.root(leaves)
    grown, more, _ = build(512)
    files.update(grown)
    reader.size = 512
    assert reader.root(512) == merkle.root(more)
    assert reader.root(300) == merkle.root(leaves)
