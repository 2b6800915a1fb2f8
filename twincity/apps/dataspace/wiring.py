"""Registers the doors, the job and the operations of the dataspace face."""

from __future__ import annotations

from twincity.apps.dataspace import api, jobs, operations

__all__ = ["api", "jobs", "operations"]
