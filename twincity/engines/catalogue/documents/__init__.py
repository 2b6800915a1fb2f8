"""What members publish about their data, as signed documents in their public logs. Pure: no framework, no clock."""

from __future__ import annotations

from twincity.engines.catalogue.documents.contents import (
    Dataset,
    Endpoint,
    Origin,
    QualitySummary,
    Rhythm,
    ServiceDescription,
    read_service,
)
from twincity.engines.catalogue.documents.digest import TableDigest, digest_rows
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
    "LIMIT",
    "TYPES",
    "WITHDRAWAL",
    "Dataset",
    "Document",
    "Endpoint",
    "Kind",
    "Origin",
    "QualitySummary",
    "Rhythm",
    "ServiceDescription",
    "TableDigest",
    "Withdrawal",
    "content_of",
    "digest_rows",
    "document_of",
    "fits",
    "fold",
    "identifier_of",
    "payload_of",
    "read",
    "read_service",
    "texts_in",
    "words",
]
