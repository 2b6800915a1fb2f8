"""Places lent out while a peer is waited for, those that emergencies keep, and how long the refused stay away."""

from __future__ import annotations

import pytest

from twincity.kernel.limits import OVERLOADED, AdaptiveLimit, Gate, Priority
from twincity.kernel.problems import Problem

BATCH, INTERACTIVE, EMERGENCY = Priority


def gate_of(places):
    return Gate(AdaptiveLimit(start=places, minimum=2, maximum=places), rate=1e6, burst=1e6)


def fill(gate, priority, now=0.0):
    tickets = []
    with pytest.raises(Problem) as caught:
        tickets.extend(gate.enter("a", priority, None, now) for _ in range(10_000))
    assert caught.value.kind is OVERLOADED
    return tickets


def test_a_place_is_lent_to_others_while_its_peer_is_waited_for():
    gate = gate_of(20)
    waiting = fill(gate, INTERACTIVE)
    for ticket in waiting:
        ticket.rest()
    assert gate.in_work == 0
    others = fill(gate, INTERACTIVE)
    assert len(others) == len(waiting) == 18


def test_work_that_was_let_in_goes_on_whether_there_is_room_or_not():
    gate = gate_of(20)
    waiting = fill(gate, INTERACTIVE)
    for ticket in waiting:
        ticket.rest()
    others = fill(gate, INTERACTIVE)
    for ticket in waiting:
        ticket.resume(1.0)
    assert gate.in_work == 36
    for ticket in waiting + others:
        ticket.leave(2.0)
    assert gate.in_work == 0


def test_the_time_of_waiting_tells_nothing_about_load():
    gate = gate_of(20)
    ticket = gate.enter("a", INTERACTIVE, None, 0.0, "upload")
    ticket.rest()
    ticket.resume(30.0)
    ticket.leave(30.25)
    assert gate.limit.base("upload") == 0.25


def test_a_ticket_that_was_left_neither_rests_nor_resumes():
    gate = gate_of(20)
    ticket = gate.enter("a", BATCH, None, 0.0)
    ticket.leave(1.0)
    ticket.rest()
    ticket.resume(2.0)
    assert gate.in_work == 0


def test_emergencies_find_room_while_others_hold_more_than_a_fallen_limit():
    limit = AdaptiveLimit(start=100, minimum=20, maximum=100)
    gate = Gate(limit, rate=1e6, burst=1e6)
    held = fill(gate, INTERACTIVE)
    for second in range(40):  # answers come far too late: the limit falls to its minimum
        for _ in range(5):
            limit.observe(5.0 if second else 0.01, "", 90, float(second))
    assert limit.value(40.0) == 20 < len(held)
    assert len(fill(gate, EMERGENCY, 40.0)) == 2
    with pytest.raises(Problem):
        gate.enter("a", INTERACTIVE, None, 40.0)


def pauses(gate, second, count):
    """What so many callers are told when there is no room."""
    waits = []
    for _ in range(count):
        with pytest.raises(Problem) as caught:
            gate.enter("a", INTERACTIVE, None, second)
        waits.append(caught.value.retry_after)
    return waits


def test_the_refused_stay_away_longer_while_there_are_many_of_them():
    gate = gate_of(20)
    fill(gate, INTERACTIVE)
    longest = [max(pauses(gate, float(second), 100)) for second in range(0, 20, 2)]
    assert longest == sorted(longest)
    assert longest[-1] == pytest.approx(Gate.LONGEST * longest[0])


def test_they_return_soon_when_they_have_become_few():
    gate = gate_of(20)
    fill(gate, INTERACTIVE)
    many = [max(pauses(gate, float(second), 100)) for second in range(0, 20, 2)][-1]
    for second in range(20, 40, 2):
        for _ in range(100):  # work that is let in without a fuss
            gate.enter("b", EMERGENCY, None, float(second)).leave(float(second), counts=False)
    assert max(pauses(gate, 40.0, 100)) == pytest.approx(many / Gate.LONGEST)


def test_a_pause_of_all_forgets_how_many_they_were():
    gate = gate_of(20)
    fill(gate, INTERACTIVE)
    many = [max(pauses(gate, float(second), 100)) for second in range(0, 20, 2)][-1]
    assert max(pauses(gate, 1000.0, 100)) == pytest.approx(many / Gate.LONGEST)
