"""Publishing what this node has to offer, and taking it back. Each act is one signed entry of the public log.

Publishing the same again publishes nothing. No transaction may be open: what is in a log cannot be rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import (
    LIMIT,
    TYPES,
    WITHDRAWAL,
    Content,
    Dataset,
    Document,
    DutyList,
    Kind,
    Withdrawal,
    document_of,
    encoded,
    payload_of,
    read_encoded,
    read_service,
)
from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.rules import Standard, require_valid
from twincity.engines.catalogue.services.intake import BATCH, Placed, store
from twincity.engines.circle import facade as circle
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, TOO_LARGE, Problem, define

VERSION_TAKEN = define(
    "standard-version-taken",
    409,
    zh="标准 {name} 的 {version} 版已经发布, 内容不同; 请换一个版本号",
    en="Version {version} of standard {name} is published with other contents; give it another version",
)
NOT_OWN = define(
    "entry-not-own", 403, zh="{identifier} 不是本节点发布的", en="{identifier} was not published by this node"
)
_TYPE_OF: dict[Kind, str] = {kind: typ for typ, kind in TYPES.items()}


def publish_standard(*, standard: Standard) -> Entry:
    """Publish a version of a standard; a version never changes once it is published.

    Raises:
        Problem: ``standard-faulty``, ``standard-version-taken`` or ``too-large``.
    """
    require_valid(standard)
    document = _document("standard", standard.version, standard)
    known = queries.entry(document.identifier)
    if known is not None and not _same(known, document):
        raise Problem(VERSION_TAKEN, field="version", name=standard.id, version=standard.version)
    return known if known is not None and known.withdrawn_at is None else _publish(document)


def publish_dataset(*, dataset: Dataset) -> Entry:
    """Publish a dataset; a changed description gets the next number as its version.

    Raises:
        Problem: ``document-refused`` or ``too-large``.
    """
    return _publish_next("dataset", dataset)


def publish_datasets(*, datasets: Iterable[Dataset]) -> int:
    """Publish some datasets of different names as :func:`publish_dataset`, faster than one by one; how many changed.

    Raises:
        Problem: ``document-refused`` or ``too-large``; none of them is published then.
    """
    drafts = {each.name: _document("dataset", "0", each) for each in datasets}
    rows = Entry.objects.filter(owner=circle.member_id(), kind="dataset", name__in=drafts, superseded=False)
    last = {row.name: row for row in rows}
    new = [
        msgspec.structs.replace(draft, version=str(int(last[name].version) + 1 if name in last else 1))
        for name, draft in drafts.items()
        if name not in last or last[name].withdrawn_at is not None or not _same(last[name], draft)
    ]
    _enter_all(_TYPE_OF["dataset"], new)
    return len(new)


def withdraw_all(*, identifiers: Iterable[str], reason: LocalText) -> int:
    """Withdraw some entries of this node that are in force; how many they were."""
    owner, at = circle.member_id(), clock.unix()
    rows = Entry.objects.filter(pk__in=list(identifiers), owner=owner, withdrawn_at=None)
    new = [Withdrawal(owner=owner, identifier=row.pk, reason=reason, at=at) for row in rows]
    _enter_all(WITHDRAWAL, new)
    return len(new)


def publish_service(*, description: dict[str, Any]) -> Entry:
    """Publish a service as the exchange describes it; a changed description gets the next number as its version.

    Raises:
        Problem: ``invalid``, ``document-refused`` or ``too-large``.
    """
    read_service(description)
    return _publish_next("service", description)


def withdraw(*, identifier: str, reason: LocalText) -> Entry:
    """Tell the circle that an entry of this node no longer holds; its history stays readable.

    Raises:
        Problem: ``not-found`` or ``entry-not-own``.
    """
    found = queries.entry(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    owner = circle.member_id()
    if found.owner != owner:
        raise Problem(NOT_OWN, field="identifier", identifier=identifier)
    if found.withdrawn_at is None:
        _enter(WITHDRAWAL, Withdrawal(owner=owner, identifier=identifier, reason=reason, at=clock.unix()))
        found.refresh_from_db()
    return found


def publish_duties(*, duties: DutyList) -> Entry:
    """Publish a province's part of a list of duties; a changed one gets the next number as its version.

    Raises:
        Problem: ``document-refused`` or ``too-large``.
    """
    return _publish_next("duty-list", duties)


def _publish_next(kind: Kind, content: Dataset | DutyList | dict[str, Any]) -> Entry:
    draft = _document(kind, "0", content)
    last = queries.versions(owner=draft.owner, kind=kind, name=draft.name).first()
    if last is None:
        return _publish(msgspec.structs.replace(draft, version="1"))
    if last.withdrawn_at is None and _same(last, draft):
        return last
    return _publish(msgspec.structs.replace(draft, version=str(int(last.version) + 1)))


def _document(kind: Kind, version: str, content: Content | dict[str, Any]) -> Document:
    return document_of(kind, circle.member_id(), version, clock.unix(), content)


def _same(known: Entry, document: Document) -> bool:
    return known.body == document.body and known.title == msgspec.to_builtins(document.title)


def _publish(document: Document) -> Entry:
    _enter(_TYPE_OF[document.kind], document)
    return Entry.objects.get(pk=document.identifier)


def _enter(typ: str, document: Document | Withdrawal) -> None:
    _enter_all(typ, [document])


def _enter_all(typ: str, documents: Sequence[Document | Withdrawal]) -> None:
    payloads = [_payload(typ, document) for document in documents]
    kid = circle.signer().kid
    for start in range(0, len(payloads), BATCH):
        some = payloads[start : start + BATCH]
        places = circle.publish_all(typ=typ, payloads=[data for data, _ in some])
        store(Placed(read_back, place, kid) for (_, read_back), place in zip(some, places, strict=True))


def _payload(typ: str, document: Document | Withdrawal) -> tuple[bytes, Document | Withdrawal]:
    """What is signed, and how others will read it: what they would refuse must not enter the log."""
    data = encoded(payload_of(document))
    if len(data) > LIMIT:
        raise Problem(TOO_LARGE, field=typ, limit=LIMIT)
    return data, read_encoded(typ, document.owner, data)
