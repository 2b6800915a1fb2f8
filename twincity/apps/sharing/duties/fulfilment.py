"""Whether a duty is fulfilled: by the datasets that its province offers for it, their age and their quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from twincity.engines.catalogue.facade import Duty, DutyList, EntryRecord

_DAY = 86_400


class State(StrEnum):
    """How a duty stands, the best first."""

    FULFILLED = "fulfilled"
    FAILED = "failed"
    OVERDUE = "overdue"
    MISSING = "missing"


class Judged(NamedTuple):
    """A duty of one province, how it stands, and the datasets offered for it."""

    identifier: str
    """``LIST/NUMBER``, the same for all provinces."""
    province: str
    duty: Duty
    state: State
    datasets: tuple[EntryRecord, ...]


class Tally(NamedTuple):
    """A group of duties by state; ``unnamed`` are those that the list only counts."""

    states: Mapping[State, int]
    unnamed: int = 0

    @property
    def owed(self) -> int:
        """All of them."""
        return sum(self.states.values()) + self.unnamed


def identifier(found: DutyList, duty: Duty) -> str:
    """The name by which datasets state that they fulfil a duty."""
    return f"{found.list}/{duty.number}"


def judge(
    found: DutyList,
    duty: Duty,
    datasets: Iterable[EntryRecord],
    divisions: Mapping[str, str],
    overdue: Mapping[str, int],
    now: int,
) -> Judged:
    """How a duty stands; with several datasets, as the best of them.

    Args:
        found: the part of the list that it stands in.
        duty: the duty.
        datasets: those in force that state its identifier; only those of members of the province count.
        divisions: territory of each member, GB/T 2260.
        overdue: days after which a dataset is too old, by rhythm. The stricter of the duty's and its own rhythm counts.
        now: seconds since 1970.
    """
    name = identifier(found, duty)
    own = tuple(
        each
        for each in datasets
        if name in each.body.get("duties", ()) and divisions.get(each.owner, "")[:2] == found.province[:2]
    )
    states = [_state(duty, each, overdue, now) for each in own]
    best = min(states, key=list(State).index, default=State.MISSING)
    return Judged(name, found.province, duty, best, own)


def tally(judged: Iterable[Judged], unnamed: int = 0) -> Tally:
    """Count duties by state."""
    states = dict.fromkeys(State, 0)
    for each in judged:
        states[each.state] += 1
    return Tally(states, unnamed)


def _state(duty: Duty, dataset: EntryRecord, overdue: Mapping[str, int], now: int) -> State:
    limits = [overdue[word] for word in (duty.rhythm, dataset.body.get("rhythm", "")) if word in overdue]
    if limits and now - dataset.published_at > min(limits) * _DAY:
        return State.OVERDUE
    quality = dataset.body.get("quality") or {}
    return State.FAILED if quality.get("verdict") == "failed" else State.FULFILLED
