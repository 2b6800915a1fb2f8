"""The fold: the directory depends on what the logs hold, not on the order in which a node happens to read them.

Histories are made by a small circle that lives at random: members are admitted, renewed, marked, rotate their keys and
have them revoked. Every entry is acceptable at the moment it is made. Each log keeps its order; all else is shuffled.
"""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import (
    ADMITTED,
    CQ,
    DAY,
    DJ,
    LS,
    NOW,
    SC,
    TOWN,
    Entry,
    adopted,
    fold,
    keys,
    mark,
    picture,
    refused,
    revocation,
    statement,
)
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import Directory
from twincity.kernel import jws
from twincity.kernel.problems import Problem

SEEDS = st.integers(0, 2**32)
CHARTER = adopted(CQ, SC)


@dataclass
class Life:
    """A circle that lives: the entries of all logs in the order in which they were made."""

    how: random.Random
    entries: list[Entry] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)
    now: int = NOW
    revoked: set[tuple[str, str]] = field(default_factory=set)

    def live(self, steps: int) -> Life:
        for anchor in (CQ, SC):
            self.entries.append(keys(anchor))
            self.seqs[anchor] = 1
        for _ in range(steps):
            self.now += self.how.randrange(1, DAY)
            self.how.choice([self.admit, self.admit, self.renew, self.rotate, self.mark, self.revoke])()
        return self

    def issuers(self) -> list[str]:
        return [name for name in self.seqs if name in (CQ, SC) or name.startswith("sub")]

    def admit(self) -> None:
        issuer = self.how.choice(self.issuers())
        levels = 2 if issuer in (CQ, SC) and self.how.random() < 0.4 else 0
        name = f"{'sub' if levels else 'm'}{len(self.seqs)}.{issuer}"
        self.entries += [statement(name, iat=self.now, node=self.node(name, levels)), keys(name)]
        self.seqs[name] = 1

    def members(self) -> list[str]:
        return [name for name in self.seqs if name not in (CQ, SC)]

    @staticmethod
    def node(name: str, levels: int) -> dict[str, object]:
        return {"division": "510000" if name.endswith(SC) else "500000", "admits": levels}

    def renew(self) -> None:
        if self.members():
            name = self.how.choice(self.members())
            levels = 2 if name.startswith("sub") else 0
            self.entries.append(statement(name, iat=self.now, node=self.node(name, levels)))

    def rotate(self) -> None:
        name = self.how.choice(list(self.seqs))
        self.seqs[name] += 1
        seq = self.seqs[name]
        before = "tc1" if seq == 2 else f"tc1-{seq - 1}"
        self.entries.append(keys(name, seq, tc1=(before, f"tc1-{seq}"), iat=self.now))

    def mark(self) -> None:
        """An issuer marks those it has admitted; for others see the open points below."""
        name = self.how.choice(self.members() or [CQ])
        issuer = name if name == CQ else name.partition(".")[2]
        self.entries.append(mark(issuer, name, f"grade-{self.how.randrange(3)}", exp=self.now + DAY))

    def revoke(self) -> None:
        """A key that signed nothing in a log, by the issuer or by the member itself."""
        plain = [name for name in self.members() if name.startswith("m")]
        if not plain:
            return
        name = self.how.choice(plain)
        which = self.how.choice(["tc1", *(f"tc1-{seq}" for seq in range(2, self.seqs[name] + 1))])
        by = self.how.choice([name, name.partition(".")[2]])
        index = self.how.randrange(3)
        self.entries.append(revocation(by, name, which, signer=f"{by}/root", index=index, at=self.now))


def logs_of(entries: list[Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for owner, token in entries:
        found[owner].append(token)
    return found


def read_where_accepted(entries: list[Entry], how: random.Random) -> Directory:
    """Read the logs in any order in which every entry is accepted: from a log whose next entry can be taken."""
    left = {owner: tokens[::-1] for owner, tokens in logs_of(entries).items()}
    found = Directory(CHARTER)
    stuck: set[str] = set()
    while left:
        owner = how.choice(sorted(left.keys() - stuck))
        try:
            found.apply(owner, left[owner][-1])
        except Problem:
            stuck.add(owner)
            continue
        stuck.clear()
        left[owner].pop()
        if not left[owner]:
            del left[owner]
    return found


@given(SEEDS, st.integers(1, 40))
@settings(deadline=None, max_examples=40)
def test_whatever_order_the_logs_are_read_in(seed, steps):
    how = random.Random(seed)
    entries = Life(how).live(steps).entries
    lived = fold(entries)
    for _ in range(2):
        assert picture(read_where_accepted(entries, how)) == picture(lived)


@given(SEEDS, st.integers(1, 40))
@settings(deadline=None, max_examples=40)
def test_a_node_that_starts_again_reads_each_log_whole_issuers_first(seed, steps):
    entries = Life(random.Random(seed)).live(steps).entries
    logs = logs_of(entries)
    found = Directory(CHARTER)
    for owner in sorted(logs, key=lambda name: name.count(".")):
        for token in logs[owner]:
            found.apply(owner, token)
    assert picture(found) == picture(fold(entries))


@given(SEEDS)
@settings(deadline=None, max_examples=20)
def test_an_entry_that_is_entered_again_changes_no_key(seed):
    """Whoever keeps a log can repeat in it what stood there before."""
    how = random.Random(seed)
    entries = Life(how).live(20).entries
    found = fold(entries)
    before = picture(found)["keys"]
    for owner, token in how.sample(entries, len(entries) // 2):
        with pytest.raises(Problem) if jws.header(token)["typ"] == docs.KEYS else suppress(Problem):
            found.apply(owner, token)
    assert picture(found)["keys"] == before


@given(SEEDS)
@settings(deadline=None, max_examples=20)
def test_an_entry_of_another_log_is_always_refused(seed):
    how = random.Random(seed)
    entries = Life(how).live(15).entries
    found = Directory(CHARTER)
    for owner, token in entries:
        wrong = how.choice([name for name in (CQ, SC, "nobody.example") if name != owner])
        before = repr(picture(found))
        with pytest.raises(Problem):
            found.apply(wrong, token)
        assert repr(picture(found)) == before
        found.apply(owner, token)


@pytest.mark.parametrize("first", [0, 1])
def test_two_revocations_of_one_place_leave_the_same_record(first):
    """By the member and by its issuer, in two logs."""
    pair = [revocation(CQ, DJ, reason="lost"), revocation(DJ, DJ, signer=f"{DJ}/root", reason="stolen")]
    expected = fold([*ADMITTED, *pair])
    assert picture(fold([*ADMITTED, pair[first], pair[1 - first]])) == picture(expected)


class TestOpenPoints:
    """What FEDERATION.md leaves open: here it does matter which log is read first."""

    def test_a_mark_for_a_member_not_yet_known_is_passed_over(self):
        refused(fold([keys(CQ), keys(SC)]), mark(CQ, LS), f"{LS} is not a member", "sub")
        assert fold([*ADMITTED, mark(CQ, LS)]).members[LS].marks

    def test_a_document_signed_before_its_key_was_revoked(self):
        sub = [*ADMITTED, statement(DJ, iat=NOW + 1, node={"admits": 1})]
        town, lost = statement(TOWN), revocation(CQ, DJ)
        assert TOWN in fold([*sub, town, lost]).members
        refused(fold([*sub, lost]), town, "signed by an unknown key")
