"""What members publish about their data, as signed documents in their public logs. Pure: no framework, no clock."""

from __future__ import annotations

from twincity.engines.catalogue.documents.contents import (
    Dataset,
    Distribution,
    Distributions,
    Endpoint,
    Origin,
    QualitySummary,
    Rhythm,
    ServiceDescription,
    read_service,
)
from twincity.engines.catalogue.documents.digest import TableDigest, digest_rows
from twincity.engines.catalogue.documents.duties import Duty, DutyList
from twincity.engines.catalogue.documents.endorsements import (
    ENDORSEMENT,
    Endorsement,
    Stance,
    contents_digest,
    read_endorsement,
)
from twincity.engines.catalogue.documents.model import TYPES, WITHDRAWAL, Document, Kind, Withdrawal, identifier_of
from twincity.engines.catalogue.documents.payloads import (
    LIMIT,
    Content,
    content_of,
    document_of,
    encoded,
    payload_of,
    read,
    read_encoded,
)
from twincity.engines.catalogue.documents.questions import Piece, matches, pieces
from twincity.engines.catalogue.documents.traits import FACETS, Box, Traits, holds, read_box, touch, traits_of, within
from twincity.engines.catalogue.documents.words import fold, terms, texts_in

__all__ = [
    "ENDORSEMENT",
    "FACETS",
    "LIMIT",
    "TYPES",
    "WITHDRAWAL",
    "Box",
    "Content",
    "Dataset",
    "Distribution",
    "Distributions",
    "Document",
    "Duty",
    "DutyList",
    "Endorsement",
    "Endpoint",
    "Kind",
    "Origin",
    "Piece",
    "QualitySummary",
    "Rhythm",
    "ServiceDescription",
    "Stance",
    "TableDigest",
    "Traits",
    "Withdrawal",
    "content_of",
    "contents_digest",
    "digest_rows",
    "document_of",
    "encoded",
    "fold",
    "holds",
    "identifier_of",
    "matches",
    "payload_of",
    "pieces",
    "read",
    "read_box",
    "read_encoded",
    "read_endorsement",
    "read_service",
    "terms",
    "texts_in",
    "touch",
    "traits_of",
    "within",
]
