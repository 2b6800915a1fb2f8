from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.states import MAX_DELAY, GraphError, IllegalMoveError, State, StateGraph, back_off

OPEN = State("open", to=("shut",), initial=True, try_interval=1)
SHUT = State("shut", final=True)


def graph(*states):
    return type("Graph", (StateGraph,), {state.name: state for state in states})


def test_a_graph_knows_its_states_and_edges():
    class Door(StateGraph):
        OPEN = State("open", to=("shut",), initial=True, try_interval=1, timeout=9, times_out_to="lost")
        shut = State("shut", final=True)
        lost = State("lost", final=True, delete_after=60)

    assert list(Door.states) == ["open", "shut", "lost"]
    assert Door.initial is Door.OPEN
    assert Door.edge("open", "shut") is Door.shut
    assert Door.edge("open", "lost") is Door.lost


@pytest.mark.parametrize(("old", "new"), [("shut", "open"), ("open", "open"), ("open", "gone"), ("gone", "open")])
def test_only_edges_may_be_walked(old, new):
    with pytest.raises(IllegalMoveError, match=f"{old} cannot become {new}"):
        graph(OPEN, SHUT).edge(old, new)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (State("open", to=("shut",), initial=True), "needs try_interval"),
        (State("open", to=("shut",), initial=True, externally_progressed=True, try_interval=1), "only a handled state"),
        (State("open", to=("shut",), initial=True, try_interval=0), "times are positive"),
        (State("open", to=("shut",), initial=True, try_interval=1, timeout=5), "belong together"),
        (State("open", to=("shut",), initial=True, try_interval=1, times_out_to="shut"), "belong together"),
        (State("open", to=("shut",), initial=True, try_interval=1, delete_after=5), "only a final state is deleted"),
        (State("open", to=("shut",), initial=True, final=True), "a final state has no successor"),
        (State("open", initial=True, try_interval=1), "must be final"),
        (State("open", initial=True, final=True, externally_progressed=True), "a final state is not progressed"),
        (State("open", to=("shut", "gone"), initial=True, try_interval=1), "leads to unknown gone"),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(state, message):
    with pytest.raises(GraphError, match=message):
        graph(state, SHUT)


def test_exactly_one_state_is_initial():
    with pytest.raises(GraphError, match="found 0"):
        graph(State("open", to=("shut",), try_interval=1), SHUT)
    with pytest.raises(GraphError, match="found 2"):
        graph(OPEN, State("shut", final=True, initial=True))


def test_every_state_can_be_reached():
    with pytest.raises(GraphError, match="ajar cannot be reached"):
        graph(OPEN, SHUT, State("ajar", to=("shut",), externally_progressed=True))


def test_every_state_can_end():
    with pytest.raises(GraphError, match="left, right can never end"):
        graph(
            State("open", to=("shut", "left"), initial=True, try_interval=1),
            SHUT,
            State("left", to=("right",), externally_progressed=True),
            State("right", to=("left",), externally_progressed=True),
        )


def test_a_state_is_named_as_its_attribute():
    with pytest.raises(GraphError, match=r"Door\.opened is named 'open'"):
        type("Door", (StateGraph,), {"opened": OPEN})


@st.composite
def edges(draw):
    """Any directed graph of up to six states; those without a way on are final."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    return {name: draw(st.frozensets(st.sampled_from(names), max_size=3)) for name in names}


def reached(start, ways):
    seen = {start}
    for _ in ways:
        seen |= {following for name in seen for following in ways[name]}
    return seen


@given(edges())
def test_a_graph_is_accepted_exactly_when_all_is_reached_and_all_can_end(ways):
    finals = {name for name, following in ways.items() if not following}
    states = [
        State(name, final=True, initial=name == "s0")
        if name in finals
        else State(name, to=tuple(sorted(following)), initial=name == "s0", externally_progressed=True)
        for name, following in ways.items()
    ]
    sound = reached("s0", ways) == set(ways) and all(reached(name, ways) & finals for name in ways)
    if sound:
        made = graph(*states)
        assert {name: state.successors for name, state in made.states.items()} == ways
    else:
        with pytest.raises(GraphError):
            graph(*states)


intervals = st.floats(0.01, 100_000)
fractions = st.floats(0, 1)


@given(intervals, st.integers(0, 10_000), fractions)
def test_back_off_stays_within_its_bounds(interval, failures, fraction):
    wait = back_off(interval, failures, fraction)
    assert interval / 2 <= wait <= max(interval, MAX_DELAY)


@given(intervals, st.integers(0, 60), fractions)
def test_back_off_never_shrinks_with_failures(interval, failures, fraction):
    assert back_off(interval, failures, fraction) <= back_off(interval, failures + 1, fraction)


def test_back_off_doubles():
    assert [back_off(10, failures, 1) for failures in range(4)] == [10, 20, 40, 80]
    assert back_off(10, 1, 0) == 10
