"""Mappings of local tables: kept as versions, and tried on rows."""

from __future__ import annotations

from collections.abc import Container, Iterable
from collections.abc import Mapping as Rows
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.models import Mapping as Row
from twincity.engines.catalogue.rules import Standard
from twincity.engines.catalogue.rules.mapping import (
    Breakage,
    Mapping,
    RowFunction,
    check_mapped,
    compile_mapping,
    require_fitting,
)
from twincity.engines.catalogue.rules.samples import Anything
from twincity.engines.catalogue.services.uploads import published_standard
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

KEPT = 50
"""Versions of each mapping that are kept."""


@transaction.atomic
def save_mapping(*, mapping: Mapping, by: str) -> Row:
    """Keep a mapping as the next version of its name; the same again keeps nothing.

    Raises:
        Problem: ``not-found`` for its standard, or ``mapping-faulty``.
    """
    require_fitting(mapping, mapped_standard(mapping))
    body = msgspec.json.decode(msgspec.json.encode(mapping))
    last = queries.mapping(mapping.name)
    if last is not None and last.body == body:
        return last
    version = last.version + 1 if last else 1
    made = Row.objects.create(
        name=mapping.name,
        version=version,
        standard=mapping.standard,
        body=body,
        saved_by=by,
        saved_at=clock.now(),
    )
    Row.objects.filter(name=mapping.name, version__lte=version - KEPT).delete()
    return made


def delete_mapping(*, name: str) -> None:
    """Throw a mapping away with all its versions.

    Raises:
        Problem: ``not-found``.
    """
    if not Row.objects.filter(name=name).delete()[0]:
        raise Problem(NOT_FOUND, field="name", what=name)


def saved_mapping(*, name: str, version: int = 0) -> Mapping:
    """A version of a mapping; the newest for 0.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.mapping(name, version)
    if found is None:
        raise Problem(NOT_FOUND, field="mapping", what=f"{name} {version or ''}".strip())
    return msgspec.convert(found.body, Mapping)


def mapped_standard(mapping: Mapping) -> Standard:
    """The version of the standard that a mapping was written for.

    Raises:
        Problem: ``not-found``.
    """
    return published_standard(mapping.standard)


def row_function(*, name: str, version: int = 0, standard: Standard | None = None) -> RowFunction:
    """A saved mapping at work, for its own version of the standard or for another.

    Raises:
        Problem: ``not-found`` or ``mapping-faulty``.
    """
    mapping = saved_mapping(name=name, version=version)
    return compile_mapping(mapping, standard or mapped_standard(mapping))


def try_mapping(
    *,
    mapping: Mapping,
    rows: Iterable[Rows[str, Any]],
    standard: Standard | None = None,
    sets: Rows[str, Container[str]] | None = None,
) -> Breakage:
    """What breaks when rows are mapped; nothing is kept. External sets that are not given count as holding everything.

    Raises:
        Problem: ``not-found`` or ``mapping-faulty``.
    """
    judged = standard or mapped_standard(mapping)
    known: dict[str, Container[str]] = dict.fromkeys(judged.external, Anything()) | dict(sets or {})
    return check_mapped(mapping, judged, rows, today=timezone.localtime(clock.now()).date(), sets=known)
