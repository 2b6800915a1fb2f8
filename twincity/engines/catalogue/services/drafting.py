"""Drafts of standards: begun, changed, published, thrown away."""

from __future__ import annotations

import msgspec
from django.db import transaction
from django.db.models import F

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.models import Draft, Entry
from twincity.engines.catalogue.rules import Standard, require_valid
from twincity.engines.catalogue.rules.versions import Advice, advise, require_version
from twincity.engines.catalogue.services.publishing import publish_standard
from twincity.engines.circle import facade as circle
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, TOO_LARGE, Problem, define

MOST_DRAFTS = 1000
LIMIT = 400_000
"""Bytes of a draft as JSON; more than could ever be published, so that too large a one can still be cut up."""
CHANGED = define(
    "draft-changed",
    409,
    zh="草案在此期间由 {by} 修改过; 请重新打开后再改",
    en="The draft was changed by {by} in the meantime; open it again before you change it",
)
TOO_MANY = define(
    "drafts-too-many", 409, zh="草案已有 {limit} 份, 请先删除", en="There are {limit} drafts; delete some first"
)


def begin_draft(*, standard: Standard, by: str, based_on: str = "") -> Draft:
    """Keep a new draft, faulty or not.

    Args:
        standard: what it begins with.
        by: sign-in name of the steward.
        based_on: identifier of the published version it was taken from.

    Raises:
        Problem: ``too-large`` or ``drafts-too-many``.
    """
    if Draft.objects.count() >= MOST_DRAFTS:
        raise Problem(TOO_MANY, field="drafts", limit=MOST_DRAFTS)
    return Draft.objects.create(
        name=standard.id[:63], standard=_stored(standard), based_on=based_on, edited_by=by, edited_at=clock.now()
    )


def change_draft(*, identifier: str, revision: int, standard: Standard, by: str) -> Draft:
    """Replace what a draft says.

    Args:
        identifier: of the draft.
        revision: the one the steward saw; another steward may have changed it since.
        standard: what it says now.
        by: sign-in name of the steward.

    Raises:
        Problem: ``not-found``, ``draft-changed`` or ``too-large``.
    """
    stored = _stored(standard)
    with transaction.atomic():
        rows = Draft.objects.filter(pk=identifier, revision=revision)
        changed = rows.update(
            name=standard.id[:63], standard=stored, revision=F("revision") + 1, edited_by=by, edited_at=clock.now()
        )
        found = _draft(identifier)
    if not changed:
        raise Problem(CHANGED, field="revision", by=found.edited_by)
    return found


def delete_draft(*, identifier: str) -> None:
    """Throw a draft away.

    Raises:
        Problem: ``not-found``.
    """
    _draft(identifier).delete()


def standard_of_draft(draft: Draft) -> Standard:
    """What a draft says."""
    return msgspec.convert(draft.standard, Standard)


def version_advice(standard: Standard) -> Advice:
    """The least version that this node may publish it under, and why."""
    return advise(standard, _published(standard))


def publish_checked(*, standard: Standard) -> Entry:
    """Publish a version whose number rises as much as its changes ask for; the very same again publishes nothing.

    Raises:
        Problem: ``standard-faulty``, ``standard-version-form``, ``standard-version-low``, ``standard-version-taken`` or
            ``too-large``.
    """
    require_valid(standard)
    published = _published(standard)
    if standard not in published:
        require_version(standard, published)
    return publish_standard(standard=standard)


def publish_draft(*, identifier: str, revision: int) -> Entry:
    """Publish a draft and clear it away.

    Raises:
        Problem: as :func:`publish_checked`, and ``not-found`` or ``draft-changed``.
    """
    found = _draft(identifier)
    if found.revision != revision:
        raise Problem(CHANGED, field="revision", by=found.edited_by)
    made = publish_checked(standard=standard_of_draft(found))
    Draft.objects.filter(pk=identifier, revision=revision).delete()
    return made


def _published(standard: Standard) -> list[Standard]:
    return queries.published_versions(circle.member_id(), standard.id) if circle.is_open() else []


def _draft(identifier: str) -> Draft:
    found = queries.draft(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    return found


def _stored(standard: Standard) -> object:
    encoded = msgspec.json.encode(standard)
    if len(encoded) > LIMIT:
        raise Problem(TOO_LARGE, field="standard", limit=LIMIT)
    return msgspec.json.decode(encoded)
