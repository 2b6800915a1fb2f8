"""Getting lists of distributions from their owners' nodes, after somebody has asked for them."""

from __future__ import annotations

import structlog

from twincity.apps.opendata import queries
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.problems import Problem

AT_ONCE = 5
"""Lists for one run of the job."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a list that is got because a stranger asked; larger ones only by the operation of the catalogue."""
_log = structlog.get_logger()


def get_lists() -> int:
    """Get the next few lists; how many came. A node that does not answer is asked again when somebody asks again."""
    got = 0
    for sha256 in list(queries.wanted)[:AT_ONCE]:
        owner, dataset = queries.wanted.pop(sha256)
        if dataset.distributions is None or dataset.distributions.size > LARGEST:
            continue
        try:
            catalogue.fetch_distributions(owner=owner, dataset=dataset)
            got += 1
        except (Problem, OSError) as error:
            _log.warning("list_not_got", owner=owner, dataset=dataset.name, reason=str(error))
    return got
