"""What members publish about their data, as signed documents in their public logs. Pure: no framework, no clock."""

from __future__ import annotations

from twincity.engines.catalogue.documents.contents import (
    Dataset,
    Endpoint,
    QualitySummary,
    Rhythm,
    ServiceDescription,
    read_service,
)
from twincity.engines.catalogue.documents.digest import TableDigest, digest_rows
from twincity.engines.catalogue.documents.endorsements import (
    ENDORSEMENT,
    Endorsement,
    Stance,
    contents_digest,
    read_endorsement,
)
from twincity.engines.catalogue.documents.model import (
    TYPES,
    WITHDRAWAL,
    Document,
    Kind,
    Withdrawal,
    identifier_of,
)
from twincity.engines.catalogue.documents.payloads import LIMIT, content_of, document_of, fits, payload_of, read
from twincity.engines.catalogue.documents.words import fold, texts_in, words

__all__ = [
    "ENDORSEMENT",
    "LIMIT",
    "TYPES",
    "WITHDRAWAL",
    "Dataset",
    "Document",
    "Endorsement",
    "Endpoint",
    "Kind",
    "QualitySummary",
    "Rhythm",
    "ServiceDescription",
    "Stance",
    "TableDigest",
    "Withdrawal",
    "content_of",
    "contents_digest",
    "digest_rows",
    "document_of",
    "fits",
    "fold",
    "identifier_of",
    "payload_of",
    "read",
    "read_endorsement",
    "read_service",
    "texts_in",
    "words",
]
