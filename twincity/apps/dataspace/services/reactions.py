"""What is done without a person: which answer a request gets, and whether an offer is what was asked for."""

from __future__ import annotations

from typing import Literal

from twincity.engines.exchange.facade import Terms, narrower
from twincity.kernel.problems import Problem

Reaction = Literal["agree", "offer", "wait"]


def answer_to(*, wanted: Terms, offered: Terms, answer: str) -> Reaction:
    """What a provider does with a request: ``answer`` is the offer's ``auto`` or ``person``."""
    if answer == "person":
        return "wait"
    return "agree" if within(asked=offered, given=wanted) else "offer"


def within(*, asked: Terms, given: Terms) -> bool:
    """Whether terms give nothing that others do not."""
    try:
        narrower(asked=asked, given=given)
    except Problem:
        return False
    return True
