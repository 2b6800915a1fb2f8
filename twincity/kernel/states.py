"""State graphs: what a delivery, a case or a session may become, checked when the class is defined.

The idea is Takahe's Stator: a row carries its state, the graph says what happens to rows in that state, and one table
is queue, log and truth at once. This module is pure, so that rules can hold graphs; the rows are in ``kernel.tracked``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

MAX_DELAY = 3600.0
"""Longest wait between two attempts, in seconds."""


class GraphError(TypeError):
    """A graph's definition contradicts itself; the message names the state."""


class IllegalMoveError(ValueError):
    """The graph has no edge between the two states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    to: tuple[str, ...] = ()
    """States that a handler or a caller may move to."""
    initial: bool = False
    """Rows begin here; exactly one state of a graph does."""
    try_interval: float | None = None
    """Seconds until a handler that did not move the row is tried again."""
    timeout: float | None = None
    """Seconds after which the row moves to ``times_out_to``."""
    times_out_to: str = ""
    externally_progressed: bool = False
    """No handler: a caller moves the row, or the timeout does."""
    final: bool = False
    """Nothing leads away."""
    delete_after: float | None = None
    """Seconds after which a row in this final state is deleted."""


@dataclass(frozen=True, slots=True)
class State(_Options):
    """One state; times are in seconds, other states are given by name."""

    name: str

    @property
    def handled(self) -> bool:
        """A handler works on rows in this state."""
        return not (self.final or self.externally_progressed)

    @property
    def successors(self) -> frozenset[str]:
        """Names of all states that may follow, by a move or by the timeout."""
        return frozenset(self.to) | ({self.times_out_to} if self.times_out_to else frozenset())


class StateGraph:
    """Base of all graphs; a subclass names its states as class attributes and is checked at once.

    Raises:
        GraphError: when a state is misnamed or contradicts itself, when there is not exactly one initial state,
            when an edge leads nowhere, or when a state cannot be reached or can never end.
    """

    states: ClassVar[dict[str, State]]
    initial: ClassVar[State]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.states = _collect(cls)
        for state in cls.states.values():
            _check_state(state, cls.states)
        beginnings = [state for state in cls.states.values() if state.initial]
        if len(beginnings) != 1:
            raise GraphError(f"{cls.__name__} needs exactly one initial state, found {len(beginnings)}")
        cls.initial = beginnings[0]
        _check_paths(cls.__name__, cls.initial, cls.states)

    @classmethod
    def edge(cls, old: str, new: str) -> State:
        """The state ``new``, if ``old`` may become it.

        Raises:
            IllegalMoveError: otherwise.
        """
        if old not in cls.states or new not in cls.states[old].successors:
            raise IllegalMoveError(f"{cls.__name__}: {old} cannot become {new}")
        return cls.states[new]


def back_off(interval: float, failures: int, fraction: float) -> float:
    """Seconds to wait after so many failures in a row.

    The wait doubles with each failure up to :data:`MAX_DELAY`; ``fraction`` (0 to 1, drawn at random) spreads it over
    its upper half, so that rows which failed together do not come back together.
    """
    # Beyond 2^30 the cap has long been reached, and a float could overflow.
    longest = max(interval, min(interval * 2 ** min(failures, 30), MAX_DELAY))
    return longest * (1 + fraction) / 2


def _collect(graph: type[StateGraph]) -> dict[str, State]:
    found = {}
    for attribute, value in vars(graph).items():
        if isinstance(value, State) and attribute != "initial":
            if value.name != attribute.lower():
                raise GraphError(f"{graph.__name__}.{attribute} is named {value.name!r}")
            found[value.name] = value
    return found


def _check_state(state: State, states: dict[str, State]) -> None:
    problem = _contradiction(state)
    if problem:
        raise GraphError(f"state {state.name}: {problem}")
    unknown = state.successors - states.keys()
    if unknown:
        raise GraphError(f"state {state.name} leads to unknown {', '.join(sorted(unknown))}")


def _contradiction(state: State) -> str:
    rules = {
        "timeout and times_out_to belong together": (state.timeout is None) == (not state.times_out_to),
        "a final state has no successor": not (state.final and state.successors),
        "a state without successor must be final": state.final or bool(state.successors),
        "a final state is not progressed": not (state.final and state.externally_progressed),
        "only a final state is deleted": state.final or state.delete_after is None,
        "a handled state needs try_interval": not state.handled or state.try_interval is not None,
        "only a handled state has try_interval": state.handled or state.try_interval is None,
        "times are positive": all(
            seconds is None or seconds > 0 for seconds in (state.timeout, state.try_interval, state.delete_after)
        ),
    }
    return next((rule for rule, holds in rules.items() if not holds), "")


def _check_paths(graph: str, initial: State, states: dict[str, State]) -> None:
    forward = {name: state.successors for name, state in states.items()}
    lost = states.keys() - _reach({initial.name}, forward)
    if lost:
        raise GraphError(f"{graph}: {', '.join(sorted(lost))} cannot be reached")
    backward = {name: frozenset(old for old, following in forward.items() if name in following) for name in states}
    endless = states.keys() - _reach({name for name, state in states.items() if state.final}, backward)
    if endless:
        raise GraphError(f"{graph}: {', '.join(sorted(endless))} can never end")


def _reach(start: set[str], edges: dict[str, frozenset[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        for name in edges[waiting.pop()] - seen:
            seen.add(name)
            waiting.append(name)
    return seen
