"""The two state machines, and which message moves them on whose word."""

from __future__ import annotations

from typing import Literal, NamedTuple

from twincity.kernel.problems import Problem, define
from twincity.kernel.states import State, StateGraph

Role = Literal["provider", "consumer"]
WRONG_STATE = define(
    "dataspace-state",
    409,
    zh="流程处于 {state}, 不能由{role}执行 {message}",
    en="The process is {state}: the {role} cannot send {message} now",
)


class NegotiationGraph(StateGraph):
    """Contract negotiation (Contract Negotiation Protocol, section "States")."""

    REQUESTED = State("requested", initial=True, externally_progressed=True, to=("offered", "agreed", "terminated"))
    OFFERED = State("offered", externally_progressed=True, to=("requested", "accepted", "terminated"))
    ACCEPTED = State("accepted", externally_progressed=True, to=("agreed", "terminated"))
    AGREED = State("agreed", externally_progressed=True, to=("verified", "terminated"))
    VERIFIED = State("verified", externally_progressed=True, to=("finalized", "terminated"))
    FINALIZED = State("finalized", final=True)
    TERMINATED = State("terminated", final=True)


class TransferGraph(StateGraph):
    """Transfer process (Transfer Process Protocol, section "States")."""

    REQUESTED = State("requested", initial=True, externally_progressed=True, to=("started", "terminated"))
    STARTED = State("started", externally_progressed=True, to=("suspended", "completed", "terminated"))
    SUSPENDED = State("suspended", externally_progressed=True, to=("started", "terminated"))
    COMPLETED = State("completed", final=True)
    TERMINATED = State("terminated", final=True)


class Move(NamedTuple):
    """What a message does: who may send it, from which states, to which."""

    by: tuple[Role, ...]
    after: frozenset[str]
    to: str


_BOTH: tuple[Role, ...] = ("provider", "consumer")
NEGOTIATION = {
    "request": Move(("consumer",), frozenset({"offered"}), "requested"),
    "offer": Move(("provider",), frozenset({"requested"}), "offered"),
    "accept": Move(("consumer",), frozenset({"offered"}), "accepted"),
    "agree": Move(("provider",), frozenset({"requested", "accepted"}), "agreed"),
    "verify": Move(("consumer",), frozenset({"agreed"}), "verified"),
    "finalize": Move(("provider",), frozenset({"verified"}), "finalized"),
    "terminate": Move(_BOTH, frozenset({"requested", "offered", "accepted", "agreed", "verified"}), "terminated"),
}
TRANSFER = {
    "start": Move(_BOTH, frozenset({"requested", "suspended"}), "started"),
    "suspend": Move(_BOTH, frozenset({"started"}), "suspended"),
    "complete": Move(_BOTH, frozenset({"started"}), "completed"),
    "terminate": Move(_BOTH, frozenset({"requested", "started", "suspended"}), "terminated"),
}


def negotiated(state: str, act: str, by: Role) -> str:
    """The state after an act in a negotiation.

    Raises:
        Problem: ``dataspace-state``.
    """
    return _moved(NEGOTIATION, state, act, by)


def transferred(state: str, act: str, by: Role) -> str:
    """The state after an act in a transfer; only the provider begins one, either side takes it up again.

    Raises:
        Problem: ``dataspace-state``.
    """
    if act == "start" and by == "consumer" and state == "requested":
        raise _refused(state, act, by)
    return _moved(TRANSFER, state, act, by)


def _moved(moves: dict[str, Move], state: str, act: str, by: Role) -> str:
    move = moves[act]
    if by not in move.by or state not in move.after:
        raise _refused(state, act, by)
    return move.to


def _refused(state: str, act: str, by: Role) -> Problem:
    return Problem(WRONG_STATE, field="state", state=state.upper(), role=by, message=act)
