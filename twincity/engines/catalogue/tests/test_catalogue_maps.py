"""The sets in memory say what reading every row would, whatever was written before and in how many goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.queries.maps import Maps, Row

SLOTS = st.integers(1, 90)
TRAITS = st.dictionaries(
    st.sampled_from(["kind", "theme"]), st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True)
)
ROWS = st.dictionaries(SLOTS, st.tuples(st.integers(0, 5), TRAITS), max_size=60)


def slots_of(found):
    return {slot for slot in range(found.bit_length()) if found >> slot & 1}


def as_bits(slots):
    return sum(1 << slot for slot in slots)


def put(batches):
    """The maps after some batches, and what each slot's row says in the end."""
    maps, rows = Maps(), {}
    for batch in batches:
        maps.put(Row(slot, published, traits) for slot, (published, traits) in batch.items())
        rows |= batch
    return maps, rows


@given(st.lists(ROWS, max_size=4), st.sets(SLOTS))
def test_values_and_counts_are_those_of_the_rows(batches, among):
    maps, rows = put(batches)
    assert slots_of(maps.live) == {slot for slot, (_, traits) in rows.items() if traits}
    among &= set(range(maps.size))
    flags = bytes(slot in among for slot in range(maps.size))
    for facet in ("kind", "theme"):
        holding = {
            value: {slot for slot, (_, traits) in rows.items() if value in traits.get(facet, [])} for value in "abcd"
        }
        assert {value: slots_of(maps.facets[facet].slots(value, maps.size)) for value in "abcd"} == holding
        counts = {value: len(slots & among) for value, slots in holding.items() if slots & among}
        assert maps.facets[facet].counts(as_bits(among), flags) == counts


@given(st.lists(ROWS, max_size=3), st.sets(SLOTS))
def test_the_latest_come_first_and_those_of_one_time_by_slot(batches, among):
    maps, rows = put(batches)
    asked = {slot for slot in among if slot in rows}
    expected = sorted(asked, key=lambda slot: (-rows[slot][0], slot))
    assert list(maps.newest(as_bits(asked))) == expected
