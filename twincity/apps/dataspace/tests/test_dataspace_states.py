"""Every message in every state from every side: taken exactly where the protocol has an edge."""

from __future__ import annotations

import pytest

from twincity.apps.dataspace.protocol import states
from twincity.kernel.problems import Problem

ROLES = ("provider", "consumer")
NEGOTIATED = {
    ("offered", "request", "consumer", "requested"),
    ("requested", "offer", "provider", "offered"),
    ("offered", "accept", "consumer", "accepted"),
    ("requested", "agree", "provider", "agreed"),
    ("accepted", "agree", "provider", "agreed"),
    ("agreed", "verify", "consumer", "verified"),
    ("verified", "finalize", "provider", "finalized"),
    *(
        (state, "terminate", role, "terminated")
        for state in ("requested", "offered", "accepted", "agreed", "verified")
        for role in ROLES
    ),
}
TRANSFERRED = {
    ("requested", "start", "provider", "started"),
    *(("suspended", "start", role, "started") for role in ROLES),
    *(("started", "suspend", role, "suspended") for role in ROLES),
    *(("started", "complete", role, "completed") for role in ROLES),
    *((state, "terminate", role, "terminated") for state in ("requested", "started", "suspended") for role in ROLES),
}


def edges(graph, moves, moved):
    for state in graph.states:
        for act in moves:
            for role in ROLES:
                try:
                    yield state, act, role, moved(state, act, role)
                except Problem:
                    continue


@pytest.mark.parametrize(
    ("graph", "moves", "moved", "expected"),
    [
        (states.NegotiationGraph, states.NEGOTIATION, states.negotiated, NEGOTIATED),
        (states.TransferGraph, states.TRANSFER, states.transferred, TRANSFERRED),
    ],
)
def test_the_edges_are_those_of_the_protocol(graph, moves, moved, expected):
    found = set(edges(graph, moves, moved))
    assert found == expected
    assert all(to in graph.states[state].successors for state, _, _, to in found)
