"""Registers the catalogue's handlers of public documents, its job, its operations and its panel."""

from __future__ import annotations

from functools import partial

from twincity.engines.catalogue import jobs, operations, panels, services
from twincity.engines.catalogue.documents import ENDORSEMENT, TYPES, WITHDRAWAL
from twincity.engines.circle import facade as circle

__all__ = ["jobs", "operations", "panels"]

for typ in (*TYPES, WITHDRAWAL):
    circle.on_entry(typ, partial(services.receive, typ))
circle.on_entry(ENDORSEMENT, services.receive_endorsement)
