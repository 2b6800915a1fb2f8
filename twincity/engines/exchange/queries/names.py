"""What the names of other protocols stand for: those the operator gave, and those that follow from the circle."""

from __future__ import annotations

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.models import OutsideNameRow
from twincity.engines.exchange.names import book, identifiers
from twincity.engines.exchange.names.identifiers import Parts
from twincity.engines.identity import facade as identity

MOST = 5000


def instance() -> str:
    """The instance that this circle is under names of its own."""
    return circle.directory().charter.circle


def outside_name(parts: Parts) -> book.OutsideName | None:
    """What a name of three or four parts stands for here, None when for nothing; a given member has its subsystems."""
    row = OutsideNameRow.objects.filter(name=identifiers.write(parts)).first()
    if row is not None:
        return _read(row)
    systems = [each.name for each in identity.systems()]
    return book.implied(parts, instance(), circle.member_id(), circle.directory().members, systems)


def given_names() -> list[book.OutsideName]:
    """The names that the operator gave."""
    return [_read(row) for row in OutsideNameRow.objects.all()[:MOST]]


def outside_names() -> list[book.OutsideName]:
    """All subsystems by name: given ones first."""
    systems = [each.name for each in identity.systems()]
    return given_names() + book.all_implied(instance(), circle.member_id(), circle.directory().members, systems)


def _read(row: OutsideNameRow) -> book.OutsideName:
    return book.OutsideName(
        parts=identifiers.read(row.name),
        member=row.member,
        title=row.title,
        system=row.system,
        services=row.services,
        purposes=row.purposes,
        addresses=tuple(row.addresses),
    )
