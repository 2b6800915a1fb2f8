"""Bulk deliveries of other members' files to this node."""

from __future__ import annotations

from django.db import models

from twincity.kernel import clock
from twincity.kernel.states import State, StateGraph
from twincity.kernel.tracked import Tracked


class TransferGraph(StateGraph):
    """Waiting for its turn or for the provider to return, running, paused by a person; then done or given up."""

    WAITING = State("waiting", initial=True, externally_progressed=True, to=("running", "paused", "cancelled"))
    RUNNING = State("running", externally_progressed=True, to=("waiting", "paused", "done", "failed", "cancelled"))
    PAUSED = State("paused", externally_progressed=True, to=("waiting", "cancelled"))
    DONE = State("done", final=True)
    FAILED = State("failed", final=True)
    CANCELLED = State("cancelled", final=True)


class Transfer(Tracked):
    """A file that is fetched from a provider, its bytes in the node's home under ``transfers/ID``."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    graph = TransferGraph

    id = models.CharField(max_length=36, primary_key=True)
    provider = models.CharField(max_length=200)
    service = models.CharField(max_length=100)
    path = models.CharField(max_length=400)
    """Describes the file; ``PATH/TAG?offset=N`` gives its bytes."""
    query = models.CharField(max_length=1000, blank=True)
    purpose = models.CharField(max_length=100)
    case = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150)
    created = models.DateTimeField(default=clock.now)
    tag = models.CharField(max_length=128, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    received = models.BigIntegerField(default=0)
    """Bytes on disk when a run last ended; the file itself is the truth."""
    error = models.CharField(max_length=300, blank=True)
    """Why the last run broke off, or why there will be no other."""
    failures = models.IntegerField(default=0)
    """Runs in a row that brought nothing."""
    due = models.DateTimeField(default=clock.now)
    """Before this nobody tries again."""

    class Meta:
        ordering = ["-created"]
