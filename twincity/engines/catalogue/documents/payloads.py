"""Between a signed payload and the document it states. Other members wrote it: nothing in it is trusted."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from twincity.engines.catalogue.documents.contents import Dataset, Origin, ServiceDescription
from twincity.engines.catalogue.documents.duties import DutyList
from twincity.engines.catalogue.documents.model import TYPES, WITHDRAWAL, Document, Kind, Withdrawal
from twincity.engines.catalogue.rules import Standard, require_valid
from twincity.kernel import canonical
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

REFUSED = define(
    "document-refused", 422, zh="目录文件不符合要求: {reason}", en="The catalogue document is refused: {reason}"
)
LIMIT = 44_000
"""Bytes of canonical JSON; in base64url with header and signature they stay below an entry's 60,000."""
_LONGEST_TITLE = 200
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The one character that PostgreSQL keeps in no text; one such document must not stop all others."""
Content = Standard | Dataset | ServiceDescription | DutyList
_CONTENTS: dict[Kind, type[Content]] = {
    "standard": Standard,
    "dataset": Dataset,
    "service": ServiceDescription,
    "duty-list": DutyList,
}

_Moment = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    iss: str
    iat: _Moment
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9.-]{0,62}$")]
    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$")]
    title: LocalText
    body: dict[str, Any]


class _WithdrawalPayload(msgspec.Struct, forbid_unknown_fields=True):
    iss: str
    iat: _Moment
    id: str
    reason: LocalText


def read(typ: str, owner: str, payload: dict[str, Any]) -> Document | Withdrawal:
    """The document that a verified payload from the log of ``owner`` states.

    Raises:
        Problem: ``document-refused`` or ``standard-faulty``.
    """
    if len(encoded(payload)) > LIMIT:
        raise Problem(REFUSED, field="body", reason=f"> {LIMIT} bytes")
    return _read(typ, owner, payload)


def read_encoded(typ: str, owner: str, data: bytes) -> Document | Withdrawal:
    """As :func:`read`, of what :func:`encoded` gave and is within :data:`LIMIT`."""
    return _read(typ, owner, msgspec.json.decode(data))


def _read(typ: str, owner: str, payload: dict[str, Any]) -> Document | Withdrawal:
    try:
        if typ == WITHDRAWAL:
            return _withdrawal(owner, msgspec.convert(payload, _WithdrawalPayload))
        return _document(TYPES[typ], owner, msgspec.convert(payload, _Payload))
    except (msgspec.ValidationError, KeyError) as error:
        raise Problem(REFUSED, field=typ, reason=str(error)) from error


def content_of(document: Document) -> Content:
    """The typed content of a document.

    Raises:
        msgspec.ValidationError: when the body is not of its kind.
    """
    whole = {**document.body, "name": document.name, "title": msgspec.to_builtins(document.title)}
    if document.kind == "standard":
        whole |= {"id": whole.pop("name"), "version": document.version}
    if document.kind == "dataset":
        whole = _known(whole, Dataset)
        if isinstance(whole.get("lineage"), list):
            whole["lineage"] = [_known(each, Origin) for each in whole["lineage"]]
    return msgspec.convert(whole, _CONTENTS[document.kind])


def _known(whole: Any, content: type[msgspec.Struct]) -> Any:
    """Without the members that a later version may have added: a description only says more by them."""
    if not isinstance(whole, dict):
        return whole
    return {name: value for name, value in whole.items() if name in content.__struct_encode_fields__}


def document_of(kind: Kind, owner: str, version: str, at: int, content: Any) -> Document:
    """The document that publishes a content: a structure, or its JSON with name (or id) and title."""
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(content))
    name = body.pop("id" if kind == "standard" else "name")
    title = msgspec.convert(body.pop("title"), LocalText)
    body.pop("version", None)
    return Document(kind=kind, owner=owner, name=name, version=version, title=title, at=at, body=body)


def payload_of(document: Document | Withdrawal) -> dict[str, Any]:
    """What is signed."""
    if isinstance(document, Withdrawal):
        reason = msgspec.to_builtins(document.reason)
        return {"iss": document.owner, "iat": document.at, "id": document.identifier, "reason": reason}
    return {
        "iss": document.owner,
        "iat": document.at,
        "name": document.name,
        "version": document.version,
        "title": msgspec.to_builtins(document.title),
        "body": document.body,
    }


def encoded(payload: dict[str, Any]) -> bytes:
    """The canonical form of a payload.

    Raises:
        Problem: ``document-refused`` when it has none, or a character that cannot be kept.
    """
    try:
        data = canonical.encode(payload)
    except canonical.CanonicalError as error:
        raise Problem(REFUSED, field="body", reason=str(error)) from error
    if rb"\u0000" in data and _NUL.search(data):
        raise Problem(REFUSED, field="body", reason="U+0000")
    return data


def _document(kind: Kind, owner: str, found: _Payload) -> Document:
    _from(owner, found.iss)
    for language, text in (("zh-Hans", found.title.zh), ("en", found.title.en)):
        if not 0 < len(text) <= _LONGEST_TITLE:
            raise Problem(REFUSED, field=f"title.{language}", reason=f"1-{_LONGEST_TITLE}")
    document = Document(
        kind=kind,
        owner=owner,
        name=found.name,
        version=found.version,
        title=found.title,
        at=found.iat,
        body=found.body,
    )
    content = content_of(document)
    if isinstance(content, Standard):
        require_valid(content)
    return document


def _withdrawal(owner: str, found: _WithdrawalPayload) -> Withdrawal:
    _from(owner, found.iss)
    if not found.id.startswith(f"https://{owner}/"):
        raise Problem(REFUSED, field="id", reason=f"{found.id} is not of {owner}")
    return Withdrawal(owner=owner, identifier=found.id, reason=found.reason, at=found.iat)


def _from(owner: str, issuer: str) -> None:
    if issuer != owner:
        raise Problem(REFUSED, field="iss", reason=f"{issuer} is not {owner}")
