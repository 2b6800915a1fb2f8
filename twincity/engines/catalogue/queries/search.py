"""Search over everything in force: text, facets with counts, territory and map extent, best first.

A piece of the question comes from the database as a set of slots (:mod:`.postings`); all else is counting and cutting
sets in memory (:mod:`.maps`), which catch up by the order of changes. So an answer costs as much as its words are
frequent, not as the catalogue is long.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import partial, reduce
from itertools import chain, islice
from operator import and_

from twincity.engines.catalogue.documents import FACETS, Box, Piece, pieces, read_box
from twincity.engines.catalogue.documents.traits import has
from twincity.engines.catalogue.models import Change, Entry, Indexed
from twincity.engines.catalogue.queries.maps import Maps, Row, Slots, as_flags, as_set
from twincity.engines.catalogue.queries.postings import slots_with
from twincity.engines.catalogue.queries.ranking import RANKED, rank

KEPT = 64
"""Sets of slots kept of pieces asked for last: 12.5 kB each at 100,000 entries."""
BATCH = 5000
CHOICES = (*FACETS, "division", "duty", "box")
"""By what a search may be narrowed."""


class Found:
    """What a search came to."""

    def __init__(self, total: int, slots: Iterator[int], counts: Mapping[str, Mapping[str, int]]) -> None:
        self.total = total
        self.counts = counts
        """By facet and value, each facet under the choices in all the others."""
        self._slots = slots

    def entries(self, start: int = 0, limit: int = 50) -> list[Entry]:
        """The entries from one place on, best first. To be asked once."""
        slots = list(islice(self._slots, start, start + limit))
        rows = Indexed.objects.filter(slot__in=slots, entry__isnull=False).select_related("entry")
        found = {row.slot: row.entry for row in rows}
        return [entry for slot in slots if (entry := found.get(slot)) is not None]


class Index:
    """The sets of this process, up to date with the database whenever they are asked."""

    def __init__(self) -> None:
        self.maps = Maps()
        self._lock = threading.RLock()
        self._seq = 0
        self._pieces: OrderedDict[tuple[Piece, bool], Slots] = OrderedDict()

    def find(self, text: str, chosen: Mapping[str, str], facets: tuple[str, ...] = FACETS) -> Found:
        """Search; see :func:`search`."""
        asked = pieces(text)
        with self._lock:
            self.catch_up()
            matched = self._matched(asked) if asked or not text.strip() else 0
            sets = {facet: self._chosen(facet, value) for facet, value in chosen.items() if value}
            whole = reduce(and_, sets.values(), matched)
            counts = {facet: self._counted(facet, matched, sets, whole) for facet in facets}
            order = self._ordered(asked, whole) if asked else self.maps.newest(whole)
            return Found(whole.bit_count(), order, counts)

    def catch_up(self) -> None:
        """Take over what changed; everything when this is another database than before."""
        latest = Change.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        with self._lock:
            if latest == self._seq:
                return
            if not Change.objects.filter(seq=self._seq).exists():
                self.maps, self._seq = Maps(), 0
            changed = Indexed.objects.filter(seq__gt=self._seq, seq__lte=latest).order_by("slot")
            rows = changed.values_list("slot", "published", "traits").iterator(BATCH)
            self.maps.put([Row(*row) for row in rows])
            self._seq = latest
            self._pieces.clear()

    def _matched(self, asked: tuple[Piece, ...]) -> Slots:
        found = self.maps.live
        for piece in asked:
            found &= self._piece(piece)
        return found

    def _piece(self, piece: Piece, *, in_title: bool = False) -> Slots:
        key = (piece, in_title)
        if key not in self._pieces:
            self._pieces[key] = as_set(slots_with(piece, in_title=in_title), self.maps.size)
            if len(self._pieces) > KEPT:
                self._pieces.popitem(last=False)
        self._pieces.move_to_end(key)
        return self._pieces[key]

    def _chosen(self, facet: str, value: str) -> Slots:
        if facet == "box":
            return as_set(_touching(read_box(value)), self.maps.size) & self.maps.live
        wanted = partial(_has, facet, value) if facet == "division" else value
        return self.maps.facets[facet].slots(wanted, self.maps.size)

    def _counted(self, facet: str, matched: Slots, sets: Mapping[str, Slots], whole: Slots) -> dict[str, int]:
        others = [slots for name, slots in sets.items() if name != facet]
        among = reduce(and_, others, matched) if facet in sets else whole
        return self.maps.facets[facet].counts(among, as_flags(among, self.maps.size))

    def _ordered(self, asked: tuple[Piece, ...], whole: Slots) -> Iterator[int]:
        """Those with more of the question in name and title first; the first of them again by BM25."""
        titles = [self._piece(piece, in_title=True) for piece in asked]
        by_title = chain.from_iterable(self.maps.newest(level) for level in _levels(titles, whole) if level)
        first = list(islice(by_title, RANKED))
        total = self.maps.live.bit_count()
        weights = {piece: (total, self._piece(piece).bit_count()) for piece in asked}
        return chain(rank(first, weights), by_title)


def search(facets: tuple[str, ...] = FACETS, /, *, text: str = "", **chosen: str) -> Found:
    """Entries in force in which every piece of ``text`` occurs and which have every chosen value.

    Without a text, the newest come first.

    Args:
        text: words; within quotation marks an exact phrase.
        facets: those to be counted.
        chosen: a value in a facet; ``division``: code of a territory; ``box``: ``w,s,e,n`` in degrees; ``duty``.

    Raises:
        ValueError: for a box that is none.
        TypeError: for a choice there is not.
    """
    if unknown := set(chosen) - set(CHOICES):
        raise TypeError(f"no choice: {', '.join(sorted(unknown))}")
    if chosen.get("box"):
        read_box(chosen["box"])
    return INDEX.find(text, chosen, facets)


INDEX = Index()


def _has(facet: str, wanted: str, value: str) -> bool:
    return has(facet, wanted, [value])


def _touching(box: Box) -> list[int]:
    west, south, east, north = box
    rows = Indexed.objects.filter(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    return list(rows.values_list("slot", flat=True))


def _levels(titles: list[Slots], whole: Slots) -> list[Slots]:
    """The slots of a set by the number of titles' sets they are in, the most first."""
    levels = [whole]
    for title in titles:
        levels = [(kept & ~title) | (below & title) for kept, below in zip([*levels, 0], [0, *levels], strict=True)]
    return levels[::-1]
