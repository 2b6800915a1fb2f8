"""What can be wrong with a log, ours or another's."""

from __future__ import annotations


class LogError(RuntimeError):
    """Something is wrong with a log; the message says what and where."""


class CorruptLogError(LogError):
    """What is on disk, or what was fetched, contradicts itself or lacks what it must have."""


class StaleCheckpointError(LogError):
    """A peer shows a checkpoint smaller than one already verified: an old copy, or a log set back."""
