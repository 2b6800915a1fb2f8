"""The states of an agreement: who may do what in which, and what it leads to."""

from __future__ import annotations

from typing import Literal

from twincity.kernel.problems import Problem, define

BAD_STATE = define(
    "agreement-state", 409, zh="合约处于 {state}, 不能 {act}", en="The agreement is {state} and cannot be {act}"
)
Role = Literal["provider", "consumer"]
_GRAPH: dict[tuple[Role, str], dict[str, str]] = {
    ("provider", "active"): {"requested": "active", "suspended": "active"},
    ("provider", "refused"): {"requested": "refused", "offered": "refused"},
    ("provider", "suspended"): {"active": "suspended"},
    ("provider", "ended"): {"active": "ended", "suspended": "ended"},
    ("provider", "offered"): {"requested": "offered"},
    ("consumer", "requested"): {"offered": "requested"},
    ("consumer", "withdrawn"): {
        "requested": "withdrawn", "offered": "withdrawn", "active": "ended", "suspended": "ended",
    },
}  # fmt: skip
"""By role and act: from which state to which. ``requested`` again is an answer to an offer, in its terms or others."""


def after(state: str, act: str, role: Role) -> str:
    """The state that an act leads to.

    Raises:
        Problem: ``agreement-state``.
    """
    to = _GRAPH.get((role, act), {}).get(state)
    if to is None:
        raise Problem(BAD_STATE, field="state", state=state, act=act)
    return to
