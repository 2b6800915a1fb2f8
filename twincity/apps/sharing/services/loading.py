"""From the shipped tables into the database."""

from __future__ import annotations

from typing import Literal

import msgspec
from django.db import transaction
from django.db.models import Q

from twincity.apps.sharing import divisions as register
from twincity.apps.sharing import queries
from twincity.apps.sharing.models import Division, DivisionChange

Province = Literal["50", "51"]
BATCH = 500


class Loaded(msgspec.Struct, frozen=True):
    """What a load has put into the tables."""

    divisions: int
    changes: int


@transaction.atomic
def load_divisions(*, province: Province | None = None) -> Loaded:
    """Put the shipped tables in the place of what is there, for one province or for all; under a second.

    Changes that touch a province come with it, so that a code that left for another province keeps its history.
    """
    prefix = province or ""
    units = [unit for unit in register.read_divisions() if unit.code.startswith(prefix)]
    changes = [each for each in register.read_changes() if _touches(each, prefix)]
    Division.objects.filter(code__startswith=prefix).delete()
    DivisionChange.objects.filter(Q(old_code__startswith=prefix) | Q(new_code__startswith=prefix)).delete()
    Division.objects.bulk_create([_division(unit) for unit in units], batch_size=BATCH)
    DivisionChange.objects.bulk_create([_change(each) for each in changes], batch_size=BATCH)
    transaction.on_commit(queries.outdate)
    return Loaded(len(units), len(changes))


def _touches(change: register.Change, prefix: str) -> bool:
    return not prefix or change.old_code.startswith(prefix) or change.new_code.startswith(prefix)


def _division(unit: register.Division) -> Division:
    return Division(**msgspec.to_builtins(unit), province=unit.code[:2])


def _change(change: register.Change) -> DivisionChange:
    values = msgspec.to_builtins(change)
    return DivisionChange(**values | {"defect": values["defect"] or ""})
