"""Search over everything in force: text, facets with counts, territory and map extent, best first.

What the question matches comes from the database as a set of slots (:mod:`.postings`); all else is counting and cutting
sets in memory (:mod:`.maps`), which catch up by the order of changes. So an answer costs as much as its words are
frequent, not as the catalogue is long.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from itertools import chain, islice
from operator import and_
from typing import Literal

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast

from twincity.engines.catalogue.documents import FACETS, Piece, pieces, read_box
from twincity.engines.catalogue.documents.traits import has
from twincity.engines.catalogue.models import Change, Entry, Indexed
from twincity.engines.catalogue.queries.maps import Maps, Row, Slots, as_flags, as_set
from twincity.engines.catalogue.queries.postings import rows_with, slots_touching, slots_with
from twincity.engines.catalogue.queries.ranking import RANKED, rank

KEPT = 256
"""Sets of slots kept of what was asked for and chosen last: 12.5 kB each at 100,000 entries."""
COUNTED = 1000
"""Pieces whose number of rows is remembered."""
BATCH = 5000
Order = Literal["best", "newest", "oldest", "name"]
"""``name``: by owner, then name: the one order that publishing a new version does not change."""
Span = tuple[int, int]
"""First and last second of publishing, since 1970."""
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
        rows = Indexed.objects.filter(slot__in=slots, entry__isnull=False)
        identifiers = dict(rows.values_list("slot", "entry_id"))
        found = Entry.objects.in_bulk(list(identifiers.values()))
        return [found[identifiers[slot]] for slot in slots if slot in identifiers]


class Index:
    """The sets of this process, up to date with the database whenever they are asked."""

    def __init__(self) -> None:
        self.maps = Maps()
        self._lock = threading.RLock()
        self._seq = 0
        self._answers: OrderedDict[tuple[object, object], Slots] = OrderedDict()
        self._rows: OrderedDict[Piece, int] = OrderedDict()
        self._named: list[int] = []

    def find(
        self,
        text: str,
        chosen: Mapping[str, str],
        facets: tuple[str, ...] = FACETS,
        order: Order = "best",
        span: Span | None = None,
    ) -> Found:
        """Search; see :func:`search`."""
        asked = pieces(text)
        with self._lock:
            self.catch_up()
            matched = self._slots(asked) if asked else 0 if text.strip() else self.maps.live
            sets = {facet: self._chosen(facet, value) for facet, value in chosen.items() if value}
            matched &= self.maps.spanned(span) if span else matched
            whole = reduce(and_, sets.values(), matched)
            counts = self._counted(facets, matched, sets)
            return Found(whole.bit_count(), self._in_order(order, asked, whole), counts)

    def catch_up(self) -> None:
        """Take over what changed; everything when this is another database than before."""
        latest = Change.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        with self._lock:
            if latest == self._seq:
                return
            if not Change.objects.filter(seq=self._seq).exists():
                self.maps, self._seq = Maps(), 0
            changed = Indexed.objects.filter(seq__gt=self._seq, seq__lte=latest).order_by("slot")
            texts = Cast("traits", TextField())  # read by msgspec: what Django reads it with takes five times as long
            rows = changed.values_list("slot", "published", texts).iterator(BATCH)
            self.maps.put(Row(slot, published, _traits(text)) for slot, published, text in rows)
            self._seq = latest
            self._answers.clear()
            self._rows.clear()
            self._named.clear()

    def _slots(self, asked: tuple[Piece, ...], *, in_title: bool = False) -> Slots:
        """The slots in which all pieces occur."""
        return self._kept((asked, in_title), lambda: self._live(slots_with(asked, in_title=in_title)))

    def _kept(self, key: tuple[object, object], make: Callable[[], Slots]) -> Slots:
        """A set of slots; the latest ones are kept until something changes."""
        if key not in self._answers:
            self._answers[key] = make()
            if len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return self._answers[key]

    def _live(self, slots: list[int]) -> Slots:
        return as_set(slots, self.maps.size) & self.maps.live

    def _weights(self, asked: tuple[Piece, ...]) -> dict[Piece, tuple[int, int]]:
        """For each piece the number of all entries and of those with it; a single one is not counted, nor weighed."""
        if len(asked) == 1:
            return {asked[0]: (1, 1)}
        return {piece: (self.maps.live.bit_count(), self._having(piece)) for piece in asked}

    def _having(self, piece: Piece) -> int:
        if piece not in self._rows:
            self._rows[piece] = rows_with(piece)
            if len(self._rows) > COUNTED:
                self._rows.popitem(last=False)
        return self._rows[piece]

    def _chosen(self, facet: str, value: str) -> Slots:
        return self._kept((facet, value), partial(self._choose, facet, value))

    def _choose(self, facet: str, value: str) -> Slots:
        if facet == "box":
            return self._live(slots_touching(read_box(value)))
        wanted = partial(_has, facet, value) if facet == "division" else value
        return self.maps.facets[facet].slots(wanted, self.maps.size)

    def _counted(self, facets: tuple[str, ...], matched: Slots, sets: Mapping[str, Slots]) -> dict[str, dict[str, int]]:
        """Counts of each facet under the choices in all the others."""
        flags: dict[Slots, bytes] = {}
        found = {}
        for facet in facets:
            among = reduce(and_, (slots for name, slots in sets.items() if name != facet), matched)
            if among not in flags:
                flags[among] = as_flags(among, self.maps.size)
            found[facet] = self.maps.facets[facet].counts(among, flags[among])
        return found

    def _in_order(self, order: Order, asked: tuple[Piece, ...], whole: Slots) -> Iterator[int]:
        if order == "best" and asked:
            return self._ordered(asked, whole)
        if order == "name":
            return self.maps.chosen_from(self._by_name(), whole)
        newest = self.maps.newest(whole)
        return reversed(list(newest)) if order == "oldest" else newest

    def _by_name(self) -> list[int]:
        if not self._named:
            rows = Indexed.objects.filter(entry__isnull=False).order_by("owner", "name")
            self._named.extend(slot for slot in rows.values_list("slot", flat=True) if slot < self.maps.size)
        return self._named

    def _ordered(self, asked: tuple[Piece, ...], whole: Slots) -> Iterator[int]:
        """Those with the question in name and title first; the first of all once more by BM25."""
        if not whole:
            return iter(())
        if whole.bit_count() == 1:
            return self.maps.newest(whole)
        if whole.bit_count() <= RANKED:
            return iter(rank(list(self.maps.newest(whole)), self._weights(asked)))
        titles = self._slots(asked, in_title=True) & whole
        order = chain(self.maps.newest(titles), self.maps.newest(whole & ~titles))
        first = list(islice(order, RANKED))
        return chain(rank(first, self._weights(asked)), order)


def search(
    facets: tuple[str, ...] = FACETS,
    order: Order = "best",
    span: Span | None = None,
    /,
    *,
    text: str = "",
    **chosen: str,
) -> Found:
    """Entries in force in which every piece of ``text`` occurs and which have every chosen value.

    Without a text, the newest are the best.

    Args:
        facets: those to be counted.
        order: of the entries.
        span: when they were published.
        text: words; within quotation marks an exact phrase.
        chosen: a value in a facet; ``division``: code of a territory; ``box``: ``w,s,e,n`` in degrees; ``duty``.

    Raises:
        ValueError: for a box that is none.
        TypeError: for a choice there is not.
    """
    if unknown := set(chosen) - set(CHOICES):
        raise TypeError(f"no choice: {', '.join(sorted(unknown))}")
    if chosen.get("box"):
        read_box(chosen["box"])
    return INDEX.find(text, chosen, facets, order, span)


INDEX = Index()


_traits = msgspec.json.Decoder(dict[str, list[str]]).decode


def _has(facet: str, wanted: str, value: str) -> bool:
    return has(facet, wanted, [value])
