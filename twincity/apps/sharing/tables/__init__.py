"""Parts of the pages: divisions and codes, duties and how they stand."""

from __future__ import annotations

from twincity.apps.sharing.tables.divisions import (
    LEVELS,
    changes_table,
    place,
    today,
    units_table,
    uses_table,
    way_table,
)
from twincity.apps.sharing.tables.duties import (
    STATES,
    datasets_table,
    departments_table,
    duties_table,
    duty_facts,
    local,
    matrix_table,
    provinces_table,
)

__all__ = [
    "LEVELS",
    "STATES",
    "changes_table",
    "datasets_table",
    "departments_table",
    "duties_table",
    "duty_facts",
    "local",
    "matrix_table",
    "place",
    "provinces_table",
    "today",
    "units_table",
    "uses_table",
    "way_table",
]
