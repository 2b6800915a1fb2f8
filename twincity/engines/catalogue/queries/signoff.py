"""What the anchors say of published standards, from this node's own copy of their logs."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from twincity.engines.catalogue.documents import Document, contents_digest
from twincity.engines.catalogue.models import Endorsement, Entry
from twincity.engines.catalogue.queries.entries import EntryRecord, record
from twincity.engines.catalogue.rules.signoff import SignOff, Word, sign_off
from twincity.engines.circle import facade as circle
from twincity.kernel.locale_text import LocalText


class SharedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a standard that an anchor has spoken about, and where it stands."""

    entry: EntryRecord
    sign_off: SignOff


def digest_of(found: Entry) -> str:
    """SHA-256 of an entry's published contents, see :func:`documents.contents_digest`."""
    whole = record(found)
    document = Document(
        kind=whole.kind,
        owner=whole.owner,
        name=whole.name,
        version=whole.version,
        title=whole.title,
        at=whole.published_at,
        body=whole.body,
    )
    return contents_digest(document)


def sign_off_of(found: Entry) -> SignOff:
    """Where a version of a standard stands under the charter in force; nothing counts before the node has joined."""
    if not circle.is_open():
        return sign_off((), digest="", anchors=(), threshold=1)
    charter = circle.directory().charter
    return sign_off(
        [_word(row) for row in Endorsement.objects.filter(standard=found.pk)],
        digest=digest_of(found),
        anchors={anchor.id for anchor in charter.anchors},
        threshold=charter.threshold,
        published=found.withdrawn_at is None,
    )


def shared_standards() -> list[SharedRecord]:
    """All published versions that an anchor has spoken about, by name and newest first."""
    about = Endorsement.objects.values_list("standard", flat=True).distinct()
    found = Entry.objects.filter(pk__in=about, kind="standard").order_by("name", "-published_at", "identifier")
    return [SharedRecord(entry=record(each), sign_off=sign_off_of(each)) for each in found]


def own_word(identifier: str, member: str) -> Endorsement | None:
    """What a member last said of a version."""
    return Endorsement.objects.filter(standard=identifier, anchor=member).first()


def endorsements_at(owners: Collection[str]) -> set[tuple[str, int]]:
    """Owner and place in its log of all endorsements kept of these owners."""
    return set(Endorsement.objects.filter(anchor__in=owners).values_list("anchor", "log_index"))


def _word(row: Endorsement) -> Word:
    return Word(
        anchor=row.anchor,
        digest=row.digest,
        stance=row.stance,
        at=int(row.stated_at.timestamp()),
        place=row.log_index,
        reason=msgspec.convert(row.reason, LocalText) if row.reason else None,
    )
