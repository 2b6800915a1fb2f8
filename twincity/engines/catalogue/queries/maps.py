"""Which slots have which value in which facet, in memory, so that counting costs no row of the database.

A set of slots is one Python integer, a bit each: 100,000 entries are 12.5 kB, and narrowing is an ``&``. Values that
few entries have are kept as arrays of slots instead, whichever is smaller. All facets of 100,000 entries take a few MB.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

Slots = int
"""A set of slots, one bit each."""
_ONE = ord("1")
_SPARSE = 32
"""A slot in an array costs as much as 32 bits of a set."""
_FEW = 16
"""A set with less than one slot in so many is sorted by itself rather than cut out of the order of all."""


class Row(NamedTuple):
    """What one search row says of its entry; no traits once it is withdrawn."""

    slot: int
    published: int
    traits: dict[str, list[str]]


class Facet:
    """The slots of each value."""

    def __init__(self) -> None:
        self.dense: dict[str, Slots] = {}
        self.sparse: dict[str, array[int]] = {}

    def slots(self, wanted: Callable[[str], bool] | str, size: int) -> Slots:
        """All slots with a value, or with one that a function accepts."""
        if isinstance(wanted, str):
            return self.dense.get(wanted, 0) or as_set(self.sparse.get(wanted, ()), size)
        found = 0
        for value, dense in self.dense.items():
            found |= dense if wanted(value) else 0
        return found | as_set([slot for value, few in self.sparse.items() if wanted(value) for slot in few], size)

    def counts(self, among: Slots, flags: bytes) -> dict[str, int]:
        """How many slots of a set each value has; ``flags`` is the same set as :func:`as_flags`."""
        found = {value: (slots & among).bit_count() for value, slots in self.dense.items()}
        found |= {value: sum(map(flags.__getitem__, few)) for value, few in self.sparse.items()}
        return {value: count for value, count in found.items() if count}

    def put(self, added: Mapping[str, array[int]], gone: frozenset[int], size: int) -> None:
        """Take slots out of all values, then add some to theirs."""
        if gone:
            kept = ~as_set(gone, size)
            self.dense = {value: slots & kept for value, slots in self.dense.items()}
            self.sparse = {value: _without(few, gone) for value, few in self.sparse.items()}
        for value, slots in added.items():
            if value in self.dense:
                self.dense[value] |= as_set(slots, size)
            else:
                self.sparse.setdefault(value, array("I")).extend(slots)
        for value in [value for value, few in self.sparse.items() if len(few) * _SPARSE > size]:
            self.dense[value] = as_set(self.sparse.pop(value), size)


class Maps:
    """All facets of all entries in force, and their order by time."""

    def __init__(self) -> None:
        self.size = 1
        """One more than the highest slot."""
        self.live: Slots = 0
        self.facets: defaultdict[str, Facet] = defaultdict(Facet)
        self.published = array("q", [0])
        self._newest: list[int] | None = None

    def put(self, rows: Iterable[Row]) -> None:
        """Take over what rows say now; they are read as a stream."""
        slots, times, live = array("I"), array("q"), array("I")
        added: defaultdict[str, defaultdict[str, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("I")))
        for row in rows:
            slots.append(row.slot)
            times.append(row.published)
            if row.traits:
                live.append(row.slot)
            for facet, values in row.traits.items():
                for value in values:
                    added[facet][value].append(row.slot)
        if slots:
            self._put(slots, times, live, added)

    def _put(
        self, slots: array[int], times: array[int], live: array[int], added: Mapping[str, Mapping[str, array[int]]]
    ) -> None:
        self.size = max(self.size, 1 + max(slots))
        self.published.extend([0] * (self.size - len(self.published)))
        for slot, time in zip(slots, times, strict=True):
            self.published[slot] = time
        written = as_set(slots, self.size)
        gone = frozenset(slots) if written & self.live else frozenset[int]()
        for facet in {*self.facets, *added}:
            self.facets[facet].put(added.get(facet, {}), gone, self.size)
        self.live = self.live & ~written | as_set(live, self.size)
        self._newest = None

    def newest(self, among: Slots) -> Iterator[int]:
        """The slots of a set, those published last first."""
        flags = as_flags(among, self.size)
        if among.bit_count() * _FEW < self.size:
            return iter(self._sorted(_slots(flags)))
        if self._newest is None:
            self._newest = self._sorted(range(self.size))
        return compress(self._newest, map(flags.__getitem__, self._newest))

    def spanned(self, span: tuple[int, int]) -> Slots:
        """The slots published between two seconds, both counted."""
        first, last = span
        return as_set([slot for slot, at in enumerate(self.published) if first <= at <= last], self.size)

    def chosen_from(self, order: Sequence[int], among: Slots) -> Iterator[int]:
        """The slots of a set in the order of a list."""
        return compress(order, map(as_flags(among, self.size).__getitem__, order))

    def _sorted(self, slots: Iterable[int]) -> list[int]:
        """Ascending slots by time, the latest first; those of one time stay as they are."""
        return sorted(slots, key=self.published.__getitem__, reverse=True)


def as_set(slots: Collection[int], size: int) -> Slots:
    """A set of slots; ``size`` is a hint of how large they are."""
    if not slots:
        return 0
    highest = max(slots)
    last = max(size - 1, highest)
    digits = bytearray(b"0") * (last + 1)
    for slot in slots:
        digits[last - slot] = _ONE
    return int(digits, 2)


def as_flags(slots: Slots, size: int) -> bytes:
    """For each slot 1 or 0."""
    return f"{slots:0{size}b}"[::-1].encode().translate(_TO_FLAGS)


_TO_FLAGS = bytes.maketrans(b"01", b"\0\1")


def _slots(flags: bytes) -> Iterator[int]:
    slot = flags.find(1)
    while slot >= 0:
        yield slot
        slot = flags.find(1, slot + 1)


def _without(few: array[int], gone: frozenset[int]) -> array[int]:
    return few if gone.isdisjoint(few) else array("I", (slot for slot in few if slot not in gone))
